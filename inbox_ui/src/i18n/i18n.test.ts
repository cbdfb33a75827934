import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import { LANGUAGES, showLanguage, startI18n } from ".";

const SOURCES = import.meta.glob<string>(
  ["../**/*.{ts,tsx}", "!../**/*.test.*", "!../widget/**", "!../api/schema.gen.ts"],
  { query: "?raw", import: "default", eager: true },
);

/** What `settings/editable_list` says of each thing. */
const OF_A_LIST = ["text", "add", "edit_one", "none", "none_text", "deleted"];

beforeAll(() => startI18n("en"));

/** Every key that stands in the code as a whole string in `t("…")` or a `label: "…"`. */
function keysInCode(): string[] {
  const found = new Set<string>();
  for (const source of Object.values(SOURCES)) {
    for (const [, key] of source.matchAll(/\bt\(\s*"([a-z_]+\.[\w.]+)"/g)) if (key) found.add(key);
    for (const [, area] of source.matchAll(/\barea="([a-z_]+)"/g)) {
      for (const part of OF_A_LIST) found.add(`${area}.${part}`);
    }
  }
  return [...found];
}

/** The fixed beginnings of keys that are put together: t(`state.${…}`). */
function groupsInCode(): string[] {
  const found = new Set<string>();
  for (const source of Object.values(SOURCES)) {
    for (const [, key] of source.matchAll(/\bt\(\s*`([a-z_]+)\./g)) if (key) found.add(key);
  }
  return [...found];
}

describe.each(Object.keys(LANGUAGES))("texts in %s", (language) => {
  beforeAll(() => showLanguage(language));

  it("has every key that the code names", () => {
    const keys = keysInCode();
    expect(keys.length).toBeGreaterThan(200);
    const missing = keys.filter((key) => !i18next.exists(key, { count: 1 }));
    expect(missing).toEqual([]);
  });

  it("has every group of keys that the code puts together", () => {
    const groups = groupsInCode();
    expect(groups.length).toBeGreaterThan(10);
    expect(groups.filter((group) => !i18next.exists(group, { returnObjects: true }))).toEqual([]);
  });

  it("tells the language to the page", () => {
    expect(document.documentElement.lang).toBe(language);
  });
});

it("follows the plural rules of Polish", async () => {
  await showLanguage("pl");
  const say = (count: number) => i18next.t("contact.conversations", { count });
  expect([1, 2, 5, 22, 25].map(say)).toEqual([
    "1 inna rozmowa",
    "2 inne rozmowy",
    "5 innych rozmów",
    "22 inne rozmowy",
    "25 innych rozmów",
  ]);
});
