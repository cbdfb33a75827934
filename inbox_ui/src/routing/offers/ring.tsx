import { useTranslation } from "react-i18next";
import css from "./offers.module.css";

const RADIUS = 20;
const ROUND = 2 * Math.PI * RADIUS;

/** What is left of a time, as a ring that empties and the seconds in it. */
export function Ring({ left, of }: { left: number; of: number }) {
  const { t } = useTranslation();
  const part = Math.min(1, Math.max(0, left / Math.max(1, of)));
  const seconds = Math.max(0, Math.ceil(left / 1000));
  return (
    <div
      className={css.ring}
      data-late={part < 0.3 || undefined}
      role="timer"
      aria-label={t("offer.left", { count: seconds })}
    >
      <svg viewBox="0 0 48 48" aria-hidden="true">
        <circle className={css.track} cx="24" cy="24" r={RADIUS} />
        <circle
          className={css.rest}
          cx="24"
          cy="24"
          r={RADIUS}
          strokeDasharray={ROUND}
          strokeDashoffset={ROUND * (1 - part)}
        />
      </svg>
      <span aria-hidden="true">{seconds}</span>
    </div>
  );
}
