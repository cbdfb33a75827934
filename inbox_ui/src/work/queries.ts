import { api, need } from "@/api/client";
import { kept } from "@/api/kept";
import { keys } from "@/api/keys";

export type TaskState = "open" | "done";

export const myTasksQuery = (state: TaskState) =>
  kept(keys.myTasks(state), () =>
    need(api.GET("/api/v1/tasks", { params: { query: { state, limit: 200 } } })),
  );
export const conversationTasksQuery = (conversation_id: string) =>
  kept(keys.conversationTasks(conversation_id), () =>
    need(api.GET("/api/v1/tasks", { params: { query: { conversation_id } } })),
  );
export const macrosQuery = kept(keys.macros, () => need(api.GET("/api/v1/macros")));
export const savedViewsQuery = kept(keys.savedViews, () => need(api.GET("/api/v1/views")));
