import { queryOptions } from "@tanstack/react-query";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";

const KEPT = { staleTime: Number.POSITIVE_INFINITY };

export type TaskState = "open" | "done";

export const myTasksQuery = (state: TaskState) =>
  queryOptions({
    queryKey: keys.myTasks(state),
    queryFn: () => need(api.GET("/api/v1/tasks", { params: { query: { state, limit: 200 } } })),
    ...KEPT,
  });
export const conversationTasksQuery = (conversation_id: string) =>
  queryOptions({
    queryKey: keys.conversationTasks(conversation_id),
    queryFn: () => need(api.GET("/api/v1/tasks", { params: { query: { conversation_id } } })),
    ...KEPT,
  });
export const macrosQuery = queryOptions({
  queryKey: keys.macros,
  queryFn: () => need(api.GET("/api/v1/macros")),
  ...KEPT,
});
export const savedViewsQuery = queryOptions({
  queryKey: keys.savedViews,
  queryFn: () => need(api.GET("/api/v1/views")),
  ...KEPT,
});
