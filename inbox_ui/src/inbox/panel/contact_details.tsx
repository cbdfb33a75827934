import { ActionIcon, Button, Group, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import type { Contact, ContactChange } from "@/api/types";
import { LANGUAGES } from "@/i18n";
import { patchContact } from "@/live/apply";
import { toastProblem } from "@/ui/toast";
import css from "./panel.module.css";

/** Edited in place: saved on leaving a field. */
export function ContactDetails({ contact }: { contact: Contact }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (body: ContactChange) =>
      need(
        api.PATCH("/api/v1/contacts/{contact_id}", {
          params: { path: { contact_id: contact.id } },
          body,
        }),
      ),
    onSuccess: (after) => patchContact(client, after),
    onError: toastProblem,
  });
  const set = (change: ContactChange) => save.mutate(change);
  return (
    <section>
      <h2 className={css.title}>{t("contact.details")}</h2>
      <Stack gap={6}>
        <Line
          label={t("contact.name")}
          value={contact.name}
          onSave={(name) => name && set({ name })}
        />
        <Line
          label={t("contact.company")}
          value={contact.company}
          onSave={(company) => set({ company })}
        />
        <Select
          size="xs"
          label={t("contact.language")}
          clearable
          value={contact.language || null}
          data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
          onChange={(language) => set({ language: (language ?? "") as "" | "en" | "tr" | "pl" })}
        />
        <About value={contact.about} onSave={(about) => set({ about })} />
        <Fields fields={contact.fields} onSave={(fields) => set({ fields })} />
      </Stack>
    </section>
  );
}

interface LineProps {
  label: string;
  value: string;
  onSave: (value: string) => void;
}

function Line({ label, value, onSave }: LineProps) {
  const [text, setText] = useState<string>();
  const leave = () => {
    if (text !== undefined && text.trim() !== value) onSave(text.trim());
    setText(undefined);
  };
  return (
    <TextInput
      size="xs"
      label={label}
      value={text ?? value}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={leave}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
    />
  );
}

function About({ value, onSave }: { value: string; onSave: (value: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState<string>();
  return (
    <Textarea
      size="xs"
      label={t("contact.about")}
      autosize
      minRows={2}
      maxRows={8}
      value={text ?? value}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => {
        if (text !== undefined && text !== value) onSave(text);
        setText(undefined);
      }}
    />
  );
}

interface FieldsProps {
  fields: Record<string, string>;
  onSave: (fields: Record<string, string>) => void;
}

function Fields({ fields, onSave }: FieldsProps) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const without = (gone: string) =>
    Object.fromEntries(Object.entries(fields).filter(([one]) => one !== gone));
  return (
    <>
      {Object.entries(fields).map(([field, value]) => (
        <Group key={field} gap={4} align="flex-end" wrap="nowrap">
          <div style={{ flex: 1 }}>
            <Line
              label={field}
              value={value}
              onSave={(next) => onSave({ ...fields, [field]: next })}
            />
          </div>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("contact.remove_field", { name: field })}
            onClick={() => onSave(without(field))}
          >
            <X size={14} />
          </ActionIcon>
        </Group>
      ))}
      <Group gap={6} wrap="nowrap">
        <TextInput
          size="xs"
          style={{ flex: 1 }}
          aria-label={t("contact.new_field")}
          placeholder={t("contact.new_field")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button
          size="xs"
          variant="default"
          aria-label={t("contact.add_field")}
          disabled={!name.trim()}
          onClick={() => {
            onSave({ ...fields, [name.trim()]: "" });
            setName("");
          }}
        >
          <Plus size={14} />
        </Button>
      </Group>
    </>
  );
}
