import { ActionIcon, Button, Modal, NumberInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Coffee, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { PresenceReason } from "@/api/types";
import { reasonsQuery } from "@/routing/queries";
import { useCan } from "@/shell/session";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { problemText, toastProblem, toastUndo } from "@/ui/toast";
import { SettingsPage } from "../page";
import css from "../settings.module.css";
import { CapacityCard } from "./capacity";

type Values = Omit<PresenceReason, "id">;

const create = (body: Values) => need(api.POST("/api/v1/presence-reasons", { body }));

/** Why people are away, and how much work fills them. */
export function PresencePage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const canEdit = useCan("queue:write");
  const query = useQuery(reasonsQuery);
  const reasons = query.data ?? [];
  const [edited, setEdited] = useState<PresenceReason | "new">();
  const refresh = () => void client.invalidateQueries({ queryKey: keys.reasons });
  const remove = useMutation({
    mutationFn: ({ id }: PresenceReason) =>
      need(
        api.DELETE("/api/v1/presence-reasons/{reason_id}", { params: { path: { reason_id: id } } }),
      ),
    onSuccess: (_, { id: _id, ...values }) => {
      refresh();
      const undo = () => void create(values).then(refresh).catch(toastProblem);
      toastUndo(t("reason.deleted", { name: values.name }), undo);
    },
    onError: toastProblem,
  });
  const samples = useMutation({
    mutationFn: () =>
      Promise.all(
        (["lunch", "break", "meeting"] as const).map((name, position) =>
          create({ name: t(`reason.${name}`), limit_minutes: LIMITS[name], position }),
        ),
      ),
    onSuccess: refresh,
    onError: toastProblem,
  });
  const add = canEdit && (
    <Button leftSection={<Plus size={16} />} onClick={() => setEdited("new")}>
      {t("reason.add")}
    </Button>
  );
  const isEmpty = query.data?.length === 0;
  return (
    <SettingsPage title={t("settings.presence")} text={t("reason.text")} action={!isEmpty && add}>
      <Waiting query={query} />
      {isEmpty && (
        <Empty title={t("reason.none")} text={t("reason.none_text")}>
          {canEdit && (
            <Button loading={samples.isPending} onClick={() => samples.mutate()}>
              {t("reason.add_usual")}
            </Button>
          )}
          {add}
        </Empty>
      )}
      {reasons.length > 0 && (
        <ul className={css.rows} aria-label={t("settings.presence")}>
          {reasons.map((reason) => (
            <li key={reason.id} className={css.tight}>
              <Coffee size={18} aria-hidden="true" />
              <span className={css.grow}>
                {reason.name}
                <small>
                  {reason.limit_minutes
                    ? t("reason.limit_is", { count: reason.limit_minutes })
                    : t("reason.no_limit")}
                </small>
              </span>
              {canEdit && (
                <>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="lg"
                    aria-label={t("common.edit", { name: reason.name })}
                    onClick={() => setEdited(reason)}
                  >
                    <Pencil size={15} />
                  </ActionIcon>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="lg"
                    aria-label={t("common.delete", { name: reason.name })}
                    onClick={() => remove.mutate(reason)}
                  >
                    <Trash2 size={15} />
                  </ActionIcon>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      <CapacityCard />
      <Modal
        opened={edited !== undefined}
        onClose={() => setEdited(undefined)}
        title={t(edited === "new" ? "reason.add" : "reason.edit")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        {edited && (
          <ReasonForm
            reason={edited === "new" ? undefined : edited}
            position={reasons.length}
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

const LIMITS = { lunch: 45, break: 15, meeting: 0 } as const;

interface FormProps {
  reason: PresenceReason | undefined;
  position: number;
  onSaved: () => void;
}

function ReasonForm({ reason, position, onSaved }: FormProps) {
  const { t } = useTranslation();
  const form = useForm<Values>({
    initialValues: {
      name: reason?.name ?? "",
      limit_minutes: reason?.limit_minutes ?? 0,
      position: reason?.position ?? position,
    },
    validate: { name: (name) => (name.trim() ? null : t("common.needed")) },
  });
  const save = useMutation({
    mutationFn: (body: Values) =>
      reason
        ? need(
            api.PUT("/api/v1/presence-reasons/{reason_id}", {
              params: { path: { reason_id: reason.id } },
              body,
            }),
          )
        : create(body),
    onSuccess: onSaved,
    onError: (error) => form.setFieldError("name", problemText(error)),
  });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="sm">
        <TextInput
          label={t("reason.name")}
          placeholder={t("reason.lunch")}
          required
          data-autofocus
          {...form.getInputProps("name")}
        />
        <NumberInput
          label={t("reason.limit")}
          description={t("reason.limit_help")}
          min={0}
          max={1440}
          value={form.values.limit_minutes}
          onChange={(value) => form.setFieldValue("limit_minutes", Number(value) || 0)}
        />
        <Button type="submit" loading={save.isPending}>
          {t("common.save")}
        </Button>
      </Stack>
    </form>
  );
}
