import type { Away } from "@/api/types";

export interface Part {
  name: "assigned" | "answered" | "mentioned" | "taken" | "tasks_due" | "missed_offers";
  count: number;
  /** Where to see it. */
  to?: string;
}

/** What there is to tell, in the order in which it matters. */
export function parts(away: Away): Part[] {
  const conversation = (id: string | undefined) => id && `/inbox/all/${id}`;
  const one = (ids: readonly string[], all: string) =>
    (ids.length === 1 && conversation(ids[0])) || all;
  const found: Part[] = [
    { name: "assigned", count: away.assigned.length, to: one(away.assigned, "/inbox/mine") },
    { name: "answered", count: away.answered.length, to: one(away.answered, "/inbox/mine") },
    { name: "mentioned", count: away.mentioned.length, to: one(away.mentioned, "/inbox/mentions") },
    { name: "taken", count: away.taken.length, to: one(away.taken, "/inbox/all") },
    { name: "tasks_due", count: away.tasks_due, to: "/tasks" },
    { name: "missed_offers", count: away.missed_offers },
  ];
  return found.filter(({ count }) => count > 0);
}
