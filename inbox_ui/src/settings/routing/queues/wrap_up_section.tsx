import { ActionIcon, Button, Switch, TextInput } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { newClientId } from "@/ui/ids";
import { lengthOf } from "@/ui/time";
import { moved, OrderButtons, useDragOrder } from "../order";
import css from "../routing.module.css";
import { SecondsInput } from "../seconds_input";
import { Section } from "./section";
import type { QueueForm } from "./values";

/** Time after the talk, and the outcomes to choose from. */
export function WrapUpSection({ form }: { form: QueueForm }) {
  const { t } = useTranslation();
  const { wrap_up_s, dispositions } = form.values;
  const set = (next: typeof dispositions) => form.setFieldValue("dispositions", next);
  const move = (from: number, to: number) => set(moved(dispositions, from, to));
  const row = useDragOrder(move);
  const facts = [
    wrap_up_s ? lengthOf(wrap_up_s) : t("queue.wrap_up_none"),
    dispositions.length ? t("queue.outcomes", { count: dispositions.length }) : "",
  ];
  return (
    <Section name="wrap_up" title={t("queue.wrap_up")} summary={facts.filter(Boolean).join(" · ")}>
      <SecondsInput
        label={t("queue.wrap_up_time")}
        description={t("queue.wrap_up_help")}
        none={t("queue.wrap_up_none")}
        max={3600}
        value={wrap_up_s}
        onChange={(value) => form.setFieldValue("wrap_up_s", value)}
      />
      <div>
        <b>{t("queue.outcomes_title")}</b>
        <p className={css.soft}>{t("queue.outcomes_help")}</p>
      </div>
      {dispositions.length > 0 && (
        <ul className={css.list} aria-label={t("queue.outcomes_title")}>
          {dispositions.map((one, index) => (
            <li key={one.id} className={css.item} {...row(index)}>
              <OrderButtons
                name={one.name}
                index={index}
                count={dispositions.length}
                onMove={move}
              />
              <TextInput
                className={css.wide ?? ""}
                aria-label={t("queue.outcome_name", { number: index + 1 })}
                error={form.errors[`dispositions.${index}`]}
                value={one.name}
                onChange={(event) => {
                  const name = event.currentTarget.value;
                  set(dispositions.map((d) => (d === one ? { ...d, name } : d)));
                }}
              />
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t("common.delete", { name: one.name })}
                onClick={() => set(dispositions.filter((d) => d !== one))}
              >
                <X size={15} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
      <Button
        variant="default"
        style={{ alignSelf: "flex-start" }}
        leftSection={<Plus size={15} />}
        onClick={() => set([...dispositions, { id: newClientId().slice(0, 8), name: "" }])}
      >
        {t("queue.add_outcome")}
      </Button>
      {dispositions.length > 0 && (
        <Switch
          label={t("queue.outcome_required")}
          {...form.getInputProps("is_disposition_required", { type: "checkbox" })}
        />
      )}
    </Section>
  );
}
