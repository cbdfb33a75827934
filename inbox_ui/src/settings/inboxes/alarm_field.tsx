import { Group, NumberInput, Select } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  /** 0: never. */
  minutes: number;
  onChange: (minutes: number) => void;
}

const UNITS = { minutes: 1, hours: 60, days: 1440 } as const;
type Unit = keyof typeof UNITS;
const MOST_MINUTES = 43_200;

const unitOf = (minutes: number): Unit => {
  if (minutes > 0 && minutes % UNITS.days === 0) return "days";
  return minutes % UNITS.hours === 0 ? "hours" : "minutes";
};

/** After how long a silence this inbox counts as quiet. */
export function AlarmField({ minutes, onChange }: Props) {
  const { t } = useTranslation();
  const [unit, setUnit] = useState(() => unitOf(minutes));
  const set = (count: number, next: Unit) => {
    setUnit(next);
    onChange(Math.min(MOST_MINUTES, Math.max(0, Math.round(count * UNITS[next]))));
  };
  const count = minutes / UNITS[unit];
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <NumberInput
        flex={1}
        label={t("inboxes.alarm")}
        description={t("inboxes.alarm_help")}
        placeholder={t("inboxes.alarm_never")}
        min={0}
        max={MOST_MINUTES / UNITS[unit]}
        allowDecimal={false}
        value={count || ""}
        onChange={(value) => set(Number(value) || 0, unit)}
      />
      <Select
        w={120}
        aria-label={t("inboxes.alarm_unit")}
        allowDeselect={false}
        value={unit}
        data={(Object.keys(UNITS) as Unit[]).map((one) => ({
          value: one,
          label: t(`inboxes.unit_${one}`),
        }))}
        onChange={(next) => set(count, (next ?? unit) as Unit)}
      />
    </Group>
  );
}
