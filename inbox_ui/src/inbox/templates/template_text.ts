import type { Template, TemplateSlot, TemplateUse } from "@/api/types";

export type Values = Readonly<Record<string, string>>;

/** A piece of a template's text: plain, or a slot with what stands in it ("" when nothing yet). */
export type Piece =
  | { kind: "text"; text: string }
  | { kind: "slot"; name: string; value: string; example: string };

type Buttons = Pick<Template, "buttons">;

const SLOT = /\{\{\s*([^{}]+?)\s*\}\}/g;

/** Networks give a whole address as the example of its end, which alone is asked for. */
export function exampleOf({ name, example }: TemplateSlot, { buttons }: Buttons): string {
  const sign = `{{${name}}}`;
  const text = buttons.find((one) => one.includes(sign)) ?? "";
  const start = /\S*$/.exec(text.slice(0, text.indexOf(sign)))?.[0] ?? "";
  return example.startsWith(start) ? example.slice(start.length) : example;
}

/** `prefix`: "header." for the header, whose `{{1}}` is the slot `header.1`. */
export function pieces(
  text: string,
  template: Pick<Template, "slots" | "buttons">,
  values: Values,
  prefix = "",
): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(SLOT)) {
    const name = prefix + match[1];
    if (match.index > end) found.push({ kind: "text", text: text.slice(end, match.index) });
    const slot = template.slots.find((one) => one.name === name);
    const example = slot ? exampleOf(slot, template) : "";
    found.push({ kind: "slot", name, value: values[name]?.trim() ?? "", example });
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ kind: "text", text: text.slice(end) });
  return found;
}

/** How the message will read; slots without a value keep their braces. */
export function filledIn(template: Template, values: Values): string {
  const join = (text: string, prefix = "") =>
    pieces(text, template, values, prefix)
      .map((piece) => (piece.kind === "text" ? piece.text : piece.value || `{{${piece.name}}}`))
      .join("");
  return [join(template.header, "header."), join(template.body), template.footer]
    .filter(Boolean)
    .join("\n");
}

/** The template as a request names it. */
export const templateUse = ({ name, language, slots }: Template, values: Values): TemplateUse => ({
  name,
  language,
  values: slots.map((slot) => ({ name: slot.name, value: (values[slot.name] ?? "").trim() })),
});

export const missingSlots = (template: Template, values: Values): TemplateSlot[] =>
  template.slots.filter(({ name }) => !values[name]?.trim());

const NAME_LIKE = /name|customer|isim|imi[eę]|^ad$/i;
const GREETING_CHARS = 24;

/** The contact's name for the slot that greets: by its own name, or because it stands at the beginning. */
export function proposals(template: Template, contactName: string): Values {
  const texts = template.slots.filter(({ kind }) => kind === "text");
  const named = texts.find(({ name }) => NAME_LIKE.test(name));
  const slot = named ?? texts.find(({ name }) => greets(template.body, name));
  return slot && contactName ? { [slot.name]: contactName } : {};
}

function greets(body: string, name: string): boolean {
  const at = body.indexOf(`{{${name}}}`);
  return at > 0 && at <= GREETING_CHARS && !/[.!?\n]/.test(body.slice(0, at));
}

/** Networks ask for names such as "order_ready"; people read them with blanks. */
export const titleOf = ({ title, name }: Template): string =>
  title && title !== name ? title : name.replaceAll("_", " ");

/** The body with the examples in its slots, for lists. */
export const sampleOf = (template: Template): string =>
  pieces(template.body, template, {})
    .map((piece) => (piece.kind === "text" ? piece.text : piece.example || "…"))
    .join("");

const LANGUAGE = /^[a-z]{2,3}([_-][A-Za-z]{2,4})?$/;

/** "en_US" → "English (United States)" in the language shown. */
export function languageName(code: string, shown: string): string {
  if (!LANGUAGE.test(code)) return code;
  try {
    return new Intl.DisplayNames([shown], { type: "language" }).of(code.replace("_", "-")) ?? code;
  } catch {
    return code;
  }
}
