import i18next from "i18next";
import { stopwatch } from "@/ui/time";
import type { Step } from "./period";

export type Unit = "count" | "ms" | "ratio";

const language = () => i18next.language || "en";

/** "1,234", "2:05", "87.5 %": a number as people read it; a dash where there is none. */
export function numberText(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return "–";
  if (unit === "ms") return stopwatch(value);
  const options: Intl.NumberFormatOptions =
    unit === "ratio" ? { style: "percent", maximumFractionDigits: 1 } : {};
  return new Intl.NumberFormat(language(), options).format(value);
}

export const unitOfField = (name: string): Unit => (name.endsWith("_ms") ? "ms" : "count");

const STEPS: Record<Step, Intl.DateTimeFormatOptions> = {
  hour: { hour: "numeric", minute: "2-digit" },
  day: { day: "numeric", month: "short" },
  week: { day: "numeric", month: "short" },
  month: { month: "short", year: "numeric" },
};

export function pointText(at: number, step: Step, zone: string): string {
  return new Intl.DateTimeFormat(language(), { ...STEPS[step], timeZone: zone }).format(at);
}

export function momentText(at: number, zone: string): string {
  const options = { dateStyle: "medium", timeStyle: "short", timeZone: zone } as const;
  return new Intl.DateTimeFormat(language(), options).format(at);
}

export function dayText(at: number, zone: string): string {
  return new Intl.DateTimeFormat(language(), { dateStyle: "long", timeZone: zone }).format(at);
}
