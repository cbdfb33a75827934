import {
  ColorInput,
  NumberInput,
  PasswordInput,
  Select,
  Stack,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ConfigField } from "@/api/types";
import { Card } from "../page";
import { type Config, grouped, isOwnChoice, isShown } from "./fields";
import { OwnSecret } from "./own_secret";

interface Props {
  fields: readonly ConfigField[];
  config: Config;
  faults: Readonly<Record<string, string>>;
  /** Secrets that have a value, which is never shown. */
  secretsSet: readonly string[];
  onChange: (name: string, value: unknown) => void;
}

/** The form of any channel, out of the fields that the channel itself describes. */
export function ConfigForm({ fields, config, faults, secretsSet, onChange }: Props) {
  const shown = fields.filter((field) => isShown(field, config));
  return grouped(shown).map(([group, members]) => (
    <Card key={group} title={group}>
      <Stack gap="sm">
        {members.map((field) => (
          <FieldInput
            key={field.name}
            field={field}
            value={config[field.name]}
            fault={faults[field.name]}
            isSet={secretsSet.includes(field.name)}
            onChange={(value) => onChange(field.name, value)}
          />
        ))}
      </Stack>
    </Card>
  ));
}

interface FieldProps {
  field: ConfigField;
  value: unknown;
  fault: string | undefined;
  isSet: boolean;
  onChange: (value: unknown) => void;
}

const asText = (value: unknown): string => (value == null ? "" : String(value));

function FieldInput({ field, value, fault, isSet, onChange }: FieldProps) {
  const { t } = useTranslation();
  const common = {
    label: field.label,
    description: field.help || undefined,
    error: fault,
    withAsterisk: field.is_required && !isSet,
  };
  const text = {
    ...common,
    placeholder: field.placeholder,
    maxLength: field.max_chars || undefined,
    value: asText(value),
  };
  switch (field.type) {
    case "secret":
      return isOwnChoice(field) ? (
        <OwnSecret {...text} isSet={isSet} onChange={onChange} />
      ) : (
        <PasswordInput
          {...text}
          autoComplete="new-password"
          placeholder={isSet ? t("inboxes.secret_set") : field.placeholder}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "number":
      return (
        <NumberInput
          {...common}
          placeholder={field.placeholder}
          allowDecimal={false}
          {...(field.minimum === null ? {} : { min: field.minimum })}
          {...(field.maximum === null ? {} : { max: field.maximum })}
          value={typeof value === "number" ? value : ""}
          onChange={(next) => onChange(next === "" ? null : Number(next))}
        />
      );
    case "boolean":
      return (
        <Switch
          label={field.label}
          description={field.help || undefined}
          error={fault}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "choice":
      return (
        <Select
          {...common}
          allowDeselect={!field.is_required}
          data={field.choices.map(([choice = "", label = choice]) => ({ value: choice, label }))}
          value={asText(value) || null}
          onChange={(next) => onChange(next ?? "")}
        />
      );
    case "list":
      return (
        <TagsInput
          {...common}
          placeholder={field.placeholder}
          splitChars={[",", " ", ";"]}
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={onChange}
        />
      );
    case "long_text":
      return (
        <Textarea
          {...text}
          autosize
          minRows={3}
          maxRows={10}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "color":
      return (
        <ColorInput
          {...common}
          format="hex"
          withEyeDropper={false}
          value={asText(value)}
          onChange={onChange}
        />
      );
    default:
      return <TextInput {...text} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
}
