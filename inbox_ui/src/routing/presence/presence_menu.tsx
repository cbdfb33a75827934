import { Menu } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Desk } from "@/api/types";
import { useSecond } from "@/routing/clock";
import { myQueuesQuery, reasonsQuery } from "@/routing/queries";
import { useUi } from "@/shell/ui_state";
import { duration, stopwatch } from "@/ui/time";
import { type Presence, setPresence } from "./change";
import css from "./presence.module.css";
import { lookOf, stateOf } from "./words";

const MINUTE = 60_000;

/** What I am doing, since when; a click or `v` changes it. */
export function PresenceMenu({ isSmall = false }: { isSmall?: boolean }) {
  const desk = useQuery(myQueuesQuery).data?.desk;
  return desk ? <WithDesk desk={desk} isSmall={isSmall} /> : null;
}

function WithDesk({ desk, isSmall }: { desk: Desk; isSmall: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const isOpen = useUi((state) => state.isPresenceOpen);
  const reasons = useQuery(reasonsQuery).data ?? [];
  const now = useSecond();
  const look = lookOf(desk, now);
  const name = look === "wrap_up" ? t("presence.wrap_up") : stateOf(desk, reasons, t);
  const choose = (presence: Presence, reason = "") => setPresence(client, presence, reason);
  const isChosen = (presence: Presence, reason = "") =>
    desk.chosen === presence && desk.reason_id === reason;
  return (
    <Menu
      position="bottom-start"
      width={232}
      withinPortal
      portalProps={{ target: "#main" }}
      opened={isOpen}
      onChange={(isPresenceOpen) => useUi.setState({ isPresenceOpen })}
    >
      <Menu.Target>
        <button type="button" className={css.button} data-small={isSmall || undefined}>
          <span className={css.dot} data-look={look} />
          <span className="hidden-visually">{t("presence.is", { name })}</span>
          {!isSmall && (
            <span className={css.name} aria-hidden="true">
              {name}
            </span>
          )}
          {!isSmall && <Since desk={desk} now={now} />}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Item look="free" isChosen={isChosen("available")} onPick={() => choose("available")}>
          {t("presence.available")}
        </Item>
        <Menu.Label>{t("presence.away")}</Menu.Label>
        {reasons.map(({ id, name, limit_minutes }) => (
          <Item
            key={id}
            look="away"
            isChosen={isChosen("away", id)}
            onPick={() => choose("away", id)}
            note={limit_minutes ? duration(limit_minutes * 60_000) : ""}
          >
            {name}
          </Item>
        ))}
        <Item look="away" isChosen={isChosen("away")} onPick={() => choose("away")}>
          {t("presence.away_plain")}
        </Item>
        <Menu.Divider />
        <Item look="offline" isChosen={isChosen("offline")} onPick={() => choose("offline")}>
          {t("presence.offline")}
        </Item>
      </Menu.Dropdown>
    </Menu>
  );
}

interface ItemProps {
  look: string;
  isChosen: boolean;
  onPick: () => void;
  note?: string;
  children: React.ReactNode;
}

function Item({ look, isChosen, onPick, note = "", children }: ItemProps) {
  const { t } = useTranslation();
  return (
    <Menu.Item
      leftSection={<span className={css.dot} data-look={look} />}
      rightSection={
        isChosen ? (
          <Check size={14} role="img" aria-label={t("common.chosen")} />
        ) : (
          <small className={css.soft}>{note}</small>
        )
      }
      onClick={onPick}
    >
      {children}
    </Menu.Item>
  );
}

/** Time in the state; in wrap-up what is left of it. */
function Since({ desk, now }: { desk: Desk; now: number }) {
  const { t } = useTranslation();
  if (lookOf(desk, now) === "wrap_up") {
    return <span className={css.since}>{stopwatch(desk.wrap_up_until - now)}</span>;
  }
  const text = desk.since && now - desk.since >= MINUTE ? duration(now - desk.since) : "";
  if (!desk.is_over_limit) return <span className={css.since}>{text}</span>;
  return (
    <span className={css.over}>
      {text} <span className="hidden-visually">{t("presence.over_limit")}</span>!
    </span>
  );
}
