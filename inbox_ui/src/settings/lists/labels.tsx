import { Button, ColorSwatch, Group, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { labelsQuery } from "@/api/queries";
import type { Label } from "@/api/types";
import { useCan } from "@/shell/session";
import { dotColor, LABEL_COLORS } from "@/ui/color";
import { problemText } from "@/ui/toast";
import { EditableList } from "../editable_list";
import css from "../settings.module.css";

type Values = Pick<Label, "name" | "color">;

const create = (body: Values) => need(api.POST("/api/v1/labels", { body }));

export function LabelsPage() {
  const { t } = useTranslation();
  return (
    <EditableList
      title={t("settings.labels")}
      area="labels"
      query={labelsQuery}
      canEdit={useCan("label:write")}
      nameOf={({ name }) => name}
      remove={(label_id) =>
        need(api.DELETE("/api/v1/labels/{label_id}", { params: { path: { label_id } } }))
      }
      restore={({ id }) =>
        need(api.POST("/api/v1/labels/{label_id}/restore", { params: { path: { label_id: id } } }))
      }
      row={({ name, color }) => (
        <>
          <span className={css.dot} style={{ background: dotColor(color) }} />
          <span className={css.grow}>{name}</span>
        </>
      )}
      form={(label, onSaved) => <LabelForm label={label} onSaved={onSaved} />}
    />
  );
}

function LabelForm({ label, onSaved }: { label: Label | undefined; onSaved: () => void }) {
  const { t } = useTranslation();
  const form = useForm<Values>({
    initialValues: { name: label?.name ?? "", color: label?.color ?? "blue" },
  });
  const save = useMutation({
    mutationFn: (body: Values) =>
      label
        ? need(
            api.PUT("/api/v1/labels/{label_id}", {
              params: { path: { label_id: label.id } },
              body,
            }),
          )
        : create(body),
    onSuccess: onSaved,
    onError: (error) => form.setFieldError("name", problemText(error)),
  });
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="sm">
        <TextInput
          label={t("labels.name")}
          required
          data-autofocus
          {...form.getInputProps("name")}
        />
        <Group gap={6} role="radiogroup" aria-label={t("labels.color")}>
          {LABEL_COLORS.map((color) => (
            <ColorSwatch
              key={color}
              component="button"
              type="button"
              role="radio"
              aria-checked={form.values.color === color}
              aria-label={t(`color.${color}`)}
              color={dotColor(color)}
              size={28}
              onClick={() => form.setFieldValue("color", color)}
              style={{ cursor: "pointer" }}
            >
              {form.values.color === color && <Check size={15} color="#fff" />}
            </ColorSwatch>
          ))}
        </Group>
        <Button type="submit" loading={save.isPending}>
          {t("common.save")}
        </Button>
      </Stack>
    </form>
  );
}
