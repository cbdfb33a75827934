import { Link, Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "@/shell/session";
import css from "./settings.module.css";

interface Section {
  to: string;
  name: string;
  permission?: string;
}

const SECTIONS: Section[] = [
  { to: "/settings/profile", name: "profile" },
  { to: "/settings/inboxes", name: "inboxes", permission: "inbox:write" },
  { to: "/settings/people", name: "people", permission: "agent:write" },
  { to: "/settings/labels", name: "labels" },
  { to: "/settings/canned", name: "canned" },
  { to: "/settings/workspace", name: "workspace", permission: "workspace:write" },
  { to: "/settings/api-keys", name: "api_keys", permission: "api_key:write" },
  { to: "/settings/audit", name: "audit", permission: "audit:read" },
];

/** The list of settings that this person may see, and one of them. */
export function SettingsLayout() {
  const { t } = useTranslation();
  const { permissions } = useMe();
  const shown = SECTIONS.filter(
    ({ permission }) => !permission || permissions.includes(permission),
  );
  return (
    <div className={css.layout}>
      <nav className={css.nav} aria-label={t("shell.settings")}>
        {shown.map(({ to, name }) => (
          <Link key={to} to={to} className={css.link} activeProps={{ "data-active": true }}>
            {t(`settings.${name}`)}
          </Link>
        ))}
      </nav>
      <div className={css.body}>
        <Outlet />
      </div>
    </div>
  );
}
