/**
 * How many SMS segments a text is charged as, and which characters make it dear. The same as
 * `hub/model/segments.py`, which tells the rules and their sources; both hold the same vectors.
 */

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
/** Escaped: two septets each. */
const EXTENSION = new Set("\f^{}\\[~]|€");
/** Room of a text alone and of each of several parts, in septets and in UTF-16 units. */
const GSM_ROOM = { alone: 160, each: 153 };
const UCS_ROOM = { alone: 70, each: 67 };
const MARKS = /\p{M}/gu;
/** What has no plain form by decomposition. */
const PLAIN: Record<string, string> = {
  ı: "i",
  İ: "I",
  ł: "l",
  Ł: "L",
  đ: "d",
  Đ: "D",
  "„": '"',
  "“": '"',
  "”": '"',
  "«": '"',
  "»": '"',
  "‘": "'",
  "’": "'",
  "‚": "'",
  "`": "'",
  "–": "-",
  "—": "-",
  "‑": "-",
  "−": "-",
  "…": "...",
  "•": "-",
  "\t": " ",
  "\u00a0": " ",
  "\u2009": " ",
  "\u202f": " ",
  "\u200b": "",
  "\u00ad": "",
  "\ufeff": "",
};

export interface Segments {
  encoding: "GSM-7" | "UCS-2";
  /** Septets or UTF-16 units. */
  units: number;
  segments: number;
  /** The characters that force UCS-2, each once, in order of appearance. */
  offending: string[];
}

/** An empty text is one segment. */
export function countSegments(text: string): Segments {
  const chars = [...text];
  const offending = [...new Set(chars.filter((char) => !isCheap(char)))];
  if (offending.length > 0) {
    const packed = pack(
      chars.map((char) => char.length),
      UCS_ROOM,
    );
    return { encoding: "UCS-2", ...packed, offending };
  }
  const packed = pack(
    chars.map((char) => (EXTENSION.has(char) ? 2 : 1)),
    GSM_ROOM,
  );
  return { encoding: "GSM-7", ...packed, offending };
}

/**
 * The text with plain letters for those that force UCS-2 (ż → z), to be offered, never used unasked.
 * Null when nothing would change, or it would still be UCS-2.
 */
export function plainForm(text: string): string | null {
  const plain = [...text].map((char) => (isCheap(char) ? char : plainChar(char))).join("");
  return plain !== text && [...plain].every(isCheap) ? plain : null;
}

function isCheap(char: string): boolean {
  return BASIC.has(char) || EXTENSION.has(char);
}

function plainChar(char: string): string {
  return PLAIN[char] ?? char.normalize("NFD").replace(MARKS, "");
}

/** A character that does not fit begins the next part. */
function pack(costs: number[], room: { alone: number; each: number }) {
  let units = 0;
  let parts = 1;
  let used = 0;
  for (const cost of costs) {
    units += cost;
    if (used + cost > room.each) {
      parts += 1;
      used = 0;
    }
    used += cost;
  }
  return { units, segments: units > room.alone ? parts : 1 };
}
