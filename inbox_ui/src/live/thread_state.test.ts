import { expect, it } from "vitest";
import { message } from "@/test/samples";
import { EMPTY, gapAfter, merge } from "./thread_state";

const seqs = (thread: { items: { seq: number }[] }) => thread.items.map(({ seq }) => seq);

it("orders by seq whatever the order of arrival", () => {
  expect(seqs(merge(EMPTY, [message(3), message(1), message(2)]))).toEqual([1, 2, 3]);
});

it("replaces only by a higher rev", () => {
  const start = merge(EMPTY, [message(1, { rev: 2, delivery: "read" })]);
  expect(merge(start, [message(1, { rev: 1, delivery: "sent" })])).toBe(start);
  const next = merge(start, [message(1, { rev: 3, text: "edited" })]);
  expect(next.items[0]?.text).toBe("edited");
});

it("finds the first hole", () => {
  expect(gapAfter(merge(EMPTY, [message(1), message(2)]))).toBeNull();
  expect(gapAfter(merge(EMPTY, [message(1), message(2), message(5)]))).toBe(2);
});
