import { expect, it } from "vitest";
import { beginningOf, dateText, dayOf, spanOf, stepFor } from "./period";

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(text);

it.each([
  ["Europe/Warsaw", "2026-03-29", 23],
  ["Europe/Warsaw", "2026-10-25", 25],
  ["America/New_York", "2026-03-08", 23],
  ["America/New_York", "2026-11-01", 25],
  ["Europe/Istanbul", "2026-03-29", 24],
  ["Asia/Kathmandu", "2026-03-29", 24],
])("%s: %s has %i hours", (zone, date, hours) => {
  const day = at(`${date}T00:00:00Z`);
  const length = beginningOf(day + 24 * HOUR, zone) - beginningOf(day, zone);
  expect(length).toBe(hours * HOUR);
  expect(dateText(dayOf(beginningOf(day, zone), zone))).toBe(date);
  expect(dateText(dayOf(beginningOf(day, zone) - 1, zone))).not.toBe(date);
});

it("means days of the zone, not of the browser", () => {
  const now = at("2026-11-22T22:30:00Z");
  expect(spanOf({ period: "today", zone: "Europe/Istanbul" }, now)).toEqual({
    start: at("2026-11-22T21:00:00Z"),
    end: at("2026-11-23T21:00:00Z"),
    step: "hour",
  });
  expect(spanOf({ period: "year", zone: "Europe/Warsaw" }, now)).toMatchObject({
    start: at("2025-12-31T23:00:00Z"),
    step: "month",
  });
  expect(spanOf({ period: "quarter", zone: "UTC" }, now).start).toBe(at("2026-10-01T00:00:00Z"));
});

it("takes an own period in any order, and today for what is missing", () => {
  const now = at("2026-11-22T12:00:00Z");
  const own = (from?: string, to?: string) => spanOf({ period: "own", zone: "UTC", from, to }, now);
  expect(own("2026-11-10", "2026-11-01")).toEqual({
    start: at("2026-11-01T00:00:00Z"),
    end: at("2026-11-11T00:00:00Z"),
    step: "day",
  });
  expect(own().start).toBe(at("2026-11-22T00:00:00Z"));
  expect(own("nonsense").start).toBe(at("2026-11-22T00:00:00Z"));
});

it("draws wider points for longer times", () => {
  expect([1, 7, 62, 100, 366].map(stepFor)).toEqual(["hour", "day", "day", "week", "month"]);
});
