import { Button, Modal, MultiSelect, Stack, TextInput } from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { apiKeysQuery } from "@/api/queries";
import type { ApiKey } from "@/api/types";
import { useMe } from "@/shell/session";
import { Ask } from "@/ui/ask";
import { CopyText } from "@/ui/copy";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { Time } from "@/ui/now";
import { problemText, toast, toastProblem } from "@/ui/toast";
import { SettingsPage } from "../page";
import css from "../settings.module.css";

/** Keys for programs; the key itself is shown once. */
export function ApiKeysPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const query = useQuery(apiKeysQuery);
  const list = query.data;
  const [dialog, setDialog] = useState<"new" | ApiKey>();
  const [revoked, setRevoked] = useState<{ id: string; name: string }>();
  const refresh = () => void client.invalidateQueries({ queryKey: keys.apiKeys });
  const remove = useMutation({
    mutationFn: (key_id: string) =>
      need(api.DELETE("/api/v1/api-keys/{key_id}", { params: { path: { key_id } } })),
    onSuccess: () => {
      refresh();
      setRevoked(undefined);
      toast(t("api_keys.deleted"));
    },
    onError: toastProblem,
  });
  return (
    <SettingsPage
      title={t("settings.api_keys")}
      text={t("api_keys.text")}
      action={
        <Button leftSection={<KeyRound size={16} />} onClick={() => setDialog("new")}>
          {t("api_keys.add")}
        </Button>
      }
    >
      <Waiting query={query} />
      {list?.length === 0 && <Empty title={t("api_keys.none")} text={t("api_keys.none_text")} />}
      {list && list.length > 0 && (
        <ul className={css.rows}>
          {list.map((key) => (
            <li key={key.id}>
              <span className={css.grow}>
                {key.name}
                <small>{key.scopes.join(", ")}</small>
              </span>
              <small>
                {t("api_keys.last_used")}:{" "}
                {key.last_used_at ? <Time at={key.last_used_at} /> : t("health.never")}
              </small>
              <Button
                variant="default"
                size="xs"
                leftSection={<Trash2 size={14} />}
                onClick={() => setRevoked(key)}
              >
                {t("api_keys.revoke")} <span className="hidden-visually">{key.name}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Modal
        opened={dialog !== undefined}
        onClose={() => setDialog(undefined)}
        title={t("api_keys.add")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        {dialog === "new" && (
          <NewKey
            onMade={(key) => {
              refresh();
              setDialog(key);
            }}
          />
        )}
        {dialog && dialog !== "new" && (
          <Stack>
            <p className={css.text}>{t("api_keys.once")}</p>
            <CopyText text={dialog.key} label={t("api_keys.key")} />
          </Stack>
        )}
      </Modal>
      <Ask
        isOpen={revoked !== undefined}
        title={t("api_keys.revoke_title", { name: revoked?.name })}
        text={t("api_keys.revoke_text")}
        yes={t("api_keys.revoke")}
        isBusy={remove.isPending}
        onYes={() => revoked && remove.mutate(revoked.id)}
        onClose={() => setRevoked(undefined)}
      />
    </SettingsPage>
  );
}

function NewKey({ onMade }: { onMade: (key: ApiKey) => void }) {
  const { t } = useTranslation();
  const { permissions } = useMe();
  const form = useForm({
    initialValues: { name: "", scopes: [] as string[], expires: null as string | null },
    validate: { scopes: (value) => (value.length ? null : t("common.needed")) },
  });
  const make = useMutation({
    mutationFn: ({ name, scopes, expires }: typeof form.values) =>
      need(
        api.POST("/api/v1/api-keys", {
          body: { name, scopes, expires_at: expires ? Date.parse(`${expires}T23:59`) : 0 },
        }),
      ),
    onSuccess: onMade,
    onError: (error) => form.setFieldError("name", problemText(error)),
  });
  return (
    <form onSubmit={form.onSubmit((values) => make.mutate(values))}>
      <Stack gap="sm">
        <TextInput
          label={t("api_keys.name")}
          required
          data-autofocus
          {...form.getInputProps("name")}
        />
        <MultiSelect
          label={t("api_keys.scopes")}
          description={t("api_keys.scopes_text")}
          searchable
          data={[...permissions].sort()}
          {...form.getInputProps("scopes")}
        />
        <DatePickerInput
          label={t("api_keys.expires")}
          clearable
          minDate={new Date()}
          {...form.getInputProps("expires")}
        />
        <Button type="submit" loading={make.isPending}>
          {t("common.create")}
        </Button>
      </Stack>
    </form>
  );
}
