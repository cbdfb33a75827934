import { ActionIcon, Button, ColorSwatch, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { labelsQuery } from "@/api/queries";
import type { Label } from "@/api/types";
import { useCan } from "@/shell/session";
import { dotColor, LABEL_COLORS } from "@/ui/color";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { problemText, toastProblem, toastUndo } from "@/ui/toast";
import { SettingsPage } from "../page";
import css from "../settings.module.css";

type Values = Pick<Label, "name" | "color">;

const create = (body: Values) => need(api.POST("/api/v1/labels", { body }));

export function LabelsPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const canEdit = useCan("label:write");
  const query = useQuery(labelsQuery);
  const labels = query.data;
  const [edited, setEdited] = useState<Label | "new">();
  const refresh = () => void client.invalidateQueries({ queryKey: keys.labels });
  const remove = useMutation({
    mutationFn: (label: Label) =>
      need(api.DELETE("/api/v1/labels/{label_id}", { params: { path: { label_id: label.id } } })),
    onSuccess: (_, { name, color }) => {
      refresh();
      const undo = () => void create({ name, color }).then(refresh).catch(toastProblem);
      toastUndo(t("labels.deleted", { name }), undo);
    },
    onError: toastProblem,
  });
  const add = canEdit && (
    <Button leftSection={<Plus size={16} />} onClick={() => setEdited("new")}>
      {t("labels.add")}
    </Button>
  );
  return (
    <SettingsPage title={t("settings.labels")} text={t("labels.text")} action={add}>
      <Waiting query={query} />
      {labels?.length === 0 && <Empty title={t("labels.none")} text={t("labels.none_text")} />}
      {labels && labels.length > 0 && (
        <ul className={css.rows}>
          {labels.map((label) => (
            <li key={label.id}>
              <span className={css.dot} style={{ background: dotColor(label.color) }} />
              <span className={css.grow}>{label.name}</span>
              {canEdit && (
                <>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={t("common.edit", { name: label.name })}
                    onClick={() => setEdited(label)}
                  >
                    <Pencil size={15} />
                  </ActionIcon>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={t("common.delete", { name: label.name })}
                    onClick={() => remove.mutate(label)}
                  >
                    <Trash2 size={15} />
                  </ActionIcon>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      <Modal
        opened={edited !== undefined}
        onClose={() => setEdited(undefined)}
        title={t(edited === "new" ? "labels.add" : "labels.edit_one")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        {edited && (
          <LabelForm
            label={edited === "new" ? undefined : edited}
            onSaved={() => {
              setEdited(undefined);
              refresh();
            }}
          />
        )}
      </Modal>
    </SettingsPage>
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
