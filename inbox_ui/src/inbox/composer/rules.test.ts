import { expect, it } from "vitest";
import { target } from "@/test/samples";
import { emptyDraft } from "./draft";
import { sendKey } from "./editor";
import { addresses, fill, hindrance, mentionsIn, targetOf, toRequest, triggerAt } from "./rules";

const chat = target("chat", { can_quick_replies: true });
const mail = target("mail", { can_html: true, has_subject: true, text_max_chars: 1000 });
const draft = { ...emptyDraft(), text: "Hello" };

it("answers where the customer wrote last, unless told otherwise", () => {
  expect(targetOf([chat, mail], "", "mail")).toBe(mail);
  expect(targetOf([chat, mail], "chat", "mail")).toBe(chat);
  expect(targetOf([chat, mail], "gone", "gone")).toBe(chat);
  expect(targetOf([], "", "")).toBeUndefined();
});

it("prefers an inbox that runs when the last one is gone", () => {
  expect(targetOf([target("p", {}, { is_paused: true }), mail], "", "gone")).toBe(mail);
});

it("says why something cannot be sent", () => {
  expect(hindrance(draft, chat, false)).toBeUndefined();
  expect(hindrance({ ...draft, text: " \n" }, chat, false)).toBe("blank");
  expect(hindrance({ ...draft, text: "x".repeat(101) }, chat, false)).toBe("too_long");
  expect(hindrance(draft, undefined, false)).toBe("no_target");
  expect(hindrance(draft, target("p", {}, { is_paused: true }), false)).toBe("paused");
  expect(hindrance(draft, chat, true)).toBe("uploading");
});

it("lets a note pass where no answer could go", () => {
  expect(
    hindrance({ ...draft, kind: "note", text: "x".repeat(5000) }, undefined, false),
  ).toBeUndefined();
});

it("sends only what the channel can carry", () => {
  const full = {
    ...draft,
    html: "<b>Hello</b>",
    subject: "S",
    cc: "a@example.com",
    quick_replies: ["Yes"],
  };
  expect(toRequest(full, chat, "id", ["x"])).toMatchObject({
    html: "",
    subject: "",
    cc: [],
    quick_replies: ["Yes"],
    mentions: [],
    inbox_id: "chat",
  });
  expect(toRequest(full, mail, "id", [])).toMatchObject({
    html: "<b>Hello</b>",
    subject: "S",
    cc: ["a@example.com"],
    quick_replies: [],
  });
  expect(toRequest({ ...full, kind: "note" }, mail, "id", ["x"])).toMatchObject({
    kind: "note",
    html: "",
    cc: [],
    inbox_id: "",
    mentions: ["x"],
  });
});

it("fills in variables and leaves unknown ones to be seen", () => {
  expect(
    fill("Hi {{ contact.name }}, {{agent.name}} {{ nobody }}", {
      "contact.name": "Łukasz",
      "agent.name": "D",
    }),
  ).toBe("Hi Łukasz, D {{ nobody }}");
});

it("opens suggestions after / and, in notes, after @", () => {
  expect(triggerAt("Hi /hel", 7, "message")).toEqual({ sign: "/", query: "hel", start: 3 });
  expect(triggerAt("and/or", 6, "message")).toBeUndefined();
  expect(triggerAt("@Ömer", 5, "note")).toEqual({ sign: "@", query: "Ömer", start: 0 });
  expect(triggerAt("@Ömer", 5, "message")).toBeUndefined();
});

it("finds who is mentioned, and addresses in a line", () => {
  expect(
    mentionsIn("see @Ewa Nowak", [
      { id: "1", name: "Ewa Nowak" },
      { id: "2", name: "Tom" },
    ]),
  ).toEqual(["1"]);
  expect(addresses("a@example.com, b@example.com; nobody")).toEqual([
    "a@example.com",
    "b@example.com",
  ]);
});

it("knows the keys that send", () => {
  const key = { key: "Enter", ctrlKey: false, metaKey: false, shiftKey: false, isComposing: false };
  expect(sendKey(key, false)).toBeUndefined();
  expect(sendKey(key, true)).toBe("send");
  expect(sendKey({ ...key, shiftKey: true }, true)).toBeUndefined();
  expect(sendKey({ ...key, metaKey: true }, false)).toBe("send");
  expect(sendKey({ ...key, ctrlKey: true, shiftKey: true }, false)).toBe("send_close");
  expect(sendKey({ ...key, isComposing: true }, true)).toBeUndefined();
});
