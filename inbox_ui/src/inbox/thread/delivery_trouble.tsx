import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import type { Message } from "@/api/types";
import { putMessages } from "@/live/threads";
import { toastProblem } from "@/ui/toast";
import { toneOf } from "./delivery";
import css from "./message.module.css";
import { useThreadFacts } from "./thread_facts";
import { TroubleAction } from "./trouble_action";

type Resolution = "resend" | "mark_sent" | "mark_failed";

/** Sent again as it is, these would only fail again. */
const HOPELESS = [
  "opted_out",
  "outside_window",
  "recipient_unreachable",
  "landline",
  "content_rejected",
];

function choicesFor({ delivery, reason }: Message): Resolution[] {
  if (delivery === "unknown") return ["mark_sent", "mark_failed", "resend"];
  return HOPELESS.includes(reason) ? [] : ["resend"];
}

/** Why it did not go out, and what a person can do about it. */
export function DeliveryTrouble({ message }: { message: Message }) {
  const { t, i18n } = useTranslation();
  const { canOf } = useThreadFacts();
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
  const { delivery, reason, detail } = message;
  if (delivery !== "failed" && delivery !== "unknown") return null;
  const why = i18n.exists(`reason.${reason}`) ? t(`reason.${reason}`) : reason;
  const next = i18n.exists(`trouble.${reason}`) ? t(`trouble.${reason}`) : "";
  return (
    <div className={css.trouble} data-tone={toneOf(delivery)}>
      <span>
        <b>{t(`delivery.${delivery}`)}</b>
        {why && `: ${why}`}
        {delivery === "unknown" && <small>{t("delivery.unknown_text")}</small>}
        {delivery === "failed" && next && <small>{next}</small>}
      </span>
      {delivery === "failed" && (
        <TroubleAction
          reason={reason}
          inboxId={message.inbox_id}
          canTemplates={canOf(message.inbox_id)?.can_templates ?? false}
        />
      )}
      {choicesFor(message).map((action) => (
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
      {detail && (
        <details className={css.detail}>
          <summary>{t("trouble.detail")}</summary>
          <code>{detail}</code>
        </details>
      )}
    </div>
  );
}
