import { CalendarDays } from "lucide-react";
import { useTranslation } from "react-i18next";
import { dateTime } from "@/ui/time";
import css from "./mail.module.css";

/** An invitation in a mail. */
export function CalendarCard({ calendar }: { calendar: Record<string, unknown> }) {
  const { t } = useTranslation();
  const of = (name: string) => (calendar[name] ? String(calendar[name]) : "");
  const times = [of("start"), of("end")].filter(Boolean).map(showTime).join(" – ");
  return (
    <div className={css.calendar}>
      <b>
        <CalendarDays size={14} aria-hidden="true" /> {of("summary") || t("mail.invitation")}
      </b>
      {times && <div>{times}</div>}
      {of("location") && <div>{of("location")}</div>}
      {of("organizer") && <div>{t("mail.organizer", { name: of("organizer") })}</div>}
    </div>
  );
}

/** Milliseconds, ISO text, or whatever the mail said. */
function showTime(value: string): string {
  const at = /^\d{10,}$/.test(value) ? Number(value) : Date.parse(value);
  return Number.isNaN(at) ? value : dateTime(at);
}
