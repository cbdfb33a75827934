import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Copy, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { ApiError, problemOf } from "@/api/errors";
import { keys } from "@/api/keys";
import type { Schedule, ScheduleSettings } from "@/api/types";
import { schedulesQuery } from "@/routing/queries";
import { Fault, Waiting } from "@/ui/fault";
import { problemText, toast, toastProblem, toastUndo } from "@/ui/toast";
import { Card, SettingsPage } from "../../page";
import css from "../routing.module.css";
import { badSpans, DAYS, type Day, dayText, settingsOf } from "./clock_text";
import { countries } from "./countries";
import { Exceptions } from "./exceptions";
import { NextHolidays } from "./next_holidays";
import { OpenState } from "./open_state";
import { Spans } from "./spans";

export function HoursEditorPage() {
  const { scheduleId = "" } = useParams({ strict: false });
  const query = useQuery(schedulesQuery);
  const schedule = query.data?.find(({ id }) => id === scheduleId);
  if (schedule) return <Editor key={scheduleId} schedule={schedule} />;
  return (
    <Stack p="xl">
      {query.data ? <Fault error={problemOf(404, null)} /> : <Waiting query={query} />}
    </Stack>
  );
}

const WORKDAYS: Day[] = ["tue", "wed", "thu", "fri"];

/** The week, the holidays and the exceptions of one schedule. */
function Editor({ schedule }: { schedule: Schedule }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const form = useForm<ScheduleSettings>({ initialValues: settingsOf(schedule) });
  const { week, time_zone } = form.values;
  const bad = badSpans(form.values);
  const setWeek = (change: Partial<ScheduleSettings["week"]>) =>
    form.setFieldValue("week", { ...week, ...change } as ScheduleSettings["week"]);
  const save = useMutation({
    mutationFn: (body: ScheduleSettings) =>
      need(
        api.PUT("/api/v1/schedules/{schedule_id}", {
          params: { path: { schedule_id: schedule.id } },
          body,
        }),
      ),
    onSuccess: (after) => {
      client.setQueryData<Schedule[]>(keys.schedules, (all) =>
        all?.map((one) => (one.id === after.id ? after : one)),
      );
      form.setInitialValues(settingsOf(after));
      form.reset();
      toast(t("common.saved"));
    },
    onError: (error) => {
      const field = error instanceof ApiError ? error.problem.field : "";
      form.setFieldError(field in form.values ? field : "name", problemText(error));
    },
  });
  const zones = [...new Set([time_zone, "UTC", ...Intl.supportedValuesOf("timeZone")])];
  return (
    <SettingsPage title={schedule.name} action={<OpenState schedule={schedule} />}>
      <Link to="/settings/hours">{t("hours.back")}</Link>
      <form
        noValidate
        onSubmit={form.onSubmit((values) => {
          if (bad.length === 0) save.mutate(values);
        })}
      >
        <Stack gap="md">
          <Card>
            <TextInput label={t("hours.name")} required {...form.getInputProps("name")} />
            <Select
              label={t("workspace.time_zone")}
              searchable
              allowDeselect={false}
              data={zones}
              limit={60}
              {...form.getInputProps("time_zone")}
            />
          </Card>
          <Card title={t("hours.week")}>
            <div>
              {DAYS.map((day) => (
                <div key={day} className={css.day}>
                  <b>{dayText(day)}</b>
                  <Spans
                    name={dayText(day)}
                    spans={week[day] ?? []}
                    isBad={bad.includes(day)}
                    onChange={(spans) => setWeek({ [day]: spans })}
                  />
                </div>
              ))}
            </div>
            <Button
              variant="default"
              size="xs"
              style={{ alignSelf: "flex-start" }}
              leftSection={<Copy size={14} />}
              onClick={() =>
                setWeek(Object.fromEntries(WORKDAYS.map((day) => [day, week.mon ?? []])))
              }
            >
              {t("hours.copy_monday")}
            </Button>
          </Card>
          <Card title={t("hours.holidays")}>
            <Select
              label={t("hours.country")}
              description={t("hours.country_help")}
              placeholder={t("hours.no_country")}
              clearable
              searchable
              error={form.errors.holidays_country}
              value={form.values.holidays_country || null}
              data={countries(i18n.language)}
              onChange={(code) => {
                form.setFieldValue("holidays_country", code ?? "");
                form.setFieldValue("holidays_region", "");
              }}
            />
            {form.values.holidays_country && (
              <TextInput
                label={t("hours.region")}
                description={t("hours.region_help")}
                {...form.getInputProps("holidays_region")}
              />
            )}
            <NextHolidays
              holidays={schedule.next_holidays}
              isOld={form.values.holidays_country !== schedule.holidays_country}
            />
          </Card>
          <Card title={t("hours.exceptions")}>
            <Exceptions
              dates={form.values.dates}
              bad={bad}
              onChange={(dates) => form.setFieldValue("dates", dates)}
            />
          </Card>
          <div className={css.bar}>
            <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
              {t("common.save")}
            </Button>
            <span className={css.soft} role="status">
              {form.isDirty() ? t("queue.unsaved") : ""}
            </span>
          </div>
        </Stack>
      </form>
      <Removal schedule={schedule} />
    </SettingsPage>
  );
}

function Removal({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const refresh = () => void client.invalidateQueries({ queryKey: keys.schedules });
  const remove = useMutation({
    mutationFn: () =>
      need(
        api.DELETE("/api/v1/schedules/{schedule_id}", {
          params: { path: { schedule_id: schedule.id } },
        }),
      ),
    onSuccess: () => {
      void navigate({ to: "/settings/hours" });
      refresh();
      toastUndo(t("hours.deleted", { name: schedule.name }), () => {
        need(api.POST("/api/v1/schedules", { body: settingsOf(schedule) }))
          .then(refresh)
          .catch(toastProblem);
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
        {t("hours.delete")}
      </Button>
    </Group>
  );
}
