import { expect, it } from "vitest";
import type { Pending } from "@/inbox/composer/outbox";
import { message } from "@/test/samples";
import { timeline } from "./timeline";

const DAY = 86_400_000;
const noon = new Date(2026, 10, 20, 12).getTime();
const kinds = (rows: ReturnType<typeof timeline>) => rows.map(({ kind }) => kind);

it("puts a day before the first message of each day", () => {
  const rows = timeline([message(1, { at: noon }), message(2, { at: noon + DAY })], [], 9);
  expect(kinds(rows)).toEqual(["day", "message", "day", "message"]);
});

it("marks once where the unread begins, and not before the very first", () => {
  const items = [1, 2, 3].map((seq) => message(seq, { at: noon + seq }));
  expect(kinds(timeline(items, [], 1))).toEqual(["day", "message", "new", "message", "message"]);
  expect(kinds(timeline(items, [], 0))).toEqual(["day", "message", "new", "message", "message"]);
});

it("joins what one author writes soon after", () => {
  const rows = timeline([message(1, { at: noon }), message(2, { at: noon + 1000 })], [], 9);
  expect(rows.at(-1)).toMatchObject({ isFollowing: true });
});

it("shows a pending message until its own one has arrived, under one key", () => {
  const pending = [{ clientId: "mine" }] as Pending[];
  expect(timeline([], pending, 0).at(-1)).toMatchObject({ kind: "pending", key: "mine" });
  const rows = timeline([message(1, { client_id: "mine", at: noon })], pending, 9);
  expect(kinds(rows)).toEqual(["day", "message"]);
  expect(rows.at(-1)?.key).toBe("mine");
});
