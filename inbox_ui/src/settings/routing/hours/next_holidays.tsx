import { useTranslation } from "react-i18next";
import type { Schedule } from "@/api/types";
import css from "../routing.module.css";
import { dateText } from "./clock_text";

interface Props {
  holidays: Schedule["next_holidays"];
  /** Another country has been chosen since. */
  isOld: boolean;
}

/** The days off that the country brings, so that nobody has to trust us blindly. */
export function NextHolidays({ holidays, isOld }: Props) {
  const { t } = useTranslation();
  if (isOld) return <p className={css.soft}>{t("hours.save_to_see")}</p>;
  if (holidays.length === 0) return null;
  return (
    <details>
      <summary>{t("hours.next_holidays", { count: holidays.length })}</summary>
      <ul>
        {holidays.map(({ date, name }) => (
          <li key={`${date} ${name}`}>
            <time dateTime={date}>{dateText(date)}</time> – {name}
          </li>
        ))}
      </ul>
    </details>
  );
}
