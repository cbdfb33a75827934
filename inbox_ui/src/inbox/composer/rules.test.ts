import { expect, it } from "vitest";
import { way } from "@/test/samples";
import { emptyDraft } from "./draft";
import { sendKey } from "./editor";
import {
  addresses,
  asWay,
  fill,
  hindrance,
  mentionsIn,
  stateOf,
  toRequest,
  triggerAt,
  wayOf,
} from "./rules";

const chat = way("chat", { can_quick_replies: true });
const mail = way("mail", { can_html: true, has_subject: true, text_max_chars: 1000 });
const draft = { ...emptyDraft(), text: "Hello" };

it("answers by the hub's first way, unless told otherwise", () => {
  const other = way("chat", {}, { identity_id: "other" });
  expect(wayOf([mail, chat], "", "")).toBe(mail);
  expect(wayOf([mail, chat, other], "chat", "")).toBe(chat);
  expect(wayOf([mail, chat, other], "chat", "other")).toBe(other);
  expect(wayOf([chat, mail], "gone", "gone")).toBe(chat);
  expect(wayOf([], "", "")).toBeUndefined();
});

it("makes a way of what the conversation tells until the hub has answered", () => {
  const { identity_id: _, state: __, window_until: ___, ...target } = chat;
  expect(asWay({ ...target, is_paused: true })).toEqual({
    ...chat,
    identity_id: "",
    state: "paused",
  });
});

it("says why something cannot be sent", () => {
  const at = 1000;
  expect(hindrance(draft, chat, false, at)).toBeUndefined();
  expect(hindrance({ ...draft, text: " \n" }, chat, false, at)).toBe("blank");
  expect(hindrance({ ...draft, text: "x".repeat(101) }, chat, false, at)).toBe("too_long");
  const bytes = way("bytes", { text_max_bytes: 8 });
  expect(hindrance({ ...draft, text: "teşekkür" }, bytes, false, at)).toBe("too_long");
  expect(hindrance({ ...draft, text: "tesekkur" }, bytes, false, at)).toBeUndefined();
  expect(hindrance(draft, undefined, false, at)).toBe("no_target");
  expect(hindrance(draft, chat, true, at)).toBe("uploading");
});

it.each(["window_closed", "opted_out", "unreachable"] as const)(
  "sends nothing typed when %s",
  (state) => {
    expect(hindrance(draft, way("w", {}, { state }), false, 0)).toBe(state);
  },
);

it("lets messages wait for an inbox that is paused or refused", () => {
  expect(hindrance(draft, way("p", {}, { state: "paused" }), false, 0)).toBeUndefined();
  expect(hindrance(draft, way("p", {}, { state: "bad_credentials" }), false, 0)).toBeUndefined();
});

it("closes a window by the clock, without asking the hub", () => {
  const open = way("w", {}, { window_until: 5000 });
  expect(stateOf(open, 4999)).toBe("ok");
  expect(stateOf(open, 5000)).toBe("window_closed");
  expect(hindrance(draft, open, false, 5001)).toBe("window_closed");
  expect(stateOf(chat, Number.MAX_SAFE_INTEGER)).toBe("ok");
});

it("holds back files that the way cannot carry", () => {
  const file = {
    id: "f",
    name: "a.exe",
    media_type: "application/x-msdownload",
    size_bytes: 10,
    width: 0,
    height: 0,
    url: "",
    thumbnail_url: "",
  };
  const withFile = { ...draft, files: [file] };
  expect(hindrance(withFile, chat, false, 0)).toBeUndefined();
  expect(hindrance(withFile, way("w", { media_types: ["image/"] }), false, 0)).toBe("files");
});

it("lets a note pass where no answer could go", () => {
  const note = { ...draft, kind: "note" as const, text: "x".repeat(5000) };
  expect(hindrance(note, undefined, false, 0)).toBeUndefined();
  expect(hindrance(note, way("w", {}, { state: "opted_out" }), false, 0)).toBeUndefined();
});

it("quotes only where the message was written and the channel can, and names the address", () => {
  const quoting = { ...draft, quote: { seq: 7, name: "A", text: "?", inbox_id: "q" } };
  expect(toRequest(quoting, chat, "id", []).reply_to_seq).toBe(0);
  expect(toRequest(quoting, way("q", { can_quote: true }), "id", [])).toMatchObject({
    reply_to_seq: 7,
    identity_id: "x-q",
  });
  expect(toRequest(quoting, way("other", { can_quote: true }), "id", []).reply_to_seq).toBe(0);
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
