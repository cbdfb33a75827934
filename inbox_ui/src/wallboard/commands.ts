import type { QueryClient } from "@tanstack/react-query";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { ConversationChange } from "@/api/types";
import { patchConversations } from "@/live/apply";
import { moveToQueue } from "@/routing/header/commands";
import { newClientId } from "@/ui/ids";
import { toastProblem } from "@/ui/toast";

/** Assigns it, or gives it another priority, without opening it. */
export function changeFromAfar(
  client: QueryClient,
  conversation_id: string,
  change: Pick<ConversationChange, "assignee_id" | "priority">,
): Promise<void> {
  return need(
    api.PATCH("/api/v1/conversations/{conversation_id}", {
      params: { path: { conversation_id } },
      body: { client_id: newClientId(), ...change },
    }),
  )
    .then((after) => patchConversations(client, new Map([[after.id, after]])))
    .catch(toastProblem)
    .finally(() => void client.invalidateQueries({ queryKey: keys.lines }));
}

export function moveFromAfar(client: QueryClient, id: string, queueId: string): Promise<void> {
  return moveToQueue(client, id, queueId)
    .catch(toastProblem)
    .finally(() => void client.invalidateQueries({ queryKey: keys.lines }));
}
