import i18next from "i18next";
import type { DateRule, Schedule, ScheduleSettings, Span } from "@/api/types";

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];
const MIDNIGHT = 1440;

/** 540 → "09:00"; the end of a day is "00:00", as time fields have no 24:00. */
export function toClock(minutes: number): string {
  const value = minutes % MIDNIGHT;
  return `${String(Math.floor(value / 60)).padStart(2, "0")}:${String(value % 60).padStart(2, "0")}`;
}

export function toMinutes(text: string, isEnd: boolean): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  const value = hours * 60 + minutes;
  return isEnd && value === 0 ? MIDNIGHT : value;
}

/** "Monday" in the language shown. 5 January 2026 is one. */
export function dayText(day: Day, width: "long" | "short" = "long"): string {
  const at = Date.UTC(2026, 0, 5 + DAYS.indexOf(day));
  const name = new Intl.DateTimeFormat(i18next.language, { weekday: width, timeZone: "UTC" });
  const text = name.format(at);
  return text.charAt(0).toLocaleUpperCase(i18next.language) + text.slice(1);
}

/** "Monday 09:00" by the clock of the schedule. */
export const zoneTime = (at: number, timeZone: string): string =>
  new Intl.DateTimeFormat(i18next.language, {
    weekday: "long",
    hour: "2-digit",
    minute: "2-digit",
    timeZone,
  }).format(at);

/** "12 November 2026" of a plain date. */
export const dateText = (date: string): string =>
  new Intl.DateTimeFormat(i18next.language, { dateStyle: "long", timeZone: "UTC" }).format(
    new Date(`${date}T00:00:00Z`),
  );

/** Mon–Fri 9–18, where we seem to be. */
export function newSchedule(name: string, timeZone: string): ScheduleSettings {
  const day: Span[] = [{ start: 540, end: 1080 }];
  return {
    name,
    time_zone: timeZone,
    week: { mon: day, tue: day, wed: day, thu: day, fri: day, sat: [], sun: [] },
    holidays_country: COUNTRY_OF[timeZone] ?? "",
    holidays_region: "",
    dates: [],
  };
}

const COUNTRY_OF: Record<string, string> = {
  "Europe/Istanbul": "TR",
  "Europe/Warsaw": "PL",
  "Europe/Berlin": "DE",
  "Europe/London": "GB",
  "America/New_York": "US",
};

export function settingsOf(schedule: Schedule): ScheduleSettings {
  const { name, time_zone, week, holidays_country, holidays_region, dates } = schedule;
  return { name, time_zone, week, holidays_country, holidays_region, dates };
}

/** Spans that end before they begin, or run into one another, by "mon" or "dates.0". */
export function badSpans(settings: ScheduleSettings): string[] {
  const days = DAYS.filter((day) => !areGood(settings.week[day] ?? []));
  const dates = settings.dates
    .map(({ spans, date }, index) => (areGood(spans) && date ? "" : `dates.${index}`))
    .filter(Boolean);
  return [...days, ...dates];
}

function areGood(spans: readonly Span[]): boolean {
  const sorted = [...spans].sort((a, b) => a.start - b.start);
  return sorted.every(
    ({ start, end }, index) =>
      start < end && (index === 0 || start >= (sorted[index - 1]?.end ?? 0)),
  );
}

/** Tomorrow, as a field for dates wants it. */
export const freshDate = (now: number): DateRule => ({
  date: new Date(now + 86_400_000).toISOString().slice(0, 10),
  name: "",
  spans: [],
});
