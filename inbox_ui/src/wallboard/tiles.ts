import type { Desk, Queue, QueueNow } from "@/api/types";
import { type Look, lookOf } from "@/routing/presence/words";

/** Columns of a wall on which so many tiles stand without scrolling. */
export function columnsFor(count: number): number {
  if (count <= 1) return 1;
  if (count <= 4) return 2;
  return count <= 9 ? 3 : 4;
}

/** In the settings' order; a queue that has just been made may not be named yet. */
export function inOrder(now: readonly QueueNow[], queues: readonly Queue[]): QueueNow[] {
  const place = (id: string) => queues.find((one) => one.id === id)?.position ?? 1000;
  return [...now].sort((a, b) => place(a.queue_id) - place(b.queue_id));
}

const RANK: Record<Look, number> = { free: 0, busy: 1, full: 2, wrap_up: 3, away: 4, offline: 5 };

export const byLook = (now: number) => (a: Desk, b: Desk) =>
  RANK[lookOf(a, now)] - RANK[lookOf(b, now)] || a.since - b.since;

/** How many agents are in which state; only those that occur. */
export function countLooks(desks: readonly Desk[], now: number): [Look, number][] {
  const counts = new Map<Look, number>();
  for (const desk of desks) {
    const look = lookOf(desk, now);
    counts.set(look, (counts.get(look) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => RANK[a] - RANK[b]);
}
