import { Button, PasswordInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { ApiError } from "@/api/errors";
import { PASSWORD_MIN } from "@/auth/welcome";
import { problemText, toast } from "@/ui/toast";
import { Card } from "../page";

export function PasswordForm() {
  const { t } = useTranslation();
  const form = useForm({
    initialValues: { old: "", new: "" },
    validate: {
      new: (value) =>
        value.length < PASSWORD_MIN ? t("auth.password_short", { count: PASSWORD_MIN }) : null,
    },
  });
  const change = useMutation({
    mutationFn: (body: { old: string; new: string }) =>
      need(api.POST("/api/v1/me/password", { body })),
    onSuccess: () => {
      form.reset();
      toast(t("profile.password_changed"));
    },
    onError: (error) => {
      const field = error instanceof ApiError && error.problem.field === "new" ? "new" : "old";
      form.setFieldError(field, problemText(error));
    },
  });
  return (
    <Card title={t("auth.password")}>
      <form onSubmit={form.onSubmit((values) => change.mutate(values))}>
        <Stack gap="sm">
          <PasswordInput
            label={t("profile.old_password")}
            autoComplete="current-password"
            required
            {...form.getInputProps("old")}
          />
          <PasswordInput
            label={t("auth.new_password")}
            description={t("auth.password_rule", { count: PASSWORD_MIN })}
            autoComplete="new-password"
            required
            {...form.getInputProps("new")}
          />
          <Button
            type="submit"
            variant="default"
            loading={change.isPending}
            style={{ alignSelf: "flex-start" }}
          >
            {t("profile.change_password")}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}
