/** Colours a label may have: Mantine's names, so that both themes have a readable variant. */
export const LABEL_COLORS = [
  "gray",
  "red",
  "pink",
  "grape",
  "violet",
  "indigo",
  "blue",
  "cyan",
  "teal",
  "green",
  "lime",
  "yellow",
  "orange",
] as const;

export const isNamedColor = (color: string): boolean =>
  (LABEL_COLORS as readonly string[]).includes(color);

/** A CSS colour for dots and edges. */
export const dotColor = (color: string): string =>
  isNamedColor(color) ? `var(--mantine-color-${color}-6)` : color || "var(--soft)";

/** Always the same one of a dozen hues for the same name. */
export function hueOf(name: string): number {
  let sum = 0;
  for (const char of name) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 3600;
  return (sum % 12) * 30;
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? "?")][0]?.toLocaleUpperCase() ?? "").join("");
}
