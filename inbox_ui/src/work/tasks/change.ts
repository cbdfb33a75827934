import type { QueryClient } from "@tanstack/react-query";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { Task, TaskChange, TaskPage } from "@/api/types";
import { t } from "@/i18n";
import { toastProblem, toastUndo } from "@/ui/toast";

const put = (client: QueryClient, task: Task): void => {
  const patch = (page: TaskPage | undefined): TaskPage | undefined =>
    page && { ...page, items: page.items.map((one) => (one.id === task.id ? task : one)) };
  client.setQueriesData<TaskPage>({ queryKey: keys.tasks }, patch);
};

const refresh = (client: QueryClient): void =>
  void client.invalidateQueries({ queryKey: keys.tasks });

/** Shown at once, taken back when the hub refuses it. */
export function changeTask(client: QueryClient, task: Task, change: TaskChange): void {
  const { is_done, ...rest } = change;
  const state = is_done === undefined ? task.state : is_done ? "done" : "open";
  put(client, { ...task, ...rest, state });
  need(
    api.PATCH("/api/v1/tasks/{task_id}", {
      params: { path: { task_id: task.id } },
      body: change,
    }),
  )
    .then(() => {
      refresh(client);
      if (is_done)
        toastUndo(t("tasks.is_done"), () => changeTask(client, task, { is_done: false }));
    })
    .catch((error: unknown) => {
      put(client, task);
      toastProblem(error);
    });
}

export function deleteTask(client: QueryClient, task: Task): void {
  need(api.DELETE("/api/v1/tasks/{task_id}", { params: { path: { task_id: task.id } } }))
    .then(() => {
      refresh(client);
      toastUndo(t("tasks.deleted"), () => {
        const { text, assignee_id, conversation_id, contact_id, due_at, remind_at } = task;
        const body = { text, assignee_id, conversation_id, contact_id, due_at, remind_at };
        need(api.POST("/api/v1/tasks", { body }))
          .then(() => refresh(client))
          .catch(toastProblem);
      });
    })
    .catch(toastProblem);
}
