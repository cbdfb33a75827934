import i18next from "i18next";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(at: number, options: Intl.DateTimeFormatOptions): string {
  const key = `${i18next.language} ${JSON.stringify(options)}`;
  let known = formats.get(key);
  if (!known) {
    known = new Intl.DateTimeFormat(i18next.language || "en", options);
    formats.set(key, known);
  }
  return known.format(at);
}

/** "now", "5 min", "3 h", "Tue", "12 Nov": as little as a list row needs. */
export function shortTime(at: number, now: number): string {
  const age = now - at;
  if (age < MINUTE) return relative(0, "second");
  if (age < HOUR) return duration(age);
  if (isSameDay(at, now)) return clockTime(at);
  if (age < 6 * DAY) return format(at, { weekday: "short" });
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return format(at, { day: "numeric", month: "short", ...(isThisYear ? {} : { year: "numeric" }) });
}

/** A time to come: "9:00 AM" today, "Mon 9:00 AM", "29 Nov, 9:00 AM". */
export function soonTime(at: number, now: number): string {
  if (isSameDay(at, now)) return clockTime(at);
  const clock = { hour: "numeric", minute: "2-digit" } as const;
  if (at - now < 6 * DAY) return format(at, { weekday: "short", ...clock });
  return format(at, { day: "numeric", month: "short", ...clock });
}

const relative = (count: number, unit: Intl.RelativeTimeFormatUnit): string =>
  new Intl.RelativeTimeFormat(i18next.language || "en", { numeric: "auto" }).format(count, unit);

/** The largest whole unit: "5 min", "3 h", "2 d" in the language shown. */
export function duration(ms: number): string {
  const [value, unit] =
    ms < HOUR ? [ms / MINUTE, "minute"] : ms < DAY ? [ms / HOUR, "hour"] : [ms / DAY, "day"];
  return new Intl.NumberFormat(i18next.language || "en", {
    style: "unit",
    unit: unit as string,
    unitDisplay: "short",
    maximumFractionDigits: 0,
  }).format(Math.floor(value as number));
}

/** "5 minutes ago", "yesterday", "in 3 hours". */
export function relativeTime(at: number, now: number): string {
  const distance = at - now;
  const size = Math.abs(distance);
  if (size < MINUTE) return relative(0, "second");
  if (size < HOUR) return relative(Math.round(distance / MINUTE), "minute");
  if (size < DAY) return relative(Math.round(distance / HOUR), "hour");
  if (size < 30 * DAY) return relative(daysBetween(now, at), "day");
  return format(at, { dateStyle: "medium" });
}

export const exactTime = (at: number): string =>
  format(at, { dateStyle: "full", timeStyle: "short" });
export const clockTime = (at: number): string => format(at, { timeStyle: "short" });
export const dateTime = (at: number): string =>
  format(at, { dateStyle: "medium", timeStyle: "short" });

/** "Today", "Yesterday" come out of the browser's own words. */
export function dayName(at: number, now: number): string {
  const days = daysBetween(now, at);
  if (days === 0 || days === -1) {
    const word = relative(days, "day");
    return word.charAt(0).toLocaleUpperCase(i18next.language || "en") + word.slice(1);
  }
  return format(at, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}

/** Midnights passed from one to the other, so that "yesterday" fits the divider of the day. */
const daysBetween = (from: number, to: number): number =>
  Math.round((startOfDay(to) - startOfDay(from)) / DAY);

function startOfDay(at: number): number {
  const day = new Date(at);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

export const isSameDay = (one: number, other: number): boolean =>
  startOfDay(one) === startOfDay(other);

/** "1.4 MB" in the language shown. */
export function fileSize(bytes: number): string {
  const [value, unit] =
    bytes < 1000
      ? [bytes, "byte"]
      : bytes < 1_000_000
        ? [bytes / 1000, "kilobyte"]
        : [bytes / 1_000_000, "megabyte"];
  return new Intl.NumberFormat(i18next.language || "en", {
    style: "unit",
    unit: unit as string,
    unitDisplay: "short",
    maximumFractionDigits: 1,
  }).format(value as number);
}

/** Ticking: "0:42", "12:05", "1:02:09". */
export function stopwatch(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (value: number) => String(value).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

/** A length in words, for settings: "45 sec", "5 min", "2 h". */
export function lengthOf(seconds: number): string {
  if (seconds >= 60) return duration(seconds * 1000);
  return new Intl.NumberFormat(i18next.language || "en", {
    style: "unit",
    unit: "second",
    unitDisplay: "short",
  }).format(seconds);
}
