import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { templatesQuery } from "@/api/queries";
import { useCan } from "@/shell/session";

/** The templates of one inbox, and fetching them anew from the network. */
export function useTemplates(inboxId: string) {
  const client = useQueryClient();
  const query = useQuery(templatesQuery(inboxId));
  const sync = useMutation({
    mutationFn: () =>
      need(
        api.POST("/api/v1/inboxes/{inbox_id}/templates/sync", {
          params: { path: { inbox_id: inboxId } },
        }),
      ),
    onSuccess: (templates) => client.setQueryData(keys.templates(inboxId), templates),
  });
  return { query, sync, maySync: useCan("inbox:write") };
}
