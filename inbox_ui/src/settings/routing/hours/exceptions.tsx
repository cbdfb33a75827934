import { ActionIcon, Button, TextInput } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { DateRule } from "@/api/types";
import { useNow } from "@/ui/now";
import css from "../routing.module.css";
import { dateText, freshDate } from "./clock_text";
import { Spans } from "./spans";

interface Props {
  dates: DateRule[];
  /** "dates.0" and so on, where something is wrong. */
  bad: string[];
  onChange: (dates: DateRule[]) => void;
}

/** Days on which other hours hold, or none. */
export function Exceptions({ dates, bad, onChange }: Props) {
  const { t } = useTranslation();
  const now = useNow();
  const set = (index: number, change: Partial<DateRule>) =>
    onChange(dates.map((one, i) => (i === index ? { ...one, ...change } : one)));
  return (
    <>
      <p className={css.soft}>{t("hours.exceptions_help")}</p>
      {dates.length > 0 && (
        <ul className={css.list} aria-label={t("hours.exceptions")}>
          {dates.map((rule, index) => {
            const name = rule.date ? dateText(rule.date) : t("hours.date");
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: two rules may be alike while one is being typed.
              <li key={index} className={css.item}>
                <TextInput
                  type="date"
                  size="xs"
                  aria-label={t("hours.date_of", { number: index + 1 })}
                  error={!rule.date}
                  value={rule.date}
                  onChange={(event) => set(index, { date: event.currentTarget.value })}
                />
                <TextInput
                  className={css.wide ?? ""}
                  size="xs"
                  aria-label={t("hours.date_name", { number: index + 1 })}
                  placeholder={t("hours.date_example")}
                  value={rule.name}
                  onChange={(event) => set(index, { name: event.currentTarget.value })}
                />
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t("common.delete", { name })}
                  onClick={() => onChange(dates.filter((_, i) => i !== index))}
                >
                  <X size={15} />
                </ActionIcon>
                <div className={css.whole}>
                  <Spans
                    name={name}
                    spans={rule.spans}
                    isBad={bad.includes(`dates.${index}`)}
                    onChange={(spans) => set(index, { spans })}
                  />
                </div>
              </li>
            );
          })}
        </ul>
      )}
      <Button
        variant="default"
        size="xs"
        style={{ alignSelf: "flex-start" }}
        leftSection={<Plus size={14} />}
        onClick={() => onChange([...dates, freshDate(now)])}
      >
        {t("hours.add_date")}
      </Button>
    </>
  );
}
