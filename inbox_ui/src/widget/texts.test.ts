import en from "@i18n/en/widget.json";
import pl from "@i18n/pl/widget.json";
import tr from "@i18n/tr/widget.json";
import { describe, expect, it } from "vitest";
import { languageOf, speaker } from "./texts";
import { inkOn } from "./view/color";

describe("texts", () => {
  it("has every key in every language", () => {
    const keys = Object.keys(en).sort();
    expect(Object.keys(tr).sort()).toEqual(keys);
    expect(
      Object.keys(pl)
        .filter((key) => !/_(few|many)$/.test(key))
        .sort(),
    ).toEqual(keys);
  });

  it.each([
    ["en", ["1 unread message", "2 unread messages", "5 unread messages"]],
    ["tr", ["1 okunmamış mesaj", "2 okunmamış mesaj", "5 okunmamış mesaj"]],
    [
      "pl",
      [
        "1 nieprzeczytana wiadomość",
        "2 nieprzeczytane wiadomości",
        "5 nieprzeczytanych wiadomości",
      ],
    ],
  ])("counts in %s", (language, expected) => {
    const say = speaker(language);
    expect([1, 2, 5].map((count) => say("unread_other", { count }))).toEqual(expected);
  });

  it("chooses the first language it speaks", () => {
    expect(languageOf(null, "de-DE", "pl-PL", "en")).toBe("pl");
    expect(languageOf("", "xx")).toBe("en");
    expect(languageOf("__proto__")).toBe("en");
  });

  it("writes on any accent with enough contrast", () => {
    expect(inkOn("#ffd400")).toBe("#000000");
    expect(inkOn("#2563eb")).toBe("#ffffff");
  });
});
