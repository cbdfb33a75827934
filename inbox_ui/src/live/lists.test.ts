import { describe, expect, it } from "vitest";
import type { Conversation } from "@/api/types";
import { conversation } from "@/test/samples";
import { dropFromList, type ListData, patchList } from "./lists";

const page = (items: Conversation[], next: string | null = null): ListData => ({
  pages: [{ items, next, cursor: "e.1" }],
  pageParams: [""],
});
const ids = (data: ListData) => data.pages.flatMap(({ items }) => items.map(({ id }) => id));
const changed = (...items: Conversation[]) => new Map(items.map((item) => [item.id, item]));
const a = conversation({ id: "a", last_at: 300 });
const b = conversation({ id: "b", last_at: 200 });

describe("patchList", () => {
  it("moves what got a new message to the top", () => {
    const next = patchList(
      page([a, b]),
      changed({ ...b, rev: 2, last_at: 400 }),
      { view: "all" },
      "me",
    );
    expect(ids(next)).toEqual(["b", "a"]);
  });

  it("keeps the version with the higher rev", () => {
    const known = { ...a, rev: 5, preview: "new" };
    const next = patchList(
      page([known]),
      changed({ ...a, rev: 4, preview: "old" }),
      { view: "all" },
      "me",
    );
    expect(next.pages[0]?.items[0]?.preview).toBe("new");
  });

  it("keeps my own read mark when an event brings none", () => {
    const known = { ...a, mine: { read_seq: 7, has_draft: true } };
    const next = patchList(
      page([known]),
      changed({ ...a, rev: 2, mine: null }),
      { view: "all" },
      "me",
    );
    expect(next.pages[0]?.items[0]?.mine).toEqual({ read_seq: 7, has_draft: true });
  });

  it("takes out what no longer belongs, unless it is being read", () => {
    const closed = changed({ ...a, rev: 2, state: "closed" as const });
    expect(ids(patchList(page([a, b]), closed, { view: "all" }, "me"))).toEqual(["b"]);
    expect(ids(patchList(page([a, b]), closed, { view: "all" }, "me", "a"))).toEqual(["a", "b"]);
  });

  it("adds only to its own view", () => {
    const mine = changed(conversation({ id: "n", assignee_id: "me", last_at: 500 }));
    expect(ids(patchList(page([a]), mine, { view: "mine" }, "me"))).toEqual(["n"].concat("a"));
    expect(ids(patchList(page([a]), mine, { view: "unassigned" }, "me"))).toEqual(["a"]);
    expect(ids(patchList(page([a]), mine, { view: "all", label: "vip" }, "me"))).toEqual(["a"]);
  });

  it("does not put older ones after the end of what is loaded", () => {
    const old = changed(conversation({ id: "old", last_at: 1 }));
    expect(ids(patchList(page([a, b], "more"), old, { view: "all" }, "me"))).toEqual(["a", "b"]);
    expect(ids(patchList(page([a, b]), old, { view: "all" }, "me"))).toEqual(["a", "b", "old"]);
  });

  it("returns the same object when nothing changed", () => {
    const data = page([a]);
    expect(
      patchList(data, changed(conversation({ id: "x", state: "closed" })), { view: "all" }, "me"),
    ).toBe(data);
  });
});

it("drops what is no longer visible", () => {
  expect(ids(dropFromList(page([a, b]), new Set(["a"])))).toEqual(["b"]);
});
