import { Select, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { PERIODS, type Period } from "./period";
import css from "./reports.module.css";
import type { ReportSearch } from "./search";

interface Props {
  search: ReportSearch & { period: Period; zone: string };
  ownZone: string;
  onChange: (part: Partial<ReportSearch>) => void;
}

/** Which days, by the clock of which zone. */
export function PeriodPicker({ search, ownZone, onChange }: Props) {
  const { t } = useTranslation();
  const zones = [...new Set([ownZone, search.zone, "UTC", ...Intl.supportedValuesOf("timeZone")])];
  return (
    <div className={css.picker}>
      <Select
        label={t("reports.periods.label")}
        data={PERIODS.map((value) => ({ value, label: t(`reports.periods.${value}`) }))}
        value={search.period}
        allowDeselect={false}
        onChange={(value) => value && onChange({ period: value as Period })}
      />
      {search.period === "own" && (
        <>
          <TextInput
            type="date"
            label={t("reports.periods.from")}
            value={search.from ?? ""}
            onChange={(event) => onChange({ from: event.currentTarget.value })}
          />
          <TextInput
            type="date"
            label={t("reports.periods.to")}
            value={search.to ?? ""}
            onChange={(event) => onChange({ to: event.currentTarget.value })}
          />
        </>
      )}
      <Select
        label={t("reports.zone")}
        data={zones}
        value={search.zone}
        searchable
        allowDeselect={false}
        onChange={(value) => value && onChange({ zone: value })}
      />
    </div>
  );
}
