import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Task } from "@/api/types";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { useNow } from "@/ui/now";
import { myTasksQuery, type TaskState } from "../queries";
import { byTime } from "./groups";
import { NewTask } from "./new_task";
import { TaskItem } from "./task_item";
import css from "./tasks.module.css";

/** What I promised to do, by when it is due. */
export function TasksPage() {
  const { t } = useTranslation();
  const [state, setState] = useState<TaskState>("open");
  const query = useQuery(myTasksQuery(state));
  const tasks = query.data?.items ?? [];
  const now = useNow();
  return (
    <div className={css.page}>
      <h1 className={css.title}>{t("tasks.mine")}</h1>
      <NewTask />
      <SegmentedControl
        mt="md"
        size="xs"
        value={state}
        onChange={(value) => setState(value as TaskState)}
        aria-label={t("tasks.which")}
        data={[
          { value: "open", label: t("tasks.open") },
          { value: "done", label: t("tasks.done") },
        ]}
      />
      <Waiting query={query} />
      {query.data && tasks.length === 0 && (
        <Empty title={t(`tasks.none_${state}`)} text={t(`tasks.none_${state}_text`)} />
      )}
      {state === "done" ? (
        <Tasks tasks={tasks} />
      ) : (
        byTime(tasks, now).map(([group, some]) => (
          <section key={group}>
            <h2 className={css.group}>{t(`tasks.group_${group}`)}</h2>
            <Tasks tasks={some} />
          </section>
        ))
      )}
    </div>
  );
}

function Tasks({ tasks }: { tasks: readonly Task[] }) {
  return (
    <ul className={css.list}>
      {tasks.map((task) => (
        <TaskItem key={task.id} task={task} assigneeName="" hasLink />
      ))}
    </ul>
  );
}
