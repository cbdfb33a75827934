import type { Conversation } from "@/api/types";

interface Change {
  tick: number;
  conversation: Conversation;
}

const LIMIT = 2000;
const changes = new Map<string, Change>();
let tick = 0;

/** Remembers what live events changed, for answers that were asked for before and arrive after them. */
export function noteChanged(changed: ReadonlyMap<string, Conversation>): void {
  for (const [id, conversation] of changed) {
    changes.delete(id);
    changes.set(id, { tick: ++tick, conversation });
  }
  for (const id of changes.keys()) {
    if (changes.size <= LIMIT) break;
    changes.delete(id);
  }
}

export const now = (): number => tick;

export function changedSince(since: number): Map<string, Conversation> {
  const found = new Map<string, Conversation>();
  for (const [id, change] of changes) if (change.tick > since) found.set(id, change.conversation);
  return found;
}
