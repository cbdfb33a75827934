import { QueryClient } from "@tanstack/react-query";
import i18next from "i18next";
import { beforeAll, expect, it } from "vitest";
import { startI18n } from "@/i18n";
import { conversation, me } from "@/test/samples";
import { type ActionContext, isAvailable, labelOf } from "./action";
import { ACTIONS, actionById } from "./app";
import { KeyReader, nameOf } from "./keys";

beforeAll(() => startI18n("en"));

const context = (open?: ReturnType<typeof conversation>) =>
  ({
    me: me({ permissions: ["queue:assign", "wallboard:read"] }),
    client: new QueryClient(),
    conversation: open,
  }) as unknown as ActionContext;

it("has a name for every action", () => {
  for (const action of ACTIONS) expect(i18next.exists(labelOf(action, context()))).toBe(true);
});

it("never offers two actions on one key at the same time", () => {
  for (const open of [
    undefined,
    conversation(),
    conversation({ state: "closed" }),
    conversation({ is_spam: true }),
    conversation({ assignee_id: "another" }),
  ]) {
    const keys = ACTIONS.filter((action) => isAvailable(action, context(open))).flatMap(
      ({ keys }) => keys ?? [],
    );
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  }
});

it("offers what concerns a conversation only with one open", () => {
  expect(isAvailable(actionById("close"), context())).toBe(false);
  expect(isAvailable(actionById("close"), context(conversation()))).toBe(true);
  expect(isAvailable(actionById("close"), context(conversation({ state: "closed" })))).toBe(false);
});

it("reads single keys, keys with modifiers, and sequences", () => {
  const reader = new KeyReader(ACTIONS);
  const ids = (name: string, at: number) => reader.read(name, at).map(({ id }) => id);
  expect(ids("j", 0)).toEqual(["next"]);
  expect(ids("g", 10)).toEqual([]);
  expect(ids("a", 20)).toEqual(["go_all"]);
  expect(ids("a", 30)).toEqual(["assign"]);
  expect(ids("g", 40)).toEqual([]);
  expect(ids("a", 2000)).toEqual(["assign"]);
});

it("names keys as the registry writes them", () => {
  const event = (init: KeyboardEventInit) => nameOf(new KeyboardEvent("keydown", init));
  expect(event({ key: "K", ctrlKey: true, shiftKey: true })).toBe("mod+shift+k");
  expect(event({ key: "?", shiftKey: true })).toBe("?");
});

it("lets only whom it concerns take over from a colleague", () => {
  const takeOver = actionById("take_over");
  const theirs = conversation({ assignee_id: "another" });
  expect(isAvailable(takeOver, context(theirs))).toBe(true);
  expect(isAvailable(takeOver, context(conversation({ assignee_id: "agent1" })))).toBe(false);
  const plain = { ...context(theirs), me: me({ permissions: [] }) };
  expect(isAvailable(takeOver, plain)).toBe(false);
});
