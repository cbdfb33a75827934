import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { problemOf } from "@/api/errors";
import { useMe } from "@/shell/session";
import { Fault } from "@/ui/fault";
import { ScrollRegion } from "@/ui/scroll_region";
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
  { to: "/settings/queues", name: "queues", permission: "queue:write" },
  { to: "/settings/teams", name: "teams", permission: "queue:write" },
  { to: "/settings/skills", name: "skills", permission: "queue:write" },
  { to: "/settings/hours", name: "hours", permission: "queue:write" },
  { to: "/settings/presence", name: "presence", permission: "queue:write" },
  { to: "/settings/labels", name: "labels" },
  { to: "/settings/canned", name: "canned" },
  { to: "/settings/macros", name: "macros" },
  { to: "/settings/suppressions", name: "suppressions", permission: "suppression:read" },
  { to: "/settings/workspace", name: "workspace", permission: "workspace:write" },
  { to: "/settings/api-keys", name: "api_keys", permission: "api_key:write" },
  { to: "/settings/audit", name: "audit", permission: "audit:read" },
];

/** The list of settings that this person may see, and one of them. */
export function SettingsLayout() {
  const { t } = useTranslation();
  const { permissions } = useMe();
  const may = ({ permission }: Section) => !permission || permissions.includes(permission);
  const { pathname } = useLocation();
  const here = SECTIONS.find(({ to }) => pathname.startsWith(to));
  const nav = useRef<HTMLElement>(null);
  // On a phone the sections lie in a row that is wider than the screen.
  useEffect(() => {
    const chosen = nav.current?.querySelector(`a[href="${here?.to}"]`);
    chosen?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [here]);
  return (
    <div className={css.layout}>
      <nav ref={nav} className={css.nav} aria-label={t("shell.settings")}>
        {SECTIONS.filter(may).map(({ to, name }) => (
          <Link key={to} to={to} className={css.link} activeProps={{ "data-active": true }}>
            {t(`settings.${name}`)}
          </Link>
        ))}
      </nav>
      <ScrollRegion
        className={css.body}
        label={t(here ? `settings.${here.name}` : "shell.settings")}
      >
        {here && !may(here) ? <Fault error={problemOf(403, null)} /> : <Outlet />}
      </ScrollRegion>
    </div>
  );
}
