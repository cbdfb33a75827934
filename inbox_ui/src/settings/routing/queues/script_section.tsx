import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  Select,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { FormField } from "@/api/types";
import { FormFields } from "@/routing/header/form_fields";
import { newClientId } from "@/ui/ids";
import { moved, OrderButtons, useDragOrder } from "../order";
import css from "../routing.module.css";
import { Section } from "./section";
import type { QueueForm } from "./values";

const KINDS: FormField["kind"][] = ["text", "long_text", "number", "date", "choice", "yes_no"];

const fresh = (): FormField => ({
  key: newClientId().slice(0, 8),
  label: "",
  kind: "text",
  options: [],
  is_required: false,
  say: "",
});

/** What the agent says and asks, with a look at how it will stand beside the conversation. */
export function ScriptSection({ form }: { form: QueueForm }) {
  const { t } = useTranslation();
  const { form: fields, script } = form.values;
  const [answers, setAnswers] = useState<Record<string, string>>({});
  const set = (next: FormField[]) => form.setFieldValue("form", next);
  const move = (from: number, to: number) => set(moved(fields, from, to));
  const row = useDragOrder(move);
  const facts = [
    script ? t("queue.script_given") : "",
    fields.length ? t("queue.questions", { count: fields.length }) : "",
  ];
  return (
    <Section
      name="script"
      title={t("queue.script")}
      summary={facts.filter(Boolean).join(" · ") || t("queue.script_none")}
    >
      <Textarea
        label={t("queue.script_label")}
        description={t("queue.script_help")}
        autosize
        minRows={3}
        maxRows={14}
        {...form.getInputProps("script")}
      />
      {fields.length > 0 && (
        <ol className={css.list} aria-label={t("queue.questions_title")}>
          {fields.map((field, index) => (
            <li key={field.key} className={css.item} {...row(index)}>
              <OrderButtons
                name={field.label || t("queue.question", { number: index + 1 })}
                index={index}
                count={fields.length}
                onMove={move}
              />
              <FieldEditor
                field={field}
                number={index + 1}
                fault={form.errors[`form.${index}`]}
                onChange={(next) => set(fields.map((one) => (one === field ? next : one)))}
                onRemove={() => set(fields.filter((one) => one !== field))}
              />
            </li>
          ))}
        </ol>
      )}
      <Button
        variant="default"
        style={{ alignSelf: "flex-start" }}
        leftSection={<Plus size={15} />}
        disabled={fields.length >= 50}
        onClick={() => set([...fields, fresh()])}
      >
        {t("queue.add_question")}
      </Button>
      {(script || fields.length > 0) && (
        <div className={css.preview}>
          <p className={css.soft}>{t("queue.preview")}</p>
          {script && <p className={css.say}>{script}</p>}
          <FormFields fields={fields} answers={answers} onChange={setAnswers} />
        </div>
      )}
    </Section>
  );
}

interface FieldProps {
  field: FormField;
  number: number;
  fault: React.ReactNode;
  onChange: (field: FormField) => void;
  onRemove: () => void;
}

function FieldEditor({ field, number, fault, onChange, onRemove }: FieldProps) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput
        className={css.wide ?? ""}
        aria-label={t("queue.question", { number })}
        placeholder={t("queue.question_example")}
        error={fault}
        value={field.label}
        onChange={(event) => onChange({ ...field, label: event.currentTarget.value })}
      />
      <Select
        w={150}
        aria-label={t("queue.question_kind", { number })}
        allowDeselect={false}
        value={field.kind}
        data={KINDS.map((value) => ({ value, label: t(`queue.kind_${value}`) }))}
        onChange={(kind) => onChange({ ...field, kind: (kind ?? "text") as FormField["kind"] })}
      />
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t("common.delete", { name: t("queue.question", { number }) })}
        onClick={onRemove}
      >
        <X size={15} />
      </ActionIcon>
      <Group className={css.whole ?? ""} gap="sm">
        <TextInput
          flex={1}
          miw={200}
          size="xs"
          aria-label={t("queue.say", { number })}
          placeholder={t("queue.say_example")}
          value={field.say}
          onChange={(event) => onChange({ ...field, say: event.currentTarget.value })}
        />
        <Checkbox
          label={t("queue.required")}
          checked={field.is_required}
          onChange={(event) => onChange({ ...field, is_required: event.currentTarget.checked })}
        />
      </Group>
      {field.kind === "choice" && (
        <TagsInput
          className={css.whole ?? ""}
          size="xs"
          aria-label={t("queue.choices", { number })}
          placeholder={t("queue.choices_help")}
          value={field.options}
          onChange={(options) => onChange({ ...field, options })}
        />
      )}
    </>
  );
}
