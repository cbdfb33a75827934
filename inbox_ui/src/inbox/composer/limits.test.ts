import { expect, it } from "vitest";
import { abilities } from "@/test/samples";
import { fits, messagesOf, typeNames, unfit } from "./limits";

const file = (change = {}) => ({ name: "a", media_type: "image/png", size_bytes: 10, ...change });

it("refuses files before they are sent up, with the reason", () => {
  const can = { attachment_max_bytes: 100, media_types: ["image/", "application/pdf"] };
  expect(unfit(file(), can)).toBeUndefined();
  expect(unfit(file({ size_bytes: 101 }), can)).toBe("too_large");
  expect(unfit(file({ size_bytes: 0 }), can)).toBe("empty");
  expect(unfit(file({ media_type: "video/mp4" }), can)).toBe("type");
});

it("lets a type pass that the browser does not know, and any where all are taken", () => {
  expect(fits("", ["image/"])).toBe(true);
  expect(fits("video/mp4", [])).toBe(true);
  expect(fits("Audio/OGG; codecs=opus", ["audio/ogg"])).toBe(true);
});

it("tells into how many messages an answer falls", () => {
  const one = abilities({ attachments_max: 1, caption_max_chars: 5 });
  expect(messagesOf("text", 0, one)).toBe(1);
  expect(messagesOf("text", 3, one)).toBe(3);
  expect(messagesOf("a long text", 3, one)).toBe(4);
  expect(messagesOf("", 2, abilities({ attachments_max: 10, caption_max_chars: 0 }))).toBe(1);
});

it("names types as people do", () => {
  const taken = ["image/jpeg", "image/png", "application/pdf", "application/msword", "audio/"];
  expect(typeNames(taken)).toEqual(["image", "pdf", "document", "audio"]);
});
