import { Link } from "@tanstack/react-router";
import { BellOff, Crown, Flag, Hourglass, Pencil } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Agent, Conversation, Label, View } from "@/api/types";
import { isUnread } from "@/live/newest";
import { SlaClock } from "@/routing/sla";
import type { InboxSearch } from "@/search_params";
import { useUi } from "@/shell/ui_state";
import { Avatar } from "@/ui/avatar";
import { ChannelIcon } from "@/ui/channel_icon";
import { dotColor } from "@/ui/color";
import { nameOf } from "@/ui/name";
import { duration, exactTime, shortTime, soonTime } from "@/ui/time";
import { choose } from "@/work/bulk/selection";
import css from "./row.module.css";

interface Props {
  conversation: Conversation;
  view: View;
  search: InboxSearch;
  top: number;
  isChosen: boolean;
  /** Chosen together with others; `isPicking`: some are. */
  isPicked: boolean;
  isPicking: boolean;
  agents: ReadonlyMap<string, Agent>;
  labels: ReadonlyMap<string, Label>;
  now: number;
}

const MINUTE = 60_000;

/** Hot: plain elements and CSS only, drawn again only when its own conversation changed. */
export const ConversationRow = memo(function ConversationRow(props: Props) {
  const { conversation, view, search, top, isChosen, isPicked, isPicking, agents, labels, now } =
    props;
  const { t } = useTranslation();
  const unread = isUnread(conversation);
  const assignee = agents.get(conversation.assignee_id);
  const isWaiting =
    conversation.state === "open" &&
    conversation.waiting_since > 0 &&
    now - conversation.waiting_since >= MINUTE;
  const isInLine = Boolean(conversation.routing?.state);
  const lineSince = conversation.routing?.entered_at ?? 0;
  return (
    <li className={css.place} style={{ transform: `translateY(${top}px)` }}>
      <input
        type="checkbox"
        className={css.pick}
        data-picking={isPicking || undefined}
        checked={isPicked}
        aria-label={t("bulk.choose", { name: nameOf(conversation.contact, t) })}
        onClick={(event) => choose(conversation.id, event.shiftKey, useUi.getState().listIds)}
        onChange={() => {}}
      />
      <Link
        to="/inbox/$view/$conversationId"
        params={{ view, conversationId: conversation.id }}
        search={search}
        className={css.row}
        data-chosen={isChosen || undefined}
        data-unread={unread || undefined}
        aria-current={isChosen ? "page" : undefined}
      >
        <span className={css.top}>
          {unread && <span className={css.unread} />}
          {unread && <span className="hidden-visually">{t("row.unread")}</span>}
          <ChannelIcon channel={conversation.channel} size={14} />
          <span className={css.name}>{nameOf(conversation.contact, t)}</span>
          {conversation.routing?.is_vip && (
            <Crown size={13} className={css.flag} aria-label={t("vip.is")} role="img" />
          )}
          {conversation.priority > 2 && (
            <Flag
              size={13}
              className={css.flag}
              data-urgent={conversation.priority === 4 || undefined}
              aria-label={t(`priority.${conversation.priority}`)}
              role="img"
            />
          )}
          <time className={css.time} title={exactTime(conversation.last_at)}>
            {shortTime(conversation.last_at, now)}
          </time>
        </span>
        <span className={css.preview}>
          {conversation.mine?.has_draft && (
            <span className={css.draft}>
              <Pencil size={11} aria-hidden="true" /> {t("row.draft")}{" "}
            </span>
          )}
          {conversation.preview_from === "agent" && <span>{t("row.you_wrote")} </span>}
          {conversation.subject && <b className={css.subject}>{conversation.subject} · </b>}
          {conversation.preview}
        </span>
        <span className={css.foot}>
          {conversation.labels.slice(0, 3).map((id) => {
            const label = labels.get(id);
            return (
              label && (
                <span key={id} className={css.label}>
                  <i style={{ background: dotColor(label.color) }} />
                  {label.name}
                </span>
              )
            );
          })}
          <span className={css.gap} />
          {conversation.state === "snoozed" && conversation.snoozed_until > 0 && (
            <span className={css.fact} title={exactTime(conversation.snoozed_until)}>
              <BellOff size={12} aria-hidden="true" /> {soonTime(conversation.snoozed_until, now)}
            </span>
          )}
          <SlaClock conversation={conversation} now={now} />
          {isInLine && (
            <span className={css.fact} title={exactTime(lineSince)}>
              <Hourglass size={12} aria-hidden="true" />
              {now - lineSince < MINUTE
                ? t("row.in_line_now")
                : t("row.in_line", { time: duration(now - lineSince) })}
            </span>
          )}
          {isWaiting && !isInLine && (
            <span className={css.fact} title={exactTime(conversation.waiting_since)}>
              {t("row.waiting", { time: duration(now - conversation.waiting_since) })}
            </span>
          )}
          {assignee && <Avatar name={assignee.name} size={18} isNamed />}
        </span>
      </Link>
    </li>
  );
});
