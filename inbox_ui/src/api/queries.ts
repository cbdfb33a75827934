import { queryOptions } from "@tanstack/react-query";
import { api, need, rememberCsrfToken } from "./client";
import { keys } from "./keys";

/** Small lists that change by `settings` events, so they are never stale by themselves. */
const KEPT = { staleTime: Number.POSITIVE_INFINITY };

export const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: async () => {
    const me = await need(api.GET("/api/v1/me"));
    rememberCsrfToken(me.csrf_token);
    return me;
  },
  ...KEPT,
  retry: false,
});
export const agentsQuery = queryOptions({
  queryKey: keys.agents,
  queryFn: () => need(api.GET("/api/v1/agents")),
  ...KEPT,
});
export const labelsQuery = queryOptions({
  queryKey: keys.labels,
  queryFn: () => need(api.GET("/api/v1/labels")),
  ...KEPT,
});
export const cannedQuery = queryOptions({
  queryKey: keys.canned,
  queryFn: () => need(api.GET("/api/v1/canned")),
  ...KEPT,
});
export const inboxesQuery = queryOptions({
  queryKey: keys.inboxes,
  queryFn: () => need(api.GET("/api/v1/inboxes")),
  ...KEPT,
});
export const channelsQuery = queryOptions({
  queryKey: keys.channels,
  queryFn: () => need(api.GET("/api/v1/channels")),
  ...KEPT,
});
export const inboxQuery = (id: string) =>
  queryOptions({
    queryKey: keys.inbox(id),
    queryFn: () =>
      need(api.GET("/api/v1/inboxes/{inbox_id}", { params: { path: { inbox_id: id } } })),
  });
export const waysQuery = (id: string) =>
  queryOptions({
    queryKey: keys.ways(id),
    queryFn: () =>
      need(
        api.GET("/api/v1/conversations/{conversation_id}/ways", {
          params: { path: { conversation_id: id } },
        }),
      ),
  });
export const templatesQuery = (inboxId: string) =>
  queryOptions({
    queryKey: keys.templates(inboxId),
    queryFn: () =>
      need(
        api.GET("/api/v1/inboxes/{inbox_id}/templates", {
          params: { path: { inbox_id: inboxId } },
        }),
      ),
    ...KEPT,
  });
export const workspaceQuery = queryOptions({
  queryKey: keys.workspace,
  queryFn: () => need(api.GET("/api/v1/workspace")),
});
export const sessionsQuery = queryOptions({
  queryKey: keys.sessions,
  queryFn: () => need(api.GET("/api/v1/me/sessions")),
});
export const apiKeysQuery = queryOptions({
  queryKey: keys.apiKeys,
  queryFn: () => need(api.GET("/api/v1/api-keys")),
});
export const countsQuery = queryOptions({
  queryKey: keys.counts,
  queryFn: () => need(api.GET("/api/v1/conversations/counts")),
  staleTime: 60_000,
});
export const contactQuery = (id: string) =>
  queryOptions({
    queryKey: keys.contact(id),
    queryFn: () =>
      need(api.GET("/api/v1/contacts/{contact_id}", { params: { path: { contact_id: id } } })),
  });
export const contactConversationsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.contactConversations(id),
    queryFn: () =>
      need(
        api.GET("/api/v1/contacts/{contact_id}/conversations", {
          params: { path: { contact_id: id } },
        }),
      ),
  });
export const suggestionsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.suggestions(id),
    queryFn: () =>
      need(
        api.GET("/api/v1/contacts/{contact_id}/suggestions", {
          params: { path: { contact_id: id } },
        }),
      ),
    staleTime: 60_000,
  });
export const mergesQuery = (id: string) =>
  queryOptions({
    queryKey: keys.merges(id),
    queryFn: () =>
      need(
        api.GET("/api/v1/contacts/{contact_id}/merges", { params: { path: { contact_id: id } } }),
      ),
  });
