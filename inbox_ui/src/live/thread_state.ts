import type { Message } from "@/api/types";

/** The loaded part of one timeline: without holes between `items[0]` and the newest known. */
export interface Thread {
  /** By `seq`, oldest first. */
  items: Message[];
  /** Ask for older ones with this; null: there are none; undefined: nothing loaded yet. */
  before: number | null | undefined;
}

export const EMPTY: Thread = { items: [], before: undefined };

/** Adds and replaces by `seq`; of two versions the higher `rev` stays. Same object when nothing changed. */
export function merge(thread: Thread, messages: readonly Message[]): Thread {
  const bySeq = new Map(thread.items.map((item) => [item.seq, item]));
  let isChanged = false;
  for (const message of messages) {
    const known = bySeq.get(message.seq);
    if (known && known.rev >= message.rev) continue;
    bySeq.set(message.seq, message);
    isChanged = true;
  }
  if (!isChanged) return thread;
  return { ...thread, items: [...bySeq.values()].sort((a, b) => a.seq - b.seq) };
}

/** The seq after which something is missing, or null when the items follow one another. */
export function gapAfter(thread: Thread): number | null {
  for (let index = 1; index < thread.items.length; index++) {
    const previous = thread.items[index - 1];
    const item = thread.items[index];
    if (previous && item && item.seq !== previous.seq + 1) return previous.seq;
  }
  return null;
}
