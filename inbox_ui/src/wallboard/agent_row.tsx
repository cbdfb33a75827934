import { ActionIcon, Menu } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronDown, Ellipsis } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Agent, Desk } from "@/api/types";
import { takeOver } from "@/routing/header/commands";
import { setPresenceOf } from "@/routing/presence/change";
import { LoadBar } from "@/routing/presence/load_bar";
import presence from "@/routing/presence/presence.module.css";
import { lookOf, stateOf } from "@/routing/presence/words";
import { reasonsQuery } from "@/routing/queries";
import { useCan, useMe } from "@/shell/session";
import { Avatar } from "@/ui/avatar";
import { stopwatch } from "@/ui/time";
import css from "./wallboard.module.css";

interface Props {
  agent: Agent | undefined;
  desk: Desk;
  second: number;
}

/** One agent: state and since when, how full, and what is held. */
export function AgentRow({ agent, desk, second }: Props) {
  const { t } = useTranslation();
  const reasons = useQuery(reasonsQuery).data ?? [];
  const [isOpen, setOpen] = useState(false);
  const look = lookOf(desk, second);
  const name = agent?.name ?? t("common.colleague");
  const state = look === "wrap_up" ? t("presence.wrap_up") : stateOf(desk, reasons, t);
  return (
    <li className={css.agent}>
      <Avatar name={name} size={28} />
      <span className={css.who}>
        <b>{name}</b>
        <small data-over={desk.is_over_limit || undefined}>
          <span className={presence.dot} data-look={look} />
          {state}
          {desk.since > 0 && ` · ${stopwatch(second - desk.since)}`}
          {desk.is_over_limit && (
            <span className="hidden-visually">{t("presence.over_limit")}</span>
          )}
        </small>
      </span>
      <LoadBar load={desk.load} held={desk.held.length} />
      <button
        type="button"
        className={css.held}
        disabled={desk.held.length === 0}
        aria-expanded={isOpen}
        aria-label={t("wallboard.held_by", { count: desk.held.length, name })}
        onClick={() => setOpen(!isOpen)}
      >
        {desk.held.length}
        <ChevronDown size={14} aria-hidden="true" />
      </button>
      <PresenceOf desk={desk} name={name} />
      {isOpen && desk.held.length > 0 && <Held desk={desk} second={second} />}
    </li>
  );
}

function PresenceOf({ desk, name }: { desk: Desk; name: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const canManage = useCan("presence:manage");
  const reasons = useQuery(reasonsQuery).data ?? [];
  if (!canManage) return null;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t("wallboard.set_presence", { name })}
        >
          <Ellipsis size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("wallboard.set_presence", { name })}</Menu.Label>
        <Menu.Item onClick={() => setPresenceOf(client, desk.agent_id, "available")}>
          {t("presence.available")}
        </Menu.Item>
        <Menu.Item onClick={() => setPresenceOf(client, desk.agent_id, "away")}>
          {t("presence.away")}
        </Menu.Item>
        {reasons.map(({ id, name: reason }) => (
          <Menu.Item key={id} onClick={() => setPresenceOf(client, desk.agent_id, "away", id)}>
            {reason}
          </Menu.Item>
        ))}
        <Menu.Item onClick={() => setPresenceOf(client, desk.agent_id, "offline")}>
          {t("presence.offline")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Held({ desk, second }: { desk: Desk; second: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const me = useMe();
  const canTake = useCan("queue:assign") && desk.agent_id !== me.agent_id;
  return (
    <ul className={css.holds}>
      {desk.held.map(({ conversation_id, kind, at }) => (
        <li key={conversation_id}>
          <Link
            to="/inbox/$view/$conversationId"
            params={{ view: "all", conversationId: conversation_id }}
          >
            {t("wallboard.open_held", {
              kind: t(`wallboard.kind_${kind}`),
              time: stopwatch(second - at),
            })}
          </Link>
          {canTake && (
            <button
              type="button"
              className={css.take}
              onClick={() => void takeOver(client, conversation_id)}
            >
              {t("actions.take_over")}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
