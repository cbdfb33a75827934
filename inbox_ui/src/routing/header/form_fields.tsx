import { NumberInput, Select, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { FormField } from "@/api/types";
import css from "./header.module.css";

type Answers = Record<string, string>;

interface Props {
  fields: readonly FormField[];
  answers: Answers;
  faults?: Record<string, string>;
  onChange: (answers: Answers) => void;
  /** A field was left: what is there may be kept. */
  onLeave?: (answers: Answers) => void;
  size?: "xs" | "sm";
}

/** A queue's questions, with what is to be said before each. */
export function FormFields({
  fields,
  answers,
  faults = {},
  onChange,
  onLeave,
  size = "sm",
}: Props) {
  return fields.map((field) => (
    <div key={field.key}>
      {field.say && <p className={css.say}>{field.say}</p>}
      <Field
        field={field}
        size={size}
        value={answers[field.key] ?? ""}
        error={faults[field.key]}
        onChange={(value, isDone) => {
          const next = { ...answers, [field.key]: value };
          onChange(next);
          if (isDone) onLeave?.(next);
        }}
        onBlur={() => onLeave?.(answers)}
      />
    </div>
  ));
}

interface FieldProps {
  field: FormField;
  size: "xs" | "sm";
  value: string;
  error: string | undefined;
  onChange: (value: string, isDone: boolean) => void;
  onBlur: () => void;
}

function Field({ field, size, value, error, onChange, onBlur }: FieldProps) {
  const { t } = useTranslation();
  const common = { label: field.label, size, withAsterisk: field.is_required, error, onBlur };
  switch (field.kind) {
    case "long_text":
      return (
        <Textarea
          {...common}
          autosize
          minRows={2}
          maxRows={8}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value, false)}
        />
      );
    case "number":
      return (
        <NumberInput
          {...common}
          value={value === "" ? "" : Number(value)}
          onChange={(next) => onChange(String(next), false)}
        />
      );
    case "choice":
    case "yes_no":
      return (
        <Select
          {...common}
          clearable={!field.is_required}
          value={value || null}
          data={
            field.kind === "choice"
              ? [...new Set(field.options)]
              : ["yes", "no"].map((one) => ({ value: one, label: t(`common.${one}`) }))
          }
          onChange={(next) => onChange(next ?? "", true)}
        />
      );
    default:
      return (
        <TextInput
          {...common}
          type={field.kind === "date" ? "date" : "text"}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value, false)}
        />
      );
  }
}

/** Required questions without an answer, by key. */
export function missingOf(
  fields: readonly FormField[],
  answers: Answers,
  text: string,
): Record<string, string> {
  const open = fields.filter(({ key, is_required }) => is_required && !answers[key]?.trim());
  return Object.fromEntries(open.map(({ key }) => [key, text]));
}
