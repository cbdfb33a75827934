import type { Conversation } from "@/api/types";

/** The one with the higher `rev`; what is mine alone (null in live events) is kept from whoever knows it. */
export function newest(known: Conversation, next: Conversation): Conversation {
  const winner = next.rev >= known.rev ? next : known;
  const mine = next.mine ?? known.mine;
  return winner.mine === mine ? winner : { ...winner, mine };
}

export const isUnread = (conversation: Conversation): boolean =>
  conversation.inbound_seq > (conversation.mine?.read_seq ?? 0);
