import { describe, expect, it } from "vitest";
import { pieces, safeHref } from "./links";

describe("links", () => {
  it("finds addresses and leaves the text around them as it is", () => {
    expect(pieces("see https://a.example/x?y=1, or tel:+48123 (mailto:a@b.example).")).toEqual([
      { text: "see " },
      { text: "https://a.example/x?y=1", href: "https://a.example/x?y=1" },
      { text: ", or " },
      { text: "tel:+48123", href: "tel:+48123" },
      { text: " (" },
      { text: "mailto:a@b.example", href: "mailto:a@b.example" },
      { text: ")." },
    ]);
  });

  it.each([
    "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "//evil.example",
    "",
  ])("refuses %j", (address) => {
    expect(safeHref(address)).toBe("");
    expect(pieces(address).every((piece) => !piece.href)).toBe(true);
  });

  it("loses no character", () => {
    const text = "a https://b.example\u202e… c https:// d http://[ e";
    expect(
      pieces(text)
        .map((piece) => piece.text)
        .join(""),
    ).toBe(text);
  });
});
