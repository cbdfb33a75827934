import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
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
import { api, need } from "@/api/client";
import type { Delivery, Message } from "@/api/types";
import { putMessages } from "@/live/threads";
import { toastProblem } from "@/ui/toast";
import css from "./message.module.css";

type Tone = "plain" | "good" | "warn" | "bad";

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

type Resolution = "resend" | "mark_sent" | "mark_failed";

/** Why it did not go out, and what a person can do about it. */
export function DeliveryTrouble({ message }: { message: Message }) {
  const { t, i18n } = useTranslation();
  const resolve = useMutation({
    mutationFn: (action: Resolution) =>
      need(
        api.POST("/api/v1/conversations/{conversation_id}/messages/{seq}/resolve", {
          params: { path: { conversation_id: message.conversation_id, seq: String(message.seq) } },
          body: { action },
        }),
      ),
    onSuccess: (after) => putMessages([after]),
    onError: toastProblem,
  });
  const { delivery, reason } = message;
  if (delivery !== "failed" && delivery !== "unknown") return null;
  const why = i18n.exists(`reason.${reason}`) ? t(`reason.${reason}`) : reason;
  const choices: Resolution[] =
    delivery === "failed" ? ["resend"] : ["mark_sent", "mark_failed", "resend"];
  return (
    <div className={css.trouble} data-tone={MARKS[delivery][1]}>
      <span>
        <b>{t(`delivery.${delivery}`)}</b>
        {why && `: ${why}`}
        {delivery === "unknown" && <small>{t("delivery.unknown_text")}</small>}
      </span>
      {choices.map((action) => (
        <Button
          key={action}
          size="compact-xs"
          variant="default"
          loading={resolve.isPending && resolve.variables === action}
          disabled={resolve.isPending}
          onClick={() => resolve.mutate(action)}
        >
          {t(`delivery.${action}`)}
        </Button>
      ))}
    </div>
  );
}
