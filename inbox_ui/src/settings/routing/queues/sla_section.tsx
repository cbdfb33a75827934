import { NumberInput, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { QueueSettings } from "@/api/types";
import { PRIORITIES } from "@/inbox/priority";
import { queuesQuery } from "@/routing/queries";
import { lengthOf } from "@/ui/time";
import css from "../routing.module.css";
import { SecondsInput } from "../seconds_input";
import { Section } from "./section";
import type { QueueForm } from "./values";

type Sla = QueueSettings["sla"];
const TARGETS = ["first_answer_s", "next_answer_s", "resolve_s"] as const;

/** What is promised, and what happens when it nearly is, or is, broken. */
export function SlaSection({ form, queueId }: { form: QueueForm; queueId: string }) {
  const { t } = useTranslation();
  const queues = (useQuery(queuesQuery).data ?? []).filter(({ id }) => id !== queueId);
  const { sla, service_level_s } = form.values;
  const set = (change: Partial<Sla>) => form.setFieldValue("sla", { ...sla, ...change });
  const given = TARGETS.filter((name) => sla[name] > 0);
  const summary = given.map((name) => `${t(`sla.${name}_short`)} ${lengthOf(sla[name])}`);
  return (
    <Section name="sla" title={t("queue.sla")} summary={summary.join(" · ") || t("queue.sla_none")}>
      <p className={css.soft}>{t("queue.sla_text")}</p>
      {TARGETS.map((name) => (
        <SecondsInput
          key={name}
          label={t(`sla.${name}`)}
          description={t(`sla.${name}_help`)}
          none={t("sla.no_promise")}
          value={sla[name]}
          onChange={(value) => set({ [name]: value })}
        />
      ))}
      {given.length > 0 && (
        <>
          <NumberInput
            label={t("sla.warn")}
            suffix=" %"
            min={1}
            max={99}
            value={sla.warn_percent}
            onChange={(value) => set({ warn_percent: Number(value) || 80 })}
          />
          <Select
            label={t("sla.raise")}
            allowDeselect={false}
            value={String(sla.raise_priority)}
            data={[
              { value: "0", label: t("sla.raise_none") },
              ...PRIORITIES.map((p) => ({ value: String(p), label: t(`priority.${p}`) })),
            ]}
            onChange={(value) => set({ raise_priority: Number(value) })}
          />
          <Select
            label={t("sla.move")}
            allowDeselect={false}
            value={sla.move_to_queue_id}
            data={[
              { value: "", label: t("sla.move_none") },
              ...queues.map(({ id, name }) => ({ value: id, label: name })),
            ]}
            onChange={(value) => set({ move_to_queue_id: value ?? "" })}
          />
        </>
      )}
      <SecondsInput
        label={t("sla.service_level")}
        description={t("sla.service_level_help")}
        value={service_level_s}
        onChange={(value) => form.setFieldValue("service_level_s", value)}
      />
    </Section>
  );
}
