import { ActionIcon, Checkbox } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CalendarClock, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Task } from "@/api/types";
import { Avatar } from "@/ui/avatar";
import { useNow } from "@/ui/now";
import { exactTime, relativeTime } from "@/ui/time";
import { changeTask, deleteTask } from "./change";
import css from "./tasks.module.css";

interface Props {
  task: Task;
  assigneeName: string;
  /** Where the task belongs to, as a link; not where that is on screen already. */
  hasLink?: boolean;
}

export function TaskItem({ task, assigneeName, hasLink = false }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const now = useNow();
  const isDone = task.state === "done";
  const isLate = !isDone && task.due_at > 0 && task.due_at <= now;
  return (
    <li className={css.task} data-done={isDone || undefined}>
      <Checkbox
        checked={isDone}
        label={<span className={css.text}>{task.text}</span>}
        onChange={({ currentTarget }) =>
          changeTask(client, task, { is_done: currentTarget.checked })
        }
      />
      <span className={css.facts}>
        {task.due_at > 0 && (
          <span className={css.due} data-late={isLate || undefined} title={exactTime(task.due_at)}>
            <CalendarClock size={12} aria-hidden="true" />
            {isLate && <span className="hidden-visually">{t("tasks.late")}</span>}
            {relativeTime(task.due_at, now)}
          </span>
        )}
        {hasLink && task.conversation_id && (
          <Link
            to="/inbox/$view/$conversationId"
            params={{ view: "all", conversationId: task.conversation_id }}
          >
            {task.contact_name || t("tasks.conversation")}
          </Link>
        )}
        {hasLink && !task.conversation_id && task.contact_id && (
          <Link to="/contacts/$contactId" params={{ contactId: task.contact_id }}>
            {task.contact_name || t("tasks.contact")}
          </Link>
        )}
      </span>
      {assigneeName && <Avatar name={assigneeName} size={20} isNamed />}
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={t("common.delete", { name: task.text })}
        onClick={() => deleteTask(client, task)}
      >
        <Trash2 size={13} />
      </ActionIcon>
    </li>
  );
}
