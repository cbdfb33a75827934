/** Addresses in text become links; everything stays text. Only http, https, mailto and tel. */

export interface Piece {
  text: string;
  href?: string;
}

const ADDRESS = /\b(?:https?:\/\/|mailto:|tel:)[^\s<>"'`]+/gi;
const TAIL = /[.,;:!?…)\]}]+$/;

export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TAIL, "");
    if (!safeHref(address)) continue;
    if (match.index > end) found.push({ text: text.slice(end, match.index) });
    found.push({ text: address, href: address });
    end = match.index + address.length;
  }
  if (end < text.length) found.push({ text: text.slice(end) });
  return found;
}

/** The address if it is of an allowed kind, else "". */
export function safeHref(address: string): string {
  try {
    const { protocol } = new URL(address);
    return ["http:", "https:", "mailto:", "tel:"].includes(protocol) ? address : "";
  } catch {
    return "";
  }
}
