import type { TFunction } from "i18next";
import type { Desk, PresenceReason } from "@/api/types";

/** How an agent's state looks: more than the three presences, as work also takes an agent out. */
export type Look = "free" | "busy" | "full" | "wrap_up" | "away" | "offline";

export const FULL = 1000;

export function lookOf(desk: Desk, now: number): Look {
  if (desk.presence !== "available") return desk.presence;
  if (desk.wrap_up_until > now) return "wrap_up";
  if (desk.load >= FULL) return "full";
  return desk.load > 0 ? "busy" : "free";
}

/** "Available", "Lunch", "Offline". */
export function stateOf(desk: Desk, reasons: readonly PresenceReason[], t: TFunction): string {
  const reason = reasons.find(({ id }) => id === desk.reason_id)?.name;
  return desk.presence === "away" && reason ? reason : t(`presence.${desk.presence}`);
}
