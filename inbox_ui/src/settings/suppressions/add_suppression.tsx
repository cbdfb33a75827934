import { Button, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { ApiError } from "@/api/errors";
import { channelsQuery } from "@/api/queries";
import { problemText } from "@/ui/toast";

interface Values {
  value: string;
  channel: string;
  scope: "all" | "marketing";
  reason: string;
}

interface Props {
  /** What was looked for in vain. */
  value: string;
  onDone: () => void;
}

/** Somebody asked by telephone or letter to be left alone. */
export function AddSuppression({ value, onDone }: Props) {
  const { t } = useTranslation();
  const channels = useQuery(channelsQuery).data ?? [];
  const form = useForm<Values>({
    initialValues: { value, channel: "", scope: "all", reason: "" },
    validate: { value: (value) => (value.trim() ? null : t("common.needed")) },
  });
  const kind = form.values.value.includes("@") ? "email" : "phone";
  const add = useMutation({
    mutationFn: (values: Values) =>
      need(
        api.POST("/api/v1/suppressions", { body: { ...values, kind, value: values.value.trim() } }),
      ),
    onSuccess: onDone,
    onError: (error) => {
      const field = error instanceof ApiError ? error.problem.field : "";
      form.setFieldError(field in form.values ? field : "value", problemText(error));
    },
  });
  const fitting = channels.filter(({ capabilities: { address_kind, also_writes_to } }) =>
    [address_kind, ...also_writes_to].includes(kind),
  );
  return (
    <form onSubmit={form.onSubmit((values) => add.mutate(values))}>
      <Stack gap="sm">
        <TextInput
          label={t("suppression.address")}
          description={t("suppression.address_help")}
          required
          data-autofocus
          {...form.getInputProps("value")}
        />
        <Select
          label={t("suppression.where")}
          allowDeselect={false}
          data={[
            { value: "", label: t("suppression.everywhere") },
            ...fitting.map(({ name, title }) => ({ value: name, label: title })),
          ]}
          {...form.getInputProps("channel")}
        />
        <Select
          label={t("suppression.what")}
          allowDeselect={false}
          data={(["all", "marketing"] as const).map((scope) => ({
            value: scope,
            label: t(`suppression.scope_${scope}`),
          }))}
          {...form.getInputProps("scope")}
        />
        <Textarea
          label={t("suppression.reason")}
          description={t("suppression.reason_help")}
          autosize
          minRows={2}
          maxLength={500}
          {...form.getInputProps("reason")}
        />
        <Button type="submit" loading={add.isPending}>
          {t("common.add")}
        </Button>
      </Stack>
    </form>
  );
}
