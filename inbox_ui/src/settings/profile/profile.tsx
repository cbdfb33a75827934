import { Button, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { Theme } from "@/api/types";
import { LANGUAGES } from "@/i18n";
import { useMe } from "@/shell/session";
import { problemText, toast } from "@/ui/toast";
import { Card, SettingsPage } from "../page";
import { NoticeSettings } from "./notice_settings";
import { PasswordForm } from "./password_form";
import { Sessions } from "./sessions";

export function ProfilePage() {
  const { t } = useTranslation();
  return (
    <SettingsPage title={t("settings.profile")}>
      <PersonalForm />
      <NoticeSettings />
      <PasswordForm />
      <Sessions />
    </SettingsPage>
  );
}

type Language = "" | "en" | "tr" | "pl";

function PersonalForm() {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const form = useForm({
    initialValues: {
      name: me.name,
      language: me.language as Language,
      theme: me.theme,
      signature: me.signature,
    },
  });
  const save = useMutation({
    mutationFn: (body: typeof form.values) => need(api.PATCH("/api/v1/me", { body })),
    onSuccess: (after) => {
      client.setQueryData(keys.me, after);
      void client.invalidateQueries({ queryKey: keys.channels });
      toast(t("common.saved"));
    },
    onError: (error) => form.setFieldError("name", problemText(error)),
  });
  const themes: Theme[] = ["system", "light", "dark"];
  const languages = [
    { value: "", label: t("profile.language_default") },
    ...Object.entries(LANGUAGES).map(([value, label]) => ({ value, label })),
  ];
  return (
    <Card>
      <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack gap="sm">
          <TextInput label={t("auth.name")} required {...form.getInputProps("name")} />
          <TextInput label={t("auth.email")} value={me.email} readOnly />
          <Select
            label={t("auth.language")}
            allowDeselect={false}
            data={languages}
            {...form.getInputProps("language")}
          />
          <Select
            label={t("shell.theme")}
            allowDeselect={false}
            data={themes.map((theme) => ({ value: theme, label: t(`shell.theme_${theme}`) }))}
            {...form.getInputProps("theme")}
          />
          <Textarea
            label={t("profile.signature")}
            description={t("profile.signature_text")}
            autosize
            minRows={3}
            maxRows={8}
            {...form.getInputProps("signature")}
          />
          <Button type="submit" loading={save.isPending} style={{ alignSelf: "flex-start" }}>
            {t("common.save")}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}
