import { beforeAll, expect, it } from "vitest";
import { safeTarget } from "@/auth/sign_in";
import { startI18n } from "@/i18n";
import { message } from "@/test/samples";
import { noticesOf } from "./notices";

beforeAll(() => startI18n("en"));

const me = { agent_id: "me", prefs: {} };
const titles = (owner: string | undefined, ...messages: ReturnType<typeof message>[]) =>
  noticesOf({ messages, conversations: new Map() }, me, () => owner).map(({ title }) => title);

it("tells of new messages in what is mine or nobody's", () => {
  expect(titles("me", message(1))).toEqual(["New message from Ayşe"]);
  expect(titles("", message(1))).toHaveLength(1);
  expect(titles("somebody", message(1))).toEqual([]);
  expect(titles(undefined, message(1))).toEqual([]);
});

it("is silent about changes, machines and my own", () => {
  expect(titles("me", message(1, { rev: 2 }), message(2, { is_auto: true }))).toEqual([]);
  const mine = message(3, {
    author: { kind: "agent", id: "me", name: "Me" },
    mentions: ["me"],
    kind: "note",
  });
  expect(titles("me", mine)).toEqual([]);
});

it("tells of mentions and assignments wherever they are", () => {
  const note = message(1, {
    kind: "note",
    mentions: ["me"],
    author: { kind: "agent", id: "x", name: "Ewa" },
  });
  expect(titles("somebody", note)).toEqual(["Ewa mentioned you"]);
  const assigned = message(2, {
    kind: "activity",
    activity: "assigned",
    details: { assignee_id: "me" },
    author: { kind: "agent", id: "x", name: "Ewa" },
  });
  expect(titles("somebody", assigned)).toEqual(["A conversation was assigned to you"]);
});

it("leads nowhere outside after signing in", () => {
  expect(
    ["/inbox/all", "//evil.example", "https://evil.example", "/\\evil.example", ""].map(safeTarget),
  ).toEqual(["/inbox/all", "/", "/", "/", "/"]);
});
