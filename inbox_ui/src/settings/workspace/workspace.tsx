import { Button, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { workspaceQuery } from "@/api/queries";
import type { Workspace } from "@/api/types";
import { LANGUAGES } from "@/i18n";
import { Waiting } from "@/ui/fault";
import { problemText, toast } from "@/ui/toast";
import { Card, SettingsPage } from "../page";

export function WorkspacePage() {
  const { t } = useTranslation();
  const query = useQuery(workspaceQuery);
  return (
    <SettingsPage title={t("settings.workspace")} text={t("workspace.text")}>
      <Waiting query={query} />
      {query.data && <Form workspace={query.data} />}
    </SettingsPage>
  );
}

function Form({ workspace }: { workspace: Workspace }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { name, language, time_zone } = workspace;
  const form = useForm({ initialValues: { name, language, time_zone } });
  const save = useMutation({
    mutationFn: (values: typeof form.values) =>
      need(
        api.PATCH("/api/v1/workspace", {
          body: { ...values, language: values.language as "en" | "tr" | "pl" },
        }),
      ),
    onSuccess: (after) => {
      client.setQueryData(keys.workspace, after);
      void client.invalidateQueries({ queryKey: keys.me });
      toast(t("common.saved"));
    },
    onError: (error) => form.setFieldError("name", problemText(error)),
  });
  const zones = [...new Set([time_zone, "UTC", ...Intl.supportedValuesOf("timeZone")])];
  return (
    <Card>
      <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack gap="sm">
          <TextInput label={t("workspace.name")} required {...form.getInputProps("name")} />
          <Select
            label={t("workspace.language")}
            description={t("workspace.language_text")}
            allowDeselect={false}
            data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
            {...form.getInputProps("language")}
          />
          <Select
            label={t("workspace.time_zone")}
            searchable
            allowDeselect={false}
            data={zones}
            limit={60}
            {...form.getInputProps("time_zone")}
          />
          <Button type="submit" loading={save.isPending} style={{ alignSelf: "flex-start" }}>
            {t("common.save")}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}
