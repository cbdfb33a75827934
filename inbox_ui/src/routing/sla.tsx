import { AlarmClock } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { duration, exactTime, lengthOf } from "@/ui/time";
import css from "./sla.module.css";

export type Target = "first" | "next" | "resolve";

export interface Clock {
  target: Target;
  due: number;
  tone: "ok" | "warned" | "broken";
}

/** The promise that ends first; none where nothing runs. */
export function clockOf({ sla, state }: Conversation): Clock | undefined {
  if (!sla || state === "closed") return undefined;
  const running: [Target, number][] = [
    ["first", sla.first_due],
    ["next", sla.next_due],
    ["resolve", sla.resolve_due],
  ];
  const [target, due] = running.filter(([, due]) => due > 0).sort((a, b) => a[1] - b[1])[0] ?? [];
  if (!target || !due) return undefined;
  const tone = sla.broken.includes(target)
    ? "broken"
    : sla.warned.includes(target)
      ? "warned"
      : "ok";
  return { target, due, tone };
}

/** Minutes; in the last one tens of seconds. */
const inWords = (ms: number): string =>
  ms < 60_000 ? lengthOf(Math.ceil(ms / 10_000) * 10) : duration(ms);

/** "12 min" left, or by how much it is late; in words for who doesn't see the colour. */
export function SlaClock({ conversation, now }: { conversation: Conversation; now: number }) {
  const { t } = useTranslation();
  const clock = clockOf(conversation);
  if (!clock) return null;
  const left = clock.due - now;
  const isLate = left < 0 || clock.tone === "broken";
  const time = inWords(Math.abs(left));
  const words = t(isLate ? "sla.late" : "sla.left", { target: t(`sla.${clock.target}`), time });
  return (
    <span
      className={css.clock}
      data-tone={isLate ? "broken" : clock.tone}
      title={`${words} · ${exactTime(clock.due)}`}
    >
      <AlarmClock size={12} aria-hidden="true" />
      <span aria-hidden="true">{isLate ? `−${time}` : time}</span>
      <span className="hidden-visually">{words}</span>
    </span>
  );
}
