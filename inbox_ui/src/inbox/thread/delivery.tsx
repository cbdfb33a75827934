import {
  Ban,
  Check,
  CheckCheck,
  CircleAlert,
  CircleHelp,
  Clock,
  type LucideIcon,
  RefreshCw,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Delivery, Message } from "@/api/types";
import css from "./message.module.css";

export type Tone = "plain" | "good" | "warn" | "bad";

const MARKS: Record<Exclude<Delivery, "none">, [LucideIcon, Tone]> = {
  queued: [Clock, "plain"],
  sending: [Clock, "plain"],
  retry: [RefreshCw, "warn"],
  unknown: [CircleHelp, "warn"],
  accepted: [Check, "plain"],
  sent: [Check, "plain"],
  delivered: [CheckCheck, "plain"],
  read: [CheckCheck, "good"],
  failed: [CircleAlert, "bad"],
  cancelled: [Ban, "warn"],
};

export const toneOf = (delivery: Exclude<Delivery, "none">): Tone => MARKS[delivery][1];

/** How far a message got: a small icon, with words for screen readers and on hover. */
export function DeliveryMark({ message }: { message: Pick<Message, "delivery"> }) {
  const { t } = useTranslation();
  if (message.delivery === "none") return null;
  const [Icon, tone] = MARKS[message.delivery];
  const text = t(`delivery.${message.delivery}`);
  return (
    <span className={css.mark} data-tone={tone} title={text}>
      <Icon size={14} role="img" aria-label={text} />
    </span>
  );
}
