import { expect, it } from "vitest";
import { queue } from "@/test/samples";
import { newQueue, settingsOf } from "./values";

it("writes back what a new queue has, and nothing that the hub adds", () => {
  const written = Object.keys(settingsOf(queue("q1"))).sort();
  expect(written).toEqual(Object.keys(newQueue("Sales", 0)).sort());
});
