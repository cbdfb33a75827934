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
  const state = inbox.is_paused ? "stopped" : inbox.health.state;
  return (
    <span className={css.state} data-tone={TONES[state]}>
      {t(inbox.is_paused ? "health.paused" : `health.${state}`)}
    </span>
  );
}

/** When something last came in and went out, and what last went wrong. */
export function HealthFacts({ inbox }: { inbox: Inbox }) {
  const { t } = useTranslation();
  const { last_in_at, last_out_at, last_error_at, last_error, detail } = inbox.health;
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
