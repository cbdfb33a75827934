import { expect, it } from "vitest";
import type { Task } from "@/api/types";
import { byTime } from "./groups";

const NOON = new Date(2026, 10, 23, 12).getTime();
const HOUR = 3_600_000;
const task = (id: string, due_at: number) => ({ id, due_at }) as Task;

it("puts tasks into groups by how near they are, the earliest first", () => {
  const groups = byTime(
    [
      task("some", 0),
      task("tomorrow", NOON + 13 * HOUR),
      task("evening", NOON + 6 * HOUR),
      task("soon", NOON + HOUR),
      task("late", NOON - HOUR),
      task("now", NOON),
    ],
    NOON,
  );
  expect(groups.map(([name, tasks]) => [name, tasks.map(({ id }) => id)])).toEqual([
    ["late", ["late", "now"]],
    ["today", ["soon", "evening"]],
    ["later", ["tomorrow"]],
    ["some_time", ["some"]],
  ]);
});

it("leaves out groups that have none", () => {
  expect(byTime([task("some", 0)], NOON).map(([name]) => name)).toEqual(["some_time"]);
});
