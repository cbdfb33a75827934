import { Button } from "@mantine/core";
import { Clock, LockKeyhole, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Way } from "@/api/types";
import { TroubleAction } from "@/inbox/thread/trouble_action";
import { useNow } from "@/ui/now";
import { exactTime, soonTime } from "@/ui/time";
import css from "./composer.module.css";
import { closedBy, stateOf } from "./rules";

interface Props {
  way: Way;
  hasOthers: boolean;
  onTemplates: () => void;
  onWays: () => void;
}

const SOON_MS = 2 * 3600_000;
const MINUTE_MS = 60_000;

/** What stands in the way of an answer, or how long there is still time for one. */
export function WayNote({ way, hasOthers, onTemplates, onWays }: Props) {
  const { t } = useTranslation();
  const now = useNow();
  const state = stateOf(way, now);
  if (state === "ok") return way.window_until > 0 && <Countdown until={way.window_until} />;
  const isClosed = closedBy(state) !== undefined;
  const isForGood = isClosed && state !== "window_closed";
  const isLandline = state === "unreachable" && way.reason === "landline";
  const { reply_window_h, human_window_h, can_templates } = way.capabilities;
  const hours = Math.max(reply_window_h, human_window_h);
  return (
    <div className={css.note} data-tone={isForGood ? "bad" : "warn"} role="status">
      {isClosed ? (
        <LockKeyhole size={15} aria-hidden="true" />
      ) : (
        <TriangleAlert size={15} aria-hidden="true" />
      )}
      <span>
        {state === "window_closed"
          ? t(can_templates ? "ways.why_window_templates" : "ways.why_window", {
              name: way.name,
              hours,
            })
          : t(`ways.why_${isLandline ? "landline" : state}`, {
              name: way.name,
              address: way.address || way.name,
            })}
      </span>
      <div className={css.ways}>
        {state === "window_closed" && can_templates && (
          <Button size="compact-xs" onClick={onTemplates}>
            {t("trouble.send_template")}
          </Button>
        )}
        {state === "bad_credentials" && (
          <TroubleAction reason="auth_failed" inboxId={way.inbox_id} canTemplates={false} />
        )}
        {hasOthers && (
          <Button size="compact-xs" variant="default" onClick={onWays}>
            {t("trouble.other_way")}
          </Button>
        )}
      </div>
    </div>
  );
}

function Countdown({ until }: { until: number }) {
  const { t } = useTranslation();
  const now = useNow();
  const left = until - now;
  const isSoon = left < SOON_MS;
  const minutes = Math.max(1, Math.ceil(left / MINUTE_MS));
  return (
    <p className={css.until} data-soon={isSoon || undefined} title={exactTime(until)}>
      <Clock size={13} aria-hidden="true" />
      {t("ways.until", { at: soonTime(until, now) })}
      {isSoon && ` (${t("ways.minutes_left", { count: minutes })})`}
    </p>
  );
}
