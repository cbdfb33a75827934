import { useTranslation } from "react-i18next";
import type { Schedule } from "@/api/types";
import css from "../routing.module.css";
import { zoneTime } from "./clock_text";

/** "Open now, closes Friday 18:00", "Closed, opens Monday 09:00". */
export function OpenState({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation();
  const { is_open, changes_at, time_zone } = schedule;
  const time = changes_at ? zoneTime(changes_at, time_zone) : "";
  const key = is_open
    ? changes_at
      ? "hours.open_until"
      : "hours.always_open"
    : changes_at
      ? "hours.closed_until"
      : "hours.never_open";
  return <span className={is_open ? css.open : css.closed}>{t(key, { time })}</span>;
}
