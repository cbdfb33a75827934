import type { QueryClient } from "@tanstack/react-query";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";

/** New conversations of this inbox go into that queue ("": none). */
export async function setEntryQueue(
  client: QueryClient,
  inbox_id: string,
  entry_queue_id: string,
): Promise<void> {
  const params = { path: { inbox_id } };
  const after = await need(
    api.PATCH("/api/v1/inboxes/{inbox_id}", { params, body: { entry_queue_id } }),
  );
  client.setQueryData(keys.inbox(inbox_id), after);
}
