import { ActionIcon, Button, NumberInput, Select, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Overflow } from "@/api/types";
import { queuesQuery } from "@/routing/queries";
import css from "../routing.module.css";
import { SecondsInput } from "../seconds_input";
import { Section } from "./section";
import type { QueueForm } from "./values";

const FRESH: Overflow = {
  after_wait_s: 300,
  over_length: 0,
  action: "message",
  queue_id: "",
  text: "",
};

/** What happens to who waits too long, or comes when too many wait. */
export function OverflowSection({ form, queueId }: { form: QueueForm; queueId: string }) {
  const { t } = useTranslation();
  const { overflow } = form.values;
  const set = (next: Overflow[]) => form.setFieldValue("overflow", next);
  return (
    <Section
      name="overflow"
      title={t("queue.overflow")}
      summary={
        overflow.length ? t("queue.rules", { count: overflow.length }) : t("queue.overflow_none")
      }
    >
      <p className={css.soft}>{t("queue.overflow_text")}</p>
      {overflow.length > 0 && (
        <ol className={css.list}>
          {overflow.map((rule, index) => (
            <Rule
              // biome-ignore lint/suspicious/noArrayIndexKey: rules have nothing else to tell them apart.
              key={index}
              rule={rule}
              number={index + 1}
              queueId={queueId}
              fault={form.errors[`overflow.${index}`]}
              onChange={(next) => set(overflow.map((one, i) => (i === index ? next : one)))}
              onRemove={() => set(overflow.filter((_, i) => i !== index))}
            />
          ))}
        </ol>
      )}
      <Button
        variant="default"
        style={{ alignSelf: "flex-start" }}
        leftSection={<Plus size={15} />}
        disabled={overflow.length >= 10}
        onClick={() => set([...overflow, FRESH])}
      >
        {t("queue.add_rule")}
      </Button>
    </Section>
  );
}

interface RuleProps {
  rule: Overflow;
  number: number;
  queueId: string;
  fault: React.ReactNode;
  onChange: (rule: Overflow) => void;
  onRemove: () => void;
}

function Rule({ rule, number, queueId, fault, onChange, onRemove }: RuleProps) {
  const { t } = useTranslation();
  const queues = (useQuery(queuesQuery).data ?? []).filter(({ id }) => id !== queueId);
  return (
    <li className={css.item}>
      <b className={css.wide}>{t("queue.rule", { number })}</b>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t("common.delete", { name: t("queue.rule", { number }) })}
        onClick={onRemove}
      >
        <X size={15} />
      </ActionIcon>
      <div className={css.whole}>
        <SecondsInput
          label={t("queue.after_wait")}
          none={t("queue.any")}
          value={rule.after_wait_s}
          onChange={(after_wait_s) => onChange({ ...rule, after_wait_s })}
        />
        <NumberInput
          label={t("queue.over_length")}
          placeholder={t("queue.any")}
          min={0}
          value={rule.over_length || ""}
          onChange={(value) => onChange({ ...rule, over_length: Number(value) || 0 })}
        />
        <Select
          label={t("queue.then")}
          allowDeselect={false}
          value={rule.action}
          error={rule.action !== "queue" && fault}
          data={(["queue", "inbox", "message"] as const).map((value) => ({
            value,
            label: t(`queue.then_${value}`),
          }))}
          onChange={(action) =>
            onChange({ ...rule, action: (action ?? "message") as Overflow["action"] })
          }
        />
        {rule.action === "queue" && (
          <Select
            label={t("queue.to_queue")}
            withAsterisk
            error={fault}
            value={rule.queue_id || null}
            data={queues.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(queue_id) => onChange({ ...rule, queue_id: queue_id ?? "" })}
          />
        )}
        <Textarea
          label={t("queue.told")}
          autosize
          minRows={2}
          maxLength={1000}
          withAsterisk={rule.action === "message"}
          error={rule.action === "message" && fault}
          value={rule.text}
          onChange={(event) => onChange({ ...rule, text: event.currentTarget.value })}
        />
      </div>
    </li>
  );
}
