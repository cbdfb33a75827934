import { NumberInput, Select, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { agentsQuery, labelsQuery } from "@/api/queries";
import type { MacroStep } from "@/api/types";
import { PRIORITIES } from "@/inbox/priority";
import { queuesQuery } from "@/routing/queries";

interface Props {
  step: MacroStep;
  onChange: (value: string) => void;
}

/** What a step needs to be told, if anything. */
export function StepValue({ step, onChange }: Props) {
  const { t } = useTranslation();
  const labels = useQuery(labelsQuery).data ?? [];
  const agents = useQuery(agentsQuery).data ?? [];
  const queues = useQuery(queuesQuery).data ?? [];
  const label = t(`macros.value_${step.kind}`, { defaultValue: "" });
  const chosen = (items: readonly { id: string; name: string }[]) => (
    <Select
      aria-label={label}
      placeholder={label}
      searchable
      value={step.value || null}
      data={items.map(({ id, name }) => ({ value: id, label: name }))}
      onChange={(value) => onChange(value ?? "")}
    />
  );
  switch (step.kind) {
    case "reply":
    case "note":
      return (
        <Textarea
          aria-label={label}
          placeholder={label}
          autosize
          minRows={2}
          maxRows={8}
          value={step.value}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      );
    case "add_label":
    case "remove_label":
      return chosen(labels);
    case "assign":
      return chosen(agents.filter(({ is_active }) => is_active));
    case "queue":
      return chosen(queues);
    case "priority":
      return (
        <Select
          aria-label={label}
          placeholder={label}
          value={step.value || null}
          data={PRIORITIES.map((p) => ({ value: String(p), label: t(`priority.${p}`) }))}
          onChange={(value) => onChange(value ?? "")}
        />
      );
    case "snooze":
      return (
        <NumberInput
          aria-label={label}
          suffix={` ${t("macros.minutes")}`}
          min={1}
          max={500_000}
          allowDecimal={false}
          value={step.value ? Number(step.value) : ""}
          onChange={(value) => onChange(String(value))}
        />
      );
    default:
      return null;
  }
}
