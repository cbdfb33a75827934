import type { Capabilities, ReplyTarget, SendMessage, Way } from "@/api/types";
import { type DraftText, isBlank, type Quote } from "./draft";
import { unfit } from "./limits";

/** A way as the conversation itself tells it, until the hub has said which are open. */
export const asWay = (target: ReplyTarget): Way => ({
  inbox_id: target.inbox_id,
  channel: target.channel,
  name: target.name,
  address: target.address,
  identity_id: "",
  state: target.is_paused ? "paused" : "ok",
  reason: "",
  window_until: 0,
  is_present: target.is_present,
  capabilities: target.capabilities,
});

/** Where the answer goes: the chosen way, else the chosen inbox, else the hub's first. */
export function wayOf(ways: readonly Way[], inboxId: string, identityId: string): Way | undefined {
  const there = ways.filter((way) => way.inbox_id === inboxId);
  return there.find((way) => way.identity_id === identityId) ?? there[0] ?? ways[0];
}

/** The state at this moment: a window may have closed since the hub was asked. */
export function stateOf(way: Way, now: number): Way["state"] {
  const isOver = way.state === "ok" && way.window_until > 0 && way.window_until <= now;
  return isOver ? "window_closed" : way.state;
}

/** Nothing that is typed can go this way. */
export type Closed = "window_closed" | "opted_out" | "unreachable";

export function closedBy(state: Way["state"]): Closed | undefined {
  if (state === "window_closed" || state === "opted_out" || state === "unreachable") return state;
  return undefined;
}

export type Hindrance = "blank" | "no_target" | "too_long" | "uploading" | "files" | Closed;

const NOTE_MAX = 100_000;

/** How long the text is and may be, as the channel counts: in characters, a few in bytes. */
export function lengthOf(draft: DraftText, can: Capabilities | undefined) {
  if (draft.kind === "note" || !can) return { length: draft.text.length, most: NOTE_MAX };
  if (!can.text_max_bytes) return { length: draft.text.length, most: can.text_max_chars };
  return { length: new TextEncoder().encode(draft.text).length, most: can.text_max_bytes };
}

/** Why it cannot be sent as it is; undefined: it can. */
export function hindrance(
  draft: DraftText,
  way: Way | undefined,
  isUploading: boolean,
  now: number,
): Hindrance | undefined {
  const isNote = draft.kind === "note";
  const closed = way && !isNote ? closedBy(stateOf(way, now)) : undefined;
  if (closed) return closed;
  if (isUploading) return "uploading";
  if (isBlank(draft)) return "blank";
  const { length, most } = lengthOf(draft, way?.capabilities);
  if (length > most) return "too_long";
  if (isNote) return undefined;
  if (!way) return "no_target";
  return draft.files.some((file) => unfit(file, way.capabilities)) ? "files" : undefined;
}

/** The quotation that goes along: only by the inbox in which the message was written. */
export function quoteFor(draft: DraftText, way: Way): Quote | undefined {
  const { quote } = draft;
  const fits = way.capabilities.can_quote && quote?.inbox_id === way.inbox_id;
  return fits && quote ? quote : undefined;
}

/** The request for a draft: only what the way can carry. */
export function toRequest(
  draft: DraftText,
  way: Way | undefined,
  clientId: string,
  mentions: string[],
): SendMessage {
  const isNote = draft.kind === "note";
  const can = isNote ? undefined : way?.capabilities;
  return {
    client_id: clientId,
    kind: draft.kind,
    inbox_id: isNote ? "" : (way?.inbox_id ?? ""),
    identity_id: isNote ? "" : (way?.identity_id ?? ""),
    text: draft.text,
    html: can?.can_html ? draft.html : "",
    subject: can?.has_subject ? draft.subject : "",
    cc: can?.has_subject ? addresses(draft.cc) : [],
    file_ids: isNote || can?.can_attach ? draft.files.map((file) => file.id) : [],
    mentions: isNote ? mentions : [],
    quick_replies: can?.can_quick_replies ? draft.quick_replies.filter(Boolean) : [],
    template: null,
    reply_to_seq: (!isNote && way && quoteFor(draft, way)?.seq) || 0,
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
