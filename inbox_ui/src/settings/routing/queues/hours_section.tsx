import { Anchor, Select, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { QueueSettings } from "@/api/types";
import { queuesQuery, schedulesQuery } from "@/routing/queries";
import { OpenState } from "../hours/open_state";
import css from "../routing.module.css";
import { Section } from "./section";
import type { QueueForm } from "./values";

type Outside = QueueSettings["outside"];

/** When it is open, and what happens to who comes outside of that. */
export function HoursSection({ form, queueId }: { form: QueueForm; queueId: string }) {
  const { t } = useTranslation();
  const schedules = useQuery(schedulesQuery).data ?? [];
  const queues = (useQuery(queuesQuery).data ?? []).filter(({ id }) => id !== queueId);
  const { schedule_id, outside } = form.values;
  const schedule = schedules.find(({ id }) => id === schedule_id);
  const set = (change: Partial<Outside>) =>
    form.setFieldValue("outside", { ...outside, ...change });
  return (
    <Section
      name="hours"
      title={t("queue.hours")}
      summary={schedule?.name ?? t("queue.always_open")}
    >
      <Select
        label={t("queue.hours_label")}
        description={schedule && <OpenState schedule={schedule} />}
        allowDeselect={false}
        data={[
          { value: "", label: t("queue.always_open") },
          ...schedules.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        {...form.getInputProps("schedule_id")}
      />
      {schedules.length === 0 && (
        <p className={css.soft}>
          {t("queue.no_hours")}{" "}
          <Anchor component={Link} to="/settings/hours">
            {t("hours.add_first")}
          </Anchor>
        </p>
      )}
      {schedule_id && (
        <>
          <Select
            label={t("queue.outside")}
            allowDeselect={false}
            value={outside.action}
            data={(["wait", "queue", "inbox"] as const).map((value) => ({
              value,
              label: t(`queue.outside_${value}`),
            }))}
            onChange={(action) => set({ action: (action ?? "wait") as Outside["action"] })}
          />
          {outside.action === "queue" && (
            <Select
              label={t("queue.to_queue")}
              withAsterisk
              error={form.errors["outside.queue_id"]}
              value={outside.queue_id || null}
              data={queues.map(({ id, name }) => ({ value: id, label: name }))}
              onChange={(queue_id) => set({ queue_id: queue_id ?? "" })}
            />
          )}
          <Textarea
            label={t("queue.outside_text")}
            description={t("queue.outside_text_help")}
            placeholder={t("queue.outside_text_example")}
            autosize
            minRows={2}
            maxLength={1000}
            value={outside.text}
            onChange={(event) => set({ text: event.currentTarget.value })}
          />
        </>
      )}
    </Section>
  );
}
