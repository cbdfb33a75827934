import type { TFunction } from "i18next";
import { duration, lengthOf } from "@/ui/time";
import type { RoutingNames } from "./tell";

/** `details.trace` of an assignment, as the hub writes it. */
export interface Trace {
  strategy: string;
  because: string;
  chosen: string[];
  suited: number;
  passed: { agent_id: string; why: string }[];
  relaxed: string[];
  waited_ms: number;
  place: number;
}

export function readTrace(value: unknown): Trace | undefined {
  if (typeof value !== "object" || value === null || !("strategy" in value)) return undefined;
  const raw = value as Partial<Trace>;
  return {
    strategy: String(raw.strategy),
    because: raw.because ?? "",
    chosen: raw.chosen ?? [],
    suited: raw.suited ?? 0,
    passed: raw.passed ?? [],
    relaxed: raw.relaxed ?? [],
    waited_ms: raw.waited_ms ?? 0,
    place: raw.place ?? 0,
  };
}

type Names = Pick<RoutingNames, "agent"> & { skill: (id: string) => string };

/** Why this agent and nobody else, sentence by sentence. */
export function tellTrace(trace: Trace, t: TFunction, names: Names): string[] {
  const who = trace.chosen.map(names.agent).join(", ");
  const known = ["preferred", "only_one", "manual", "accepted"];
  const because = known.includes(trace.because)
    ? t(`trace.because_${trace.because}`, { who })
    : t(`trace.by_${trace.strategy}`, { who });
  const waited =
    trace.waited_ms >= 60_000
      ? duration(trace.waited_ms)
      : lengthOf(Math.floor(trace.waited_ms / 1000));
  return [
    because,
    trace.suited > 0 ? t("trace.suited", { count: trace.suited }) : "",
    trace.relaxed.length
      ? t("trace.relaxed", { names: trace.relaxed.map(names.skill).join(", ") })
      : "",
    trace.waited_ms >= 1000 ? t("trace.waited", { time: waited }) : "",
    trace.place > 0 ? t("trace.place", { count: trace.place }) : "",
  ].filter(Boolean);
}

/** Who was passed over, by reason: the reasons in the order in which they first stand there. */
export function passedBy(trace: Trace): [why: string, agentIds: string[]][] {
  const found = new Map<string, string[]>();
  for (const { agent_id, why } of trace.passed) {
    found.set(why, [...(found.get(why) ?? []), agent_id]);
  }
  return [...found];
}
