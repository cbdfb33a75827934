import { Button, Group, Select, Stack, Tabs, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { channelsQuery, inboxesQuery, inboxQuery } from "@/api/queries";
import type { Channel, InboxSettings } from "@/api/types";
import { Waiting } from "@/ui/fault";
import { toast } from "@/ui/toast";
import { Card, SettingsPage } from "../page";
import { InboxRoutingFields } from "../routing/inbox_routing";
import css from "../settings.module.css";
import { AlarmField } from "./alarm_field";
import { ConfigForm } from "./config_form";
import { defaultsOf, ownChoices, toConfig } from "./fields";
import { rememberFresh } from "./fresh_secrets";
import { HealthFacts, HealthState } from "./health_line";
import { Danger } from "./inbox_danger";
import { InboxTest } from "./inbox_test";
import { SetUp } from "./set_up";
import { TemplatesTab } from "./templates_tab";
import { useConfig } from "./use_config";

export function OneInboxPage() {
  const { inboxId = "" } = useParams({ strict: false });
  const settings = useQuery(inboxQuery(inboxId));
  const channels = useQuery(channelsQuery);
  const channel = channels.data?.find(({ name }) => name === settings.data?.inbox.channel);
  if (settings.data && channel) {
    return <Page key={inboxId} settings={settings.data} channel={channel} />;
  }
  return (
    <Stack p="xl">
      <Waiting query={settings.data ? channels : settings} />
    </Stack>
  );
}

function Page({ settings, channel }: { settings: InboxSettings; channel: Channel }) {
  const { t } = useTranslation();
  const inboxes = useQuery(inboxesQuery).data ?? [];
  // Health comes by live events into the list.
  const inbox = inboxes.find(({ id }) => id === settings.inbox.id) ?? settings.inbox;
  const head = (
    <>
      <Link to="/settings/inboxes">{t("inboxes.back")}</Link>
      <Card title={t("health.title")}>
        <HealthFacts inbox={inbox} />
        <InboxTest inboxId={inbox.id} capabilities={inbox.capabilities} />
      </Card>
    </>
  );
  const form = (
    <>
      <SetUp settings={settings} />
      <Change settings={settings} channel={channel} />
      <Danger inbox={inbox} />
    </>
  );
  return (
    <SettingsPage title={inbox.name} text={channel.title} action={<HealthState inbox={inbox} />}>
      {head}
      {inbox.capabilities.can_templates ? (
        <Tabs defaultValue="settings" keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="settings">{t("inboxes.tab_settings")}</Tabs.Tab>
            <Tabs.Tab value="templates">{t("inboxes.tab_templates")}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="settings" className={css.panel ?? ""}>
            {form}
          </Tabs.Panel>
          <Tabs.Panel value="templates" className={css.panel ?? ""}>
            <TemplatesTab inboxId={inbox.id} />
          </Tabs.Panel>
        </Tabs>
      ) : (
        form
      )}
    </SettingsPage>
  );
}

function Change({ settings, channel }: { settings: InboxSettings; channel: Channel }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { inbox, secrets_set } = settings;
  const [name, setName] = useState(inbox.name);
  const [joinGroup, setJoinGroup] = useState(settings.join_group);
  const [alarm, setAlarm] = useState(settings.alarm_after_minutes);
  const { entry_queue_id, acknowledgement, away_text } = settings;
  const [routing, setRouting] = useState({ entry_queue_id, acknowledgement, away_text });
  const start = { ...defaultsOf(channel.fields), ...settings.config };
  const form = useConfig(channel.fields, start, secrets_set);
  const save = useMutation({
    mutationFn: () =>
      need(
        api.PATCH("/api/v1/inboxes/{inbox_id}", {
          params: { path: { inbox_id: inbox.id } },
          body: {
            name: name.trim(),
            config: toConfig(channel.fields, form.config) as Record<string, never>,
            join_group: joinGroup === "none" ? "none" : "main",
            alarm_after_minutes: alarm,
            ...routing,
          },
        }),
      ),
    onSuccess: (after) => {
      client.setQueryData(keys.inbox(inbox.id), after);
      rememberFresh(inbox.id, ownChoices(channel.fields, form.config));
      void client.invalidateQueries({ queryKey: keys.inboxes, exact: true });
      toast(t("common.saved"));
    },
    onError: form.showProblem,
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check() && name.trim()) save.mutate();
      }}
      style={{ display: "contents" }}
    >
      <Card>
        <TextInput
          label={t("inboxes.name")}
          description={t("inboxes.name_help")}
          withAsterisk
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label={t("inboxes.join")}
          description={t("inboxes.join_help")}
          allowDeselect={false}
          value={joinGroup}
          data={[
            { value: "main", label: t("inboxes.join_main") },
            { value: "none", label: t("inboxes.join_none") },
          ]}
          onChange={(value) => setJoinGroup(value ?? "main")}
        />
        <AlarmField minutes={alarm} onChange={setAlarm} />
      </Card>
      <Card title={t("inboxes.routing")}>
        <InboxRoutingFields value={routing} onChange={setRouting} />
      </Card>
      <ConfigForm
        fields={channel.fields}
        config={form.config}
        faults={form.faults}
        secretsSet={secrets_set}
        onChange={form.change}
      />
      <Group>
        <Button type="submit" loading={save.isPending}>
          {t("common.save")}
        </Button>
      </Group>
    </form>
  );
}
