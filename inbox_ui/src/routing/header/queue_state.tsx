import { useQuery } from "@tanstack/react-query";
import { Hourglass, ListOrdered } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { useSecond } from "@/routing/clock";
import { queuesQuery } from "@/routing/queries";
import { SlaClock } from "@/routing/sla";
import { duration } from "@/ui/time";
import css from "./header.module.css";

/** In the head of a conversation: its queue, how long it has waited there, and its promise. */
export function QueueState({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const queues = useQuery(queuesQuery).data ?? [];
  const now = useSecond();
  const { routing } = conversation;
  if (!routing) return null;
  const name = queues.find(({ id }) => id === routing.queue_id)?.name;
  const waited = duration(Math.max(0, now - routing.entered_at));
  return (
    <>
      {name && (
        <span className={css.line}>
          {routing.state ? (
            <Hourglass size={12} aria-hidden="true" />
          ) : (
            <ListOrdered size={12} aria-hidden="true" />
          )}
          {routing.state ? t(`queue.state_${routing.state}`, { name, time: waited }) : name}
        </span>
      )}
      <SlaClock conversation={conversation} now={now} />
    </>
  );
}
