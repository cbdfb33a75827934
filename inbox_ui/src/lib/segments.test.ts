import { expect, test } from "vitest";
import { countSegments, plainForm } from "./segments";

interface Vector {
  name: string;
  text: string;
  encoding: string;
  units: number;
  segments: number;
}

/** The server's own vectors. They are no part of a source package, which must build without. */
const files = import.meta.glob("../../../tests/data/sms/*.json", {
  eager: true,
  import: "default",
});

function data<T>(name: string): T[] {
  return (files[`../../../tests/data/sms/${name}.json`] ?? []) as T[];
}

const vectors = data<Vector>("segment_vectors");
const plainForms = data<{ text: string; plain: string | null }>("plain_forms");

test("all vectors are there", () => {
  expect(vectors).toHaveLength(44);
  expect(plainForms).toHaveLength(15);
});

test.each(vectors)("$name", ({ text, encoding, units, segments }) => {
  expect(countSegments(text)).toMatchObject({ encoding, units, segments });
});

test("characters that force UCS-2 are told once, in order", () => {
  expect(countSegments("Łąka łąka Łą").offending).toEqual(["Ł", "ą", "ł"]);
  expect(countSegments("Hi 👋👋").offending).toEqual(["👋"]);
  expect(countSegments("Grüße für 5 €").offending).toEqual([]);
});

test.each(plainForms)("plain form of $text", ({ text, plain }) => {
  expect(plainForm(text)).toBe(plain);
});
