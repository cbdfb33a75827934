import { useTranslation } from "react-i18next";
import type { Inbox } from "@/api/types";
import { Time } from "@/ui/now";
import css from "../settings.module.css";

const TONES: Record<Inbox["health"]["state"], string> = {
  connected: "good",
  starting: "warn",
  disconnected: "warn",
  bad_credentials: "bad",
  error: "bad",
  stopped: "plain",
};

export function HealthState({ inbox }: { inbox: Inbox }) {
  const { t } = useTranslation();
  const { state, is_quiet } = inbox.health;
  if (inbox.is_paused) return <State tone={TONES.stopped} text={t("health.paused")} />;
  if (is_quiet && state === "connected") return <State tone="warn" text={t("health.quiet")} />;
  return <State tone={TONES[state]} text={t(`health.${state}`)} />;
}

function State({ tone, text }: { tone: string; text: string }) {
  return (
    <span className={css.state} data-tone={tone}>
      {text}
    </span>
  );
}

/** When something last came in and went out, and what last went wrong. */
export function HealthFacts({ inbox }: { inbox: Inbox }) {
  const { t } = useTranslation();
  const { last_in_at, last_out_at, last_error_at, last_error, detail, is_quiet } = inbox.health;
  const isOver =
    inbox.health.state === "connected" && last_error_at < Math.max(last_in_at, last_out_at);
  const fact = (name: string, at: number) => (
    <div>
      {t(`health.${name}`)}: {at ? <Time at={at} /> : t("health.never")}
    </div>
  );
  return (
    <div>
      {detail && <div>{detail}</div>}
      {is_quiet && <p className={css.warning}>{t("health.quiet_text")}</p>}
      {fact("last_in", last_in_at)}
      {fact("last_out", last_out_at)}
      {last_error_at > 0 && (
        <p className={isOver ? css.soft : css.fault}>
          {t("health.last_error")} (<Time at={last_error_at} />
          ): {last_error}
        </p>
      )}
    </div>
  );
}
