import { Button, NumberInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Coffee } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { PresenceReason } from "@/api/types";
import { reasonsQuery } from "@/routing/queries";
import { useCan } from "@/shell/session";
import { problemText, toastProblem } from "@/ui/toast";
import { EditableList } from "../editable_list";
import css from "../settings.module.css";
import { CapacityCard } from "./capacity";

type Values = Omit<PresenceReason, "id">;

const create = (body: Values) => need(api.POST("/api/v1/presence-reasons", { body }));

/** Why people are away, and how much work fills them. */
export function PresencePage() {
  const { t } = useTranslation();
  const canEdit = useCan("queue:write");
  const count = useQuery(reasonsQuery).data?.length ?? 0;
  return (
    <EditableList
      title={t("settings.presence")}
      area="reason"
      query={reasonsQuery}
      canEdit={canEdit}
      nameOf={({ name }) => name}
      remove={(reason_id) =>
        need(
          api.DELETE("/api/v1/presence-reasons/{reason_id}", { params: { path: { reason_id } } }),
        )
      }
      restore={({ id }) =>
        need(
          api.POST("/api/v1/presence-reasons/{reason_id}/restore", {
            params: { path: { reason_id: id } },
          }),
        )
      }
      row={({ name, limit_minutes }) => (
        <>
          <Coffee size={18} aria-hidden="true" />
          <span className={css.grow}>
            {name}
            <small>
              {limit_minutes
                ? t("reason.limit_is", { count: limit_minutes })
                : t("reason.no_limit")}
            </small>
          </span>
        </>
      )}
      form={(reason, onSaved) => <ReasonForm reason={reason} position={count} onSaved={onSaved} />}
      start={canEdit && <UsualReasons />}
    >
      <CapacityCard />
    </EditableList>
  );
}

function UsualReasons() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: () =>
      Promise.all(
        (["lunch", "break", "meeting"] as const).map((name, position) =>
          create({ name: t(`reason.${name}`), limit_minutes: LIMITS[name], position }),
        ),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.reasons }),
    onError: toastProblem,
  });
  return (
    <Button loading={add.isPending} onClick={() => add.mutate()}>
      {t("reason.add_usual")}
    </Button>
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
