import type { Task } from "@/api/types";

export type TimeGroup = "late" | "today" | "later" | "some_time";

/** Tasks by how near they are, the groups that have any; within a group the earliest first. */
export function byTime(tasks: readonly Task[], now: number): [TimeGroup, Task[]][] {
  const midnight = new Date(now);
  midnight.setHours(24, 0, 0, 0);
  const groupOf = ({ due_at }: Task): TimeGroup => {
    if (due_at === 0) return "some_time";
    if (due_at <= now) return "late";
    return due_at < midnight.getTime() ? "today" : "later";
  };
  const order: TimeGroup[] = ["late", "today", "later", "some_time"];
  const sorted = [...tasks].sort((a, b) => a.due_at - b.due_at);
  return order.flatMap((group): [TimeGroup, Task[]][] => {
    const some = sorted.filter((task) => groupOf(task) === group);
    return some.length ? [[group, some]] : [];
  });
}
