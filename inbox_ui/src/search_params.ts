import type { ListFilter, SearchFilter } from "./api/keys";

/** The filters of a list as they stand in the address. */
export type InboxSearch = Omit<ListFilter, "view">;
export type SearchSearch = Partial<SearchFilter>;

type Raw = Record<string, unknown>;

export function readInboxSearch(raw: Raw): InboxSearch {
  const priority = Number(raw.priority);
  return {
    ...texts(raw, ["inbox_id", "queue_id", "label", "channel", "assignee_id"]),
    ...(priority >= 1 && priority <= 4 ? { priority: priority as 1 | 2 | 3 | 4 } : {}),
    ...(raw.unread === true ? { unread: true } : {}),
  };
}

export function readSearchSearch(raw: Raw): SearchSearch {
  return {
    ...texts(raw, ["text", "inbox_id", "channel"]),
    ...(raw.kind === "message" || raw.kind === "note" ? { kind: raw.kind } : {}),
    ...(raw.state === "open" || raw.state === "snoozed" || raw.state === "closed"
      ? { state: raw.state }
      : {}),
    ...(Number(raw.since) > 0 ? { since: Number(raw.since) } : {}),
    ...(Number(raw.until) > 0 ? { until: Number(raw.until) } : {}),
  };
}

function texts<K extends string>(raw: Raw, names: readonly K[]): Partial<Record<K, string>> {
  const found: Partial<Record<K, string>> = {};
  for (const name of names) {
    const value = raw[name];
    if (typeof value === "string" && value) found[name] = value;
  }
  return found;
}
