import { Button, Group, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { channelsQuery } from "@/api/queries";
import type { Channel } from "@/api/types";
import { Waiting } from "@/ui/fault";
import { Card, SettingsPage } from "../page";
import { ChannelChooser } from "./channel_chooser";
import { ConfigForm } from "./config_form";
import { defaultsOf, ownChoices, toConfig } from "./fields";
import { rememberFresh } from "./fresh_secrets";
import { useConfig } from "./use_config";

/** Choose a channel, fill its form; the inbox's own page then shows what to do at the other end. */
export function NewInboxPage() {
  const { t } = useTranslation();
  const channels = useQuery(channelsQuery);
  const [channel, setChannel] = useState<Channel>();
  if (channel) return <Form channel={channel} onBack={() => setChannel(undefined)} />;
  return (
    <SettingsPage title={t("inboxes.add")} text={t("inboxes.choose")}>
      <Link to="/settings/inboxes">{t("inboxes.back")}</Link>
      <Waiting query={channels} />
      {channels.data && <ChannelChooser channels={channels.data} onChoose={setChannel} />}
    </SettingsPage>
  );
}

function Form({ channel, onBack }: { channel: Channel; onBack: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [name, setName] = useState(channel.title);
  const form = useConfig(channel.fields, defaultsOf(channel.fields), []);
  const create = useMutation({
    mutationFn: () =>
      need(
        api.POST("/api/v1/inboxes", {
          body: {
            channel: channel.name,
            name: name.trim(),
            config: toConfig(channel.fields, form.config) as Record<string, never>,
            join_group: "main",
          },
        }),
      ),
    onSuccess: (made) => {
      client.setQueryData(keys.inbox(made.inbox.id), made);
      rememberFresh(made.inbox.id, ownChoices(channel.fields, form.config));
      void client.invalidateQueries({ queryKey: keys.inboxes, exact: true });
      void navigate({ to: "/settings/inboxes/$inboxId", params: { inboxId: made.inbox.id } });
    },
    onError: form.showProblem,
  });
  return (
    <SettingsPage title={t("inboxes.new", { channel: channel.title })} text={channel.about}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (form.check() && name.trim()) create.mutate();
        }}
        style={{ display: "contents" }}
      >
        <Card>
          <TextInput
            label={t("inboxes.name")}
            description={t("inboxes.name_help")}
            withAsterisk
            maxLength={120}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </Card>
        <ConfigForm
          fields={channel.fields}
          config={form.config}
          faults={form.faults}
          secretsSet={[]}
          onChange={form.change}
        />
        <Group>
          <Button type="submit" loading={create.isPending}>
            {t("inboxes.create")}
          </Button>
          <Button variant="default" onClick={onBack}>
            {t("common.back")}
          </Button>
        </Group>
      </form>
    </SettingsPage>
  );
}
