import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { agentsQuery } from "@/api/queries";
import { useCan } from "@/shell/session";
import { conversationTasksQuery } from "../queries";
import { NewTask } from "./new_task";
import { TaskItem } from "./task_item";
import css from "./tasks.module.css";

/** The tasks of the conversation on screen, in the panel beside it. */
export function ConversationTasks({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const canWrite = useCan("task:write");
  const tasks = useQuery(conversationTasksQuery(conversationId)).data?.items ?? [];
  const agents = useQuery(agentsQuery).data ?? [];
  const nameOf = (id: string) => agents.find((one) => one.id === id)?.name ?? "";
  return (
    <section aria-label={t("tasks.title")}>
      <h2 className={css.group}>{t("tasks.title")}</h2>
      {tasks.length > 0 && (
        <ul className={css.list}>
          {tasks.map((task) => (
            <TaskItem key={task.id} task={task} assigneeName={nameOf(task.assignee_id)} />
          ))}
        </ul>
      )}
      {canWrite && <NewTask conversationId={conversationId} />}
    </section>
  );
}
