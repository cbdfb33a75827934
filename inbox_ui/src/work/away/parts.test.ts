import { expect, it } from "vitest";
import { parts } from "./parts";

const nothing = {
  since: 1,
  assigned: [],
  taken: [],
  mentioned: [],
  answered: [],
  tasks_due: 0,
  missed_offers: 0,
};

it("tells nothing when nothing happened", () => {
  expect(parts(nothing)).toEqual([]);
});

it("leads to the one conversation, or to the list of several", () => {
  const told = parts({ ...nothing, assigned: ["a"], answered: ["b", "c"], missed_offers: 2 });
  expect(told).toEqual([
    { name: "assigned", count: 1, to: "/inbox/all/a" },
    { name: "answered", count: 2, to: "/inbox/mine" },
    { name: "missed_offers", count: 2 },
  ]);
});
