import type { TFunction } from "i18next";
import type { Queue, QueueNow } from "@/api/types";

export interface Alert {
  /** The same as long as the same thing is wrong. */
  id: string;
  text: string;
}

/** What is wrong right now, in words, queue by queue. */
export function alertsOf(
  queues: readonly QueueNow[],
  names: readonly Pick<Queue, "id" | "name">[],
  t: TFunction,
): Alert[] {
  return queues.flatMap(({ queue_id, alerts, waiting, offered }) => {
    const queue = names.find(({ id }) => id === queue_id)?.name ?? "";
    return alerts.map((kind) => ({
      id: `${queue_id} ${kind}`,
      text: t(`wallboard.alert_${kind}`, { queue, count: waiting + offered }),
    }));
  });
}

/** Is there one that was not there before? */
export const hasNew = (before: readonly Alert[], now: readonly Alert[]): boolean =>
  now.some(({ id }) => !before.some((one) => one.id === id));
