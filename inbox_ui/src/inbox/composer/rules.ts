import type { ReplyTarget, SendMessage } from "@/api/types";
import { type DraftText, isBlank } from "./draft";

/** Where the answer goes: the chosen inbox, else where the customer wrote last, else any. */
export function targetOf(
  targets: readonly ReplyTarget[],
  chosen: string,
  lastInbox: string,
): ReplyTarget | undefined {
  const by = (id: string) => targets.find((target) => target.inbox_id === id);
  return by(chosen) ?? by(lastInbox) ?? targets.find((target) => !target.is_paused) ?? targets[0];
}

export type Hindrance = "blank" | "no_target" | "paused" | "too_long" | "uploading";

const NOTE_MAX = 100_000;

export const maxChars = (draft: DraftText, target: ReplyTarget | undefined): number =>
  draft.kind === "note" ? NOTE_MAX : (target?.capabilities.text_max_chars ?? NOTE_MAX);

/** Why it cannot be sent as it is; undefined: it can. */
export function hindrance(
  draft: DraftText,
  target: ReplyTarget | undefined,
  isUploading: boolean,
): Hindrance | undefined {
  if (isUploading) return "uploading";
  if (isBlank(draft)) return "blank";
  if (draft.text.length > maxChars(draft, target)) return "too_long";
  if (draft.kind === "note") return undefined;
  if (!target) return "no_target";
  return target.is_paused ? "paused" : undefined;
}

/** The request for a draft: only what the target can carry. */
export function toRequest(
  draft: DraftText,
  target: ReplyTarget | undefined,
  clientId: string,
  mentions: string[],
): SendMessage {
  const isNote = draft.kind === "note";
  const can = isNote ? undefined : target?.capabilities;
  return {
    client_id: clientId,
    kind: draft.kind,
    inbox_id: isNote ? "" : (target?.inbox_id ?? ""),
    text: draft.text,
    html: can?.can_html ? draft.html : "",
    subject: can?.has_subject ? draft.subject : "",
    cc: can?.has_subject ? addresses(draft.cc) : [],
    file_ids: isNote || can?.can_attach ? draft.files.map((file) => file.id) : [],
    mentions: isNote ? mentions : [],
    quick_replies: can?.can_quick_replies ? draft.quick_replies.filter(Boolean) : [],
  };
}

export const addresses = (text: string): string[] =>
  text
    .split(/[\s,;]+/)
    .filter((part) => part.includes("@"))
    .slice(0, 20);

/** Who is meant by `@Name` in a note: the names of agents that stand in it. */
export function mentionsIn(
  text: string,
  agents: readonly { id: string; name: string }[],
): string[] {
  return agents.filter(({ name }) => text.includes(`@${name}`)).map(({ id }) => id);
}

const VARIABLE = /\{\{\s*([a-z_.]+)\s*\}\}/g;

/** Fills `{{ contact.name }}` and the like; unknown names stay, so that they are seen before sending. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(VARIABLE, (whole, name: string) => values[name] ?? whole);
}

export interface Trigger {
  sign: "/" | "@";
  query: string;
  start: number;
}

/** The "/word" or "@word" that ends at the caret, when it begins a line or follows a space. */
export function triggerAt(
  text: string,
  caret: number,
  kind: DraftText["kind"],
): Trigger | undefined {
  const before = text.slice(0, caret);
  const match = /(?:^|\s)([/@])([\p{L}\p{N}_-]*)$/u.exec(before);
  if (!match) return undefined;
  const sign = match[1] as "/" | "@";
  if (sign === "@" && kind !== "note") return undefined;
  return { sign, query: match[2] ?? "", start: caret - (match[2] ?? "").length - 1 };
}
