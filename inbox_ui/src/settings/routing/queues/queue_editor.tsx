import { Accordion, Button, Group, Stack, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, problemOf } from "@/api/errors";
import { keys } from "@/api/keys";
import type { Queue, QueueSettings } from "@/api/types";
import { queuesQuery } from "@/routing/queries";
import { Fault, Waiting } from "@/ui/fault";
import { problemText, toast, toastProblem, toastUndo } from "@/ui/toast";
import { Card, SettingsPage } from "../../page";
import css from "../routing.module.css";
import { AlertsSection } from "./alerts_section";
import { faultsOf, sectionOf } from "./check";
import { EntrySection } from "./entry_section";
import { HoursSection } from "./hours_section";
import { OfferSection } from "./offer_section";
import { OverflowSection } from "./overflow_section";
import { PeopleSection } from "./people_section";
import { PrioritySection } from "./priority_section";
import { ScriptSection } from "./script_section";
import { SkillsSection } from "./skills_section";
import { SlaSection } from "./sla_section";
import { StrategySection } from "./strategy_section";
import { deleteQueue, restoreQueue, saveQueue, settingsOf } from "./values";
import { WaitingSection } from "./waiting_section";
import { WrapUpSection } from "./wrap_up_section";

/** Everything about one queue, part by part. */
export function QueueEditorPage() {
  const { queueId = "" } = useParams({ strict: false });
  const query = useQuery(queuesQuery);
  const queue = query.data?.find(({ id }) => id === queueId);
  if (queue) return <Editor key={queueId} queue={queue} />;
  return (
    <Stack p="xl">
      {query.data ? <Fault error={problemOf(404, null)} /> : <Waiting query={query} />}
    </Stack>
  );
}

function Editor({ queue }: { queue: Queue }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [open, setOpen] = useState<string[]>(["people"]);
  const form = useForm<QueueSettings>({
    initialValues: settingsOf(queue),
    validate: (values) => faultsOf(values, t),
  });
  const show = (fields: string[]) =>
    setOpen((known) => [...new Set([...known, ...fields.map(sectionOf).filter(Boolean)])]);
  const save = useMutation({
    mutationFn: (values: QueueSettings) => saveQueue(queue.id, values),
    onSuccess: (after) => {
      client.setQueryData<Queue[]>(keys.queues, (all) =>
        all?.map((one) => (one.id === after.id ? after : one)),
      );
      form.setInitialValues(settingsOf(after));
      form.reset();
      toast(t("common.saved"));
    },
    onError: (error) => {
      const field = error instanceof ApiError ? error.problem.field : "";
      form.setFieldError(sectionOf(field) ? field : "name", problemText(error));
      show([field]);
    },
  });
  return (
    <SettingsPage
      title={queue.name}
      text={t(queue.is_open ? "queue.open_now" : "queue.closed_now")}
    >
      <Link to="/settings/queues">{t("queue.back")}</Link>
      <form
        noValidate
        onSubmit={form.onSubmit(
          (values) => save.mutate(values),
          (faults) => show(Object.keys(faults)),
        )}
      >
        <Stack gap="md">
          <Card>
            <TextInput label={t("queue.name")} required {...form.getInputProps("name")} />
            <Switch
              label={t("queue.pause")}
              description={t("queue.pause_help")}
              {...form.getInputProps("is_paused", { type: "checkbox" })}
            />
          </Card>
          <Accordion multiple variant="contained" value={open} onChange={setOpen}>
            <PeopleSection form={form} />
            <EntrySection queueId={queue.id} />
            <StrategySection form={form} />
            <SkillsSection form={form} />
            <OfferSection form={form} />
            <PrioritySection form={form} />
            <HoursSection form={form} queueId={queue.id} />
            <OverflowSection form={form} queueId={queue.id} />
            <SlaSection form={form} queueId={queue.id} />
            <WaitingSection form={form} />
            <WrapUpSection form={form} />
            <ScriptSection form={form} />
            <AlertsSection form={form} />
          </Accordion>
          <div className={css.bar}>
            <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
              {t("common.save")}
            </Button>
            {form.isDirty() && (
              <Button variant="default" onClick={form.reset}>
                {t("queue.discard")}
              </Button>
            )}
            <span className={css.soft} role="status">
              {form.isDirty() ? t("queue.unsaved") : ""}
            </span>
          </div>
        </Stack>
      </form>
      <Removal queue={queue} />
    </SettingsPage>
  );
}

function Removal({ queue }: { queue: Queue }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const refresh = () => void client.invalidateQueries({ queryKey: keys.queues });
  const remove = useMutation({
    mutationFn: () => deleteQueue(queue.id),
    onSuccess: () => {
      void navigate({ to: "/settings/queues" });
      refresh();
      toastUndo(t("queue.deleted", { name: queue.name }), () => {
        restoreQueue(queue.id).then(refresh).catch(toastProblem);
      });
    },
    onError: toastProblem,
  });
  return (
    <Group>
      <Button
        variant="default"
        leftSection={<Trash2 size={15} />}
        loading={remove.isPending}
        onClick={() => remove.mutate()}
      >
        {t("queue.delete")}
      </Button>
      <span className={css.soft}>{t("queue.delete_help")}</span>
    </Group>
  );
}
