import { beforeAll, expect, it } from "vitest";
import type { Agent, AuditEntry, Inbox } from "@/api/types";
import { showLanguage, startI18n, t } from "@/i18n";
import { placeOf, sentence } from "./audit_entry";

const names = {
  agents: [{ id: "a1", name: "Bea" } as Agent],
  inboxes: [{ id: "i1", name: "Website" } as Inbox],
};
const entry = (action: string, change: Partial<AuditEntry> = {}): AuditEntry => ({
  id: "1",
  at: 1,
  actor: "Ada",
  action,
  target: "",
  details: {},
  ip: "",
  ...change,
});
const told = (action: string, change?: Partial<AuditEntry>) =>
  sentence(entry(action, change), t, names);

beforeAll(() => startI18n("en"));

it("says who did what to whom", () => {
  expect(told("agent.changed", { target: "a1" })).toBe("Ada changed the rights or details of Bea");
  expect(told("inbox.changed", { target: "ws.i1" })).toBe("Ada changed the inbox “Website”");
  expect(told("inbox.deleted", { target: "ws.i9", details: { name: "Old" } })).toBe(
    "Ada deleted the inbox “Old”",
  );
  expect(told("inbox.changed", { target: "ws.i9" })).toContain("deleted since");
});

it("keeps the code of an action that it does not know", () => {
  expect(told("queue.moved")).toBe("Ada: queue.moved");
});

it("leads to the conversation of a message and to a contact", () => {
  expect(placeOf(entry("message.resend", { target: "ws.c7.0000000003" }))).toEqual({
    conversationId: "c7",
  });
  expect(placeOf(entry("contact.blocked", { target: "ws.p2" }))).toEqual({ contactId: "p2" });
  expect(placeOf(entry("label.created", { target: "l1" }))).toEqual({});
});

it("names the system in the reader's language", async () => {
  await showLanguage("tr");
  expect(told("outbound.released", { actor: "system" })).toContain(t("author.system"));
});
