import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import {
  AtSign,
  BellOff,
  ChartColumn,
  CircleCheck,
  Gauge,
  Inbox,
  ListTodo,
  type LucideIcon,
  PenSquare,
  Search,
  Settings,
  ShieldAlert,
  User,
  Users,
  UserX,
} from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useRunAction } from "@/actions/context";
import { countsQuery, inboxesQuery, labelsQuery } from "@/api/queries";
import { VIEWS, type View, type ViewCounts } from "@/api/types";
import { PresenceMenu } from "@/routing/presence/presence_menu";
import { QueueLinks } from "@/routing/queue_links";
import { ChannelIcon } from "@/ui/channel_icon";
import { dotColor } from "@/ui/color";
import { SavedViews } from "@/work/views/saved_views";
import { AccountMenu } from "./account_menu";
import css from "./navigation.module.css";
import { useMe } from "./session";

const ICONS: Record<View, LucideIcon> = {
  mine: User,
  unassigned: UserX,
  all: Inbox,
  mentions: AtSign,
  snoozed: BellOff,
  closed: CircleCheck,
  spam: ShieldAlert,
};

/** Counts stop at 999 on the hub. */
const showCount = (count: number | undefined): string =>
  !count ? "" : count >= 999 ? "999+" : String(count);

export function NavigationLinks() {
  const { t } = useTranslation();
  const me = useMe();
  const run = useRunAction();
  const counts: Partial<ViewCounts> = useQuery(countsQuery).data ?? {};
  const inboxes = useQuery(inboxesQuery).data ?? [];
  const labels = useQuery(labelsQuery).data ?? [];
  return (
    <div className={css.links}>
      <div className={css.head}>
        <span className={css.name}>{me.workspace.name}</span>
      </div>
      <PresenceMenu />
      <button type="button" className={css.search} onClick={() => run("palette")}>
        <Search size={15} aria-hidden="true" />
        <span className={css.text}>{t("shell.search_or_do")}</span>
      </button>
      <button type="button" className={css.link} onClick={() => run("new_conversation")}>
        <PenSquare size={16} aria-hidden="true" />
        <span className={css.text}>{t("actions.new_conversation")}</span>
      </button>
      <ul className={css.list}>
        {VIEWS.map((view) => (
          <li key={view}>
            <Link
              to="/inbox/$view"
              params={{ view }}
              className={css.link}
              activeProps={{ "data-active": true }}
              activeOptions={{ includeSearch: false }}
            >
              <Icon of={ICONS[view]} />
              <span className={css.text}>{t(`views.${view}`)}</span>
              <Count of={counts[view as keyof ViewCounts]} />
            </Link>
          </li>
        ))}
      </ul>
      <SavedViews />
      <QueueLinks />
      {inboxes.length > 0 && (
        <Group title={t("shell.inboxes")}>
          {inboxes.map((inbox) => (
            <li key={inbox.id}>
              <Link
                to="/inbox/$view"
                params={{ view: "all" }}
                search={{ inbox_id: inbox.id }}
                className={css.link}
                activeProps={{ "data-chosen": true }}
              >
                <ChannelIcon channel={inbox.channel} />
                <span className={css.text}>{inbox.name}</span>
                {(inbox.is_paused || TROUBLE.has(inbox.health.state)) && (
                  <span
                    className={css.trouble}
                    title={t(`health.${inbox.is_paused ? "stopped" : inbox.health.state}`)}
                  >
                    !
                    <span className="hidden-visually">
                      {t(`health.${inbox.is_paused ? "stopped" : inbox.health.state}`)}
                    </span>
                  </span>
                )}
              </Link>
            </li>
          ))}
        </Group>
      )}
      {labels.length > 0 && (
        <Group title={t("shell.labels")}>
          {labels.map((label) => (
            <li key={label.id}>
              <Link
                to="/inbox/$view"
                params={{ view: "all" }}
                search={{ label: label.id }}
                className={css.link}
                activeProps={{ "data-chosen": true }}
              >
                <span className={css.dot} style={{ background: dotColor(label.color) }} />
                <span className={css.text}>{label.name}</span>
              </Link>
            </li>
          ))}
        </Group>
      )}
      <div className={css.foot}>
        {me.permissions.includes("wallboard:read") && (
          <PageLink to="/wallboard" icon={Gauge} text={t("wallboard.title")} />
        )}
        {me.permissions.includes("report:read") && (
          <PageLink to="/reports" icon={ChartColumn} text={t("reports.title")} />
        )}
        <PageLink to="/tasks" icon={ListTodo} text={t("tasks.title")} />
        <PageLink to="/contacts" icon={Users} text={t("shell.contacts")} />
        <PageLink to="/search" icon={Search} text={t("shell.search")} />
        <PageLink to="/settings" icon={Settings} text={t("shell.settings")} />
        <AccountMenu />
      </div>
    </div>
  );
}

const TROUBLE = new Set(["bad_credentials", "error", "disconnected"]);

function Icon({ of: Shape }: { of: LucideIcon }) {
  return <Shape size={16} aria-hidden="true" />;
}

function Count({ of }: { of: number | undefined }) {
  const text = showCount(of);
  return text ? <span className={css.count}>{text}</span> : null;
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h2 className={css.group}>{title}</h2>
      <ul className={css.list}>{children}</ul>
    </section>
  );
}

function PageLink({ to, icon, text }: { to: string; icon: LucideIcon; text: string }) {
  return (
    <Link to={to} className={css.link} activeProps={{ "data-active": true }}>
      <Icon of={icon} />
      <span className={css.text}>{text}</span>
    </Link>
  );
}
