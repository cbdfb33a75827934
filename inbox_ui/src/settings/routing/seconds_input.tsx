import { Group, NumberInput, Select } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

const UNITS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;
type Unit = keyof typeof UNITS;

interface Props {
  label: string;
  description?: ReactNode;
  /** In seconds. */
  value: number;
  min?: number;
  max?: number;
  /** What 0 means, as placeholder. */
  none?: string;
  error?: ReactNode;
  onChange: (seconds: number) => void;
}

/** The largest unit that shows it without a fraction. */
export function unitOf(seconds: number): Unit {
  if (seconds === 0 || seconds % UNITS.minutes !== 0) return seconds === 0 ? "minutes" : "seconds";
  if (seconds % UNITS.days === 0) return "days";
  return seconds % UNITS.hours === 0 ? "hours" : "minutes";
}

/** A length of time, in the unit that people say it in. */
export function SecondsInput(props: Props) {
  const {
    label,
    description,
    value,
    min = 0,
    max = 30 * UNITS.days,
    none,
    error,
    onChange,
  } = props;
  const { t } = useTranslation();
  const [unit, setUnit] = useState(() => unitOf(value));
  const set = (count: number, next: Unit) => {
    setUnit(next);
    onChange(Math.min(max, Math.max(min, Math.round(count * UNITS[next]))));
  };
  const count = value / UNITS[unit];
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <NumberInput
        flex={1}
        label={label}
        description={description}
        {...(none ? { placeholder: none } : {})}
        error={error}
        min={0}
        decimalScale={2}
        value={none && count === 0 ? "" : count}
        onChange={(next) => set(Number(next) || 0, unit)}
      />
      <Select
        w={110}
        aria-label={t("common.unit_of", { what: label })}
        allowDeselect={false}
        value={unit}
        data={(Object.keys(UNITS) as Unit[])
          .filter((one) => UNITS[one] <= max)
          .map((one) => ({ value: one, label: t(`unit.${one}`) }))}
        onChange={(next) => set(count, (next ?? unit) as Unit)}
      />
    </Group>
  );
}
