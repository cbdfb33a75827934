export type Preset = "hour" | "afternoon" | "tomorrow" | "monday" | "week";

const HOUR = 3_600_000;
const MORNING = 9;

/** When a preset ends, in the reader's own time zone; a preset that has passed is undefined. */
export function snoozeUntil(preset: Preset, now: number): number | undefined {
  const day = new Date(now);
  const at = (days: number, hour: number) =>
    new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hour).getTime();
  switch (preset) {
    case "hour":
      return now + HOUR;
    case "afternoon":
      return day.getHours() < 13 ? at(0, 15) : undefined;
    case "tomorrow":
      return at(1, MORNING);
    case "monday":
      return at((8 - day.getDay()) % 7 || 7, MORNING);
    case "week":
      return at(7, MORNING);
  }
}

const PRESETS: Preset[] = ["hour", "afternoon", "tomorrow", "monday", "week"];

/** What can be chosen now and when each ends; of two with the same end only the first. */
export function presetsAt(now: number): [Preset, number][] {
  const ends = new Set<number>();
  return PRESETS.flatMap((preset): [Preset, number][] => {
    const until = snoozeUntil(preset, now);
    if (!until || ends.has(until)) return [];
    ends.add(until);
    return [[preset, until]];
  });
}
