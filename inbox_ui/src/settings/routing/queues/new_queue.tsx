import { Button, MultiSelect, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/errors";
import { keys } from "@/api/keys";
import { agentsQuery, inboxesQuery } from "@/api/queries";
import { schedulesQuery } from "@/routing/queries";
import { problemText, toast } from "@/ui/toast";
import { setEntryQueue } from "./entry";
import { createQueue, newQueue } from "./values";

interface Values {
  name: string;
  people: string[];
  inboxes: string[];
  schedule_id: string;
}

/** The few things without which a queue does nothing; all the rest has good defaults. */
export function NewQueue({ position }: { position: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const agents = (useQuery(agentsQuery).data ?? []).filter(({ is_active }) => is_active);
  const inboxes = useQuery(inboxesQuery).data ?? [];
  const schedules = useQuery(schedulesQuery).data ?? [];
  const form = useForm<Values>({
    initialValues: { name: "", people: [], inboxes: [], schedule_id: "" },
    validate: { name: (name) => (name.trim() ? null : t("common.needed")) },
  });
  const add = useMutation({
    mutationFn: async ({ name, people, inboxes: from, schedule_id }: Values) => {
      const members = people.map((agent_id) => ({ agent_id, tier: 1 }));
      const fresh = { ...newQueue(name.trim(), position), members, schedule_id };
      const queue = await createQueue(fresh);
      await Promise.all(from.map((id) => setEntryQueue(client, id, queue.id)));
      return queue;
    },
    onSuccess: (queue) => {
      void client.invalidateQueries({ queryKey: keys.queues });
      toast(t("queue.added", { name: queue.name }));
      void navigate({ to: "/settings/queues/$queueId", params: { queueId: queue.id } });
    },
    onError: (error) => {
      const field = error instanceof ApiError ? error.problem.field : "";
      form.setFieldError(field in form.values ? field : "name", problemText(error));
    },
  });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => add.mutate(values))}>
      <Stack gap="sm">
        <TextInput
          label={t("queue.name")}
          placeholder={t("queue.name_example")}
          required
          data-autofocus
          {...form.getInputProps("name")}
        />
        <MultiSelect
          label={t("queue.people")}
          description={t("queue.people_help")}
          searchable
          data={agents.map(({ id, name }) => ({ value: id, label: name }))}
          {...form.getInputProps("people")}
        />
        {inboxes.length > 0 && (
          <MultiSelect
            label={t("queue.entry")}
            description={t("queue.entry_help")}
            searchable
            data={inboxes.map(({ id, name }) => ({ value: id, label: name }))}
            {...form.getInputProps("inboxes")}
          />
        )}
        {schedules.length > 0 && (
          <Select
            label={t("queue.hours_label")}
            allowDeselect={false}
            data={[
              { value: "", label: t("queue.always_open") },
              ...schedules.map(({ id, name }) => ({ value: id, label: name })),
            ]}
            {...form.getInputProps("schedule_id")}
          />
        )}
        <Button type="submit" loading={add.isPending}>
          {t("queue.create")}
        </Button>
      </Stack>
    </form>
  );
}
