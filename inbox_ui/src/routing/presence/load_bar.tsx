import { useTranslation } from "react-i18next";
import css from "./load_bar.module.css";
import { FULL } from "./words";

/** How full an agent is. */
export function LoadBar({ load, held }: { load: number; held: number }) {
  const { t } = useTranslation();
  const percent = Math.round((load / FULL) * 100);
  return (
    <span
      className={css.bar}
      role="img"
      aria-label={t("presence.load", { percent, count: held })}
      title={t("presence.load", { percent, count: held })}
      data-full={load >= FULL || undefined}
    >
      <i style={{ width: `${Math.min(100, percent)}%` }} />
    </span>
  );
}
