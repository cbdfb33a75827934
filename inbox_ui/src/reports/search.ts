import { PERIODS, type Period } from "./period";

export const TABS = [
  "overview",
  "queues",
  "agents",
  "channels",
  "labels",
  "outcomes",
  "log",
] as const;
export type Tab = (typeof TABS)[number];

/** Filters of the log, by the names that the hub has for them. */
export const FILTERS = ["queue_id", "agent_id", "inbox_id", "channel", "label", "outcome"] as const;
export type Filter = (typeof FILTERS)[number];
export type LogState = "open" | "snoozed" | "closed";

/** What is looked at, as it stands in the address. */
export interface ReportSearch extends Partial<Record<Filter, string>> {
  tab?: Tab;
  period?: Period;
  from?: string;
  to?: string;
  zone?: string;
  /** The row and the number that the chart shows. */
  key?: string;
  show?: string;
  state?: LogState;
  /** In the log, with `key`: the number whose conversations are listed. */
  family?: Family;
  field?: string;
}

export const FAMILIES = {
  overview: "total",
  queues: "queue",
  agents: "agent",
  channels: "channel",
  labels: "label",
  outcomes: "outcome",
} as const satisfies Record<Exclude<Tab, "log">, string>;

/** The log's filter that a row of the report stands for. */
export const FILTER_OF: Record<Exclude<Tab, "log" | "overview">, Filter> = {
  queues: "queue_id",
  agents: "agent_id",
  channels: "channel",
  labels: "label",
  outcomes: "outcome",
};

export type Family = (typeof FAMILIES)[keyof typeof FAMILIES];
const ALL_FAMILIES: readonly Family[] = Object.values(FAMILIES);

/** The period alone: it goes along wherever the reader goes. */
export function periodOf({ period, from, to, zone }: ReportSearch): ReportSearch {
  return {
    ...(period ? { period } : {}),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
    ...(zone ? { zone } : {}),
  };
}

export function readReportSearch(raw: Record<string, unknown>): ReportSearch {
  const found: ReportSearch = {};
  const tab = TABS.find((one) => one === raw.tab);
  const period = PERIODS.find((one) => one === raw.period);
  const state = (["open", "snoozed", "closed"] as const).find((one) => one === raw.state);
  if (tab) found.tab = tab;
  if (period) found.period = period;
  const family = ALL_FAMILIES.find((one) => one === raw.family);
  if (state) found.state = state;
  if (family) found.family = family;
  for (const name of ["from", "to", "zone", "key", "show", "field", ...FILTERS] as const) {
    const value = raw[name];
    if (typeof value === "string" && value) found[name] = value;
  }
  return found;
}
