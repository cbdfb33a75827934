import type { QueryClient } from "@tanstack/react-query";
import { api, need } from "@/api/client";
import type { Desk } from "@/api/types";
import { patchDesk } from "@/routing/live";
import { toastProblem } from "@/ui/toast";

export type Presence = Desk["chosen"];
/** In the order of the menu. */
export const PRESENCES = ["available", "away", "offline"] as const satisfies readonly Presence[];

/** My own. */
export function setPresence(client: QueryClient, presence: Presence, reason_id = ""): void {
  need(api.PUT("/api/v1/me/presence", { body: { presence, reason_id } }))
    .then((desk) => patchDesk(client, desk))
    .catch(toastProblem);
}

/** A colleague's, by a supervisor. */
export function setPresenceOf(
  client: QueryClient,
  agent_id: string,
  presence: Presence,
  reason_id = "",
): void {
  const params = { path: { agent_id } };
  need(api.PUT("/api/v1/agents/{agent_id}/presence", { params, body: { presence, reason_id } }))
    .then((desk) => patchDesk(client, desk))
    .catch(toastProblem);
}
