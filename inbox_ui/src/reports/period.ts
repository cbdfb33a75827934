/** Periods by the calendar of a time zone: where they begin and end, and how wide a chart's points are. */

export const PERIODS = [
  "today",
  "yesterday",
  "week",
  "four_weeks",
  "month",
  "quarter",
  "year",
  "own",
] as const;
export type Period = (typeof PERIODS)[number];
export type Step = "hour" | "day" | "week" | "month";

export interface Span {
  /** First moment, and the first one that no longer belongs to it; ms UTC. */
  start: number;
  end: number;
  step: Step;
}

const DAY = 86_400_000;

/** A day of the calendar, without a zone: its midnight as if it were in UTC. */
type Day = number;

const formats = new Map<string, Intl.DateTimeFormat>();

function wallClock(at: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, format);
  }
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(at)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The moment at which a day begins in the zone; where that hour does not exist, the next one. */
export function beginningOf(day: Day, zone: string): number {
  const guess = day - (wallClock(day, zone) - day);
  const exact = day - (wallClock(guess, zone) - guess);
  return exact;
}

export const dayOf = (at: number, zone: string): Day => {
  const clock = wallClock(at, zone);
  return clock - (((clock % DAY) + DAY) % DAY);
};

/** "2026-11-23", as dates stand in the address. */
export const dateText = (day: Day): string => new Date(day).toISOString().slice(0, 10);

export function readDate(text: string | undefined): Day | undefined {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const day = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(day) ? undefined : day;
}

interface Wish {
  period: Period;
  zone: string;
  from?: string | undefined;
  to?: string | undefined;
}

/** What a choice of the picker means at this moment. */
export function spanOf({ period, zone, from, to }: Wish, now: number): Span {
  const today = dayOf(now, zone);
  const [first, last] = daysOf(period, today, readDate(from), readDate(to));
  const start = beginningOf(first, zone);
  const end = beginningOf(last + DAY, zone);
  return { start, end, step: stepFor((last - first) / DAY + 1) };
}

function daysOf(
  period: Period,
  today: Day,
  from: Day | undefined,
  to: Day | undefined,
): [Day, Day] {
  const date = new Date(today);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  switch (period) {
    case "today":
      return [today, today];
    case "yesterday":
      return [today - DAY, today - DAY];
    case "week":
      return [today - 6 * DAY, today];
    case "four_weeks":
      return [today - 27 * DAY, today];
    case "month":
      return [Date.UTC(year, month, 1), today];
    case "quarter":
      return [Date.UTC(year, month - (month % 3), 1), today];
    case "year":
      return [Date.UTC(year, 0, 1), today];
    case "own": {
      const last = to ?? today;
      const first = from ?? last;
      return first <= last ? [first, last] : [last, first];
    }
  }
}

export function stepFor(days: number): Step {
  if (days <= 2) return "hour";
  if (days <= 62) return "day";
  return days <= 184 ? "week" : "month";
}
