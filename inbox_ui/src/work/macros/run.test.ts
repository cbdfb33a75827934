import { expect, it } from "vitest";
import type { Macro } from "@/api/types";
import { changeOf } from "./run";

const NOW = 1_000_000;
const change = (steps: Macro["steps"], labels: string[] = []) =>
  changeOf({ steps }, { labels }, { agent_id: "me" }, NOW);

it("makes one change of all steps, the later one winning", () => {
  expect(
    change(
      [
        { kind: "add_label", value: "b" },
        { kind: "remove_label", value: "a" },
        { kind: "assign", value: "other" },
        { kind: "assign_me", value: "" },
        { kind: "priority", value: "4" },
        { kind: "snooze", value: "30" },
      ],
      ["a"],
    ),
  ).toEqual({
    labels: ["b"],
    assignee_id: "me",
    priority: 4,
    state: "snoozed",
    snoozed_until: NOW + 30 * 60_000,
  });
});

it("changes nothing for texts and queues, which have routes of their own", () => {
  expect(
    change([
      { kind: "reply", value: "hello" },
      { kind: "note", value: "x" },
      { kind: "queue", value: "q" },
    ]),
  ).toEqual({});
});
