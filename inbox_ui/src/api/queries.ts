import { queryOptions } from "@tanstack/react-query";
import { api, need, rememberCsrfToken } from "./client";
import { kept } from "./kept";
import { keys } from "./keys";

export const meQuery = queryOptions({
  ...kept(keys.me, async () => {
    const me = await need(api.GET("/api/v1/me"));
    rememberCsrfToken(me.csrf_token);
    return me;
  }),
  retry: false,
});
export const agentsQuery = kept(keys.agents, () => need(api.GET("/api/v1/agents")));
export const labelsQuery = kept(keys.labels, () => need(api.GET("/api/v1/labels")));
export const cannedQuery = kept(keys.canned, () => need(api.GET("/api/v1/canned")));
export const inboxesQuery = kept(keys.inboxes, () => need(api.GET("/api/v1/inboxes")));
export const channelsQuery = kept(keys.channels, () => need(api.GET("/api/v1/channels")));
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
  kept(keys.templates(inboxId), () =>
    need(
      api.GET("/api/v1/inboxes/{inbox_id}/templates", {
        params: { path: { inbox_id: inboxId } },
      }),
    ),
  );
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
