import { beforeAll, expect, it } from "vitest";
import { startI18n } from "@/i18n";
import { relativeTime, soonTime } from "./time";

const now = new Date(2026, 10, 22, 8).getTime();
const on = (day: number, hour: number) => soonTime(new Date(2026, 10, day, hour).getTime(), now);

beforeAll(() => startI18n("en"));

it("names a time to come by as little as tells it", () => {
  expect(on(22, 15)).toMatch(/^3:00\sPM$/);
  expect(on(23, 9)).toMatch(/^Mon,? 9:00\sAM$/);
  expect(on(30, 9)).toMatch(/^Nov 30, 9:00\sAM$/);
});

it("counts days by midnights", () => {
  const saturday = new Date(2026, 10, 21, 11).getTime();
  const late = new Date(2026, 10, 22, 23, 30).getTime();
  expect(relativeTime(saturday, late)).toBe("yesterday");
  expect(relativeTime(saturday, late + 3_600_000)).toBe("2 days ago");
});
