import type { Action } from "./action";

export const isMac = /mac|iphone|ipad/i.test(navigator.userAgent);
const SEQUENCE_MS = 1000;

/** "mod+k", "e", "?": how `Action.keys` writes it. */
export function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const isLetter = key.length === 1 && key !== key.toUpperCase();
  const mod = event.ctrlKey || event.metaKey ? "mod+" : "";
  return `${mod}${event.altKey ? "alt+" : ""}${event.shiftKey && isLetter ? "shift+" : ""}${key}`;
}

/** Single keys belong to whoever is being typed into, or to an open menu or dialog. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  if (!target?.closest) return false;
  return (
    target.closest(
      "input, textarea, select, [contenteditable='true'], [role='dialog'], [role='menu']",
    ) !== null
  );
}

/** Finds the action for a key, remembering the first half of "g m". */
export class KeyReader {
  private first = "";
  private firstAt = 0;

  constructor(private readonly actions: readonly Action[]) {}

  read(name: string, at: number): Action[] {
    const sequence = at - this.firstAt < SEQUENCE_MS ? `${this.first} ${name}` : "";
    const found = this.actions.filter(({ keys }) => keys === sequence || keys === name);
    const isFirstHalf = this.actions.some(({ keys }) => keys?.startsWith(`${name} `));
    const bySequence = found.filter(({ keys }) => keys === sequence);
    this.first = isFirstHalf ? name : "";
    this.firstAt = at;
    return bySequence.length ? bySequence : found;
  }
}

/** For people: "⌘ K", "Ctrl K", "G then M". */
export function showKeys(keys: string): string[] {
  return keys
    .split(/[ +]/)
    .map((key) =>
      key === "mod" ? (isMac ? "⌘" : "Ctrl") : key.length === 1 ? key.toUpperCase() : key,
    );
}
