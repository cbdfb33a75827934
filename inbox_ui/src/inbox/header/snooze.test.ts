import { expect, it } from "vitest";
import { inverse } from "@/inbox/change";
import { conversation } from "@/test/samples";
import { presetsAt, snoozeUntil } from "./snooze";

const sunday = new Date(2026, 10, 22, 14, 30).getTime();
const monday = new Date(2026, 10, 23, 10).getTime();

it("ends presets in the morning of the right day", () => {
  expect(new Date(snoozeUntil("monday", sunday) ?? 0)).toEqual(new Date(2026, 10, 23, 9));
  expect(new Date(snoozeUntil("monday", monday) ?? 0)).toEqual(new Date(2026, 10, 30, 9));
  expect(new Date(snoozeUntil("tomorrow", sunday) ?? 0)).toEqual(new Date(2026, 10, 23, 9));
});

it("offers this afternoon only before it", () => {
  expect(snoozeUntil("afternoon", sunday)).toBeUndefined();
  expect(new Date(snoozeUntil("afternoon", monday) ?? 0)).toEqual(new Date(2026, 10, 23, 15));
});

it("offers each end once", () => {
  const names = (now: number) => presetsAt(now).map(([preset]) => preset);
  expect(names(sunday)).toEqual(["hour", "tomorrow", "week"]);
  expect(names(monday)).toEqual(["hour", "afternoon", "tomorrow", "monday"]);
});

it("knows the change that undoes another", () => {
  const before = conversation({
    state: "snoozed",
    snoozed_until: 99,
    labels: ["a"],
    assignee_id: "x",
  });
  expect(inverse(before, { state: "open" })).toEqual({ state: "snoozed", snoozed_until: 99 });
  expect(inverse(before, { labels: ["a", "b"], assignee_id: "" })).toEqual({
    labels: ["a"],
    assignee_id: "x",
  });
});
