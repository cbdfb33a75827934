import type { Message } from "@/api/types";
import { useThreads } from "@/live/threads";
import type { Quote } from "./draft";

export const quoteOf = (message: Message): Quote => ({
  seq: message.seq,
  name: message.author.name,
  inbox_id: message.inbox_id,
  text: message.text || message.attachments[0]?.name || "",
});

/** What the customer wrote last, for the shortcut that quotes it. */
export function lastOfCustomer(conversationId: string): Quote | undefined {
  const items = useThreads.getState().threads[conversationId]?.items ?? [];
  const last = items.findLast(
    ({ kind, direction, deleted_at }) => kind === "message" && direction === "in" && !deleted_at,
  );
  return last && quoteOf(last);
}
