import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Queue, QueueNow } from "@/api/types";
import { lengthOf, stopwatch } from "@/ui/time";
import css from "./wallboard.module.css";

interface Props {
  queue: Queue | undefined;
  now: QueueNow;
  second: number;
  onOpen: () => void;
}

/** One queue: how many wait and for how long in large, the rest small below. */
export function QueueTile({ queue, now, second, onOpen }: Props) {
  const { t, i18n } = useTranslation();
  const waiting = now.waiting + now.offered;
  const longest = now.longest_since ? stopwatch(second - now.longest_since) : "–";
  const level =
    now.service_level === null
      ? "–"
      : new Intl.NumberFormat(i18n.language, { style: "percent" }).format(now.service_level);
  const state = queue?.is_paused ? "paused" : now.is_open ? "" : "closed_now";
  const facts: [string, string | number][] = [
    [t("wallboard.offered"), now.offered],
    [t("wallboard.wait"), now.wait_s === null ? "–" : lengthOf(Math.round(now.wait_s))],
    [t("wallboard.service_level"), level],
    [t("wallboard.answered"), now.answered_today],
    [t("wallboard.abandoned"), now.abandoned_today],
    [t("wallboard.free"), `${now.agents_free} / ${now.agents_available} / ${now.agents_total}`],
  ];
  return (
    <article className={css.tile} data-alert={now.alerts.length > 0 || undefined}>
      <h2 className={css.name}>
        <button type="button" onClick={onOpen}>
          {queue?.name ?? now.queue_id}
        </button>
        {state && <small>{t(`queue.${state}`)}</small>}
        {now.alerts.length > 0 && (
          <TriangleAlert size={18} role="img" aria-label={t("wallboard.alert")} />
        )}
      </h2>
      <div className={css.big}>
        <p>
          <b className={css.waiting}>{waiting}</b>
          <span>{t("wallboard.waiting")}</span>
        </p>
        <p>
          <b>{longest}</b>
          <span>{t("wallboard.longest")}</span>
        </p>
      </div>
      <dl className={css.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </article>
  );
}
