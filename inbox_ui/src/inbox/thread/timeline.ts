import type { Message } from "@/api/types";
import type { Pending } from "@/inbox/composer/outbox";
import { isSameDay } from "@/ui/time";

/** What stands under one another on the timeline. */
export type Row =
  | { kind: "day"; key: string; at: number }
  | { kind: "new"; key: string }
  | { kind: "message"; key: string; message: Message; isFollowing: boolean }
  | { kind: "pending"; key: string; pending: Pending };

const TOGETHER_MS = 5 * 60_000;

/** Days, the mark before what is new, messages, and what has not left this browser yet. */
export function timeline(
  items: readonly Message[],
  pending: readonly Pending[],
  readSeq: number,
): Row[] {
  const rows: Row[] = [];
  let previous: Message | undefined;
  let isMarked = false;
  for (const message of items) {
    const isNewDay = !previous || !isSameDay(previous.at, message.at);
    if (isNewDay) rows.push({ kind: "day", key: `day ${message.seq}`, at: message.at });
    const isNew = !isMarked && message.seq > readSeq && message.direction === "in";
    if (isNew && previous) {
      rows.push({ kind: "new", key: "new" });
      isMarked = true;
    }
    const isFollowing = !isNewDay && !isNew && previous !== undefined && follows(previous, message);
    // The key of a sent message is that of its pending one, so that the row stays when the answer comes.
    const key = message.client_id || `seq ${message.seq}`;
    rows.push({ kind: "message", key, message, isFollowing });
    previous = message;
  }
  const arrived = new Set(items.map(({ client_id }) => client_id).filter(Boolean));
  for (const one of pending) {
    if (!arrived.has(one.clientId)) rows.push({ kind: "pending", key: one.clientId, pending: one });
  }
  return rows;
}

/** Same author, same way, soon after: shown without repeating the head. */
function follows(one: Message, next: Message): boolean {
  return (
    one.kind === next.kind &&
    next.kind !== "activity" &&
    one.author.kind === next.author.kind &&
    one.author.id === next.author.id &&
    one.channel === next.channel &&
    !next.mail &&
    next.at - one.at < TOGETHER_MS
  );
}
