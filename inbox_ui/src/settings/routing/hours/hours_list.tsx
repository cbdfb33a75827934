import { Button, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Clock, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { workspaceQuery } from "@/api/queries";
import { schedulesQuery } from "@/routing/queries";
import { useCan } from "@/shell/session";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { problemText } from "@/ui/toast";
import { SettingsPage } from "../../page";
import css from "../../settings.module.css";
import { newSchedule } from "./clock_text";
import { OpenState } from "./open_state";

/** All hours of work, with whether they are open just now. */
export function HoursListPage() {
  const { t } = useTranslation();
  const canEdit = useCan("queue:write");
  const query = useQuery(schedulesQuery);
  const [isAdding, setAdding] = useState(false);
  const add = canEdit && (
    <Button leftSection={<Plus size={16} />} onClick={() => setAdding(true)}>
      {t("hours.add")}
    </Button>
  );
  const isEmpty = query.data?.length === 0;
  return (
    <SettingsPage title={t("settings.hours")} text={t("hours.text")} action={!isEmpty && add}>
      <Waiting query={query} />
      {isEmpty && (
        <Empty title={t("hours.none")} text={t("hours.none_text")}>
          {add}
        </Empty>
      )}
      {query.data && query.data.length > 0 && (
        <ul className={css.rows} aria-label={t("settings.hours")}>
          {query.data.map((schedule) => (
            <li key={schedule.id} className={css.tight}>
              <Clock size={18} aria-hidden="true" />
              <div className={css.main}>
                <span className={css.grow}>
                  <Link to="/settings/hours/$scheduleId" params={{ scheduleId: schedule.id }}>
                    {schedule.name}
                  </Link>
                  <small>{schedule.time_zone.replaceAll("_", " ")}</small>
                </span>
                <OpenState schedule={schedule} />
              </div>
            </li>
          ))}
        </ul>
      )}
      <Modal
        opened={isAdding}
        onClose={() => setAdding(false)}
        title={t("hours.add")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        <NewHours />
      </Modal>
    </SettingsPage>
  );
}

function NewHours() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({
    initialValues: { name: "" },
    validate: { name: (name) => (name.trim() ? null : t("common.needed")) },
  });
  const add = useMutation({
    mutationFn: async (name: string) => {
      const { time_zone } = await client.ensureQueryData(workspaceQuery);
      const isChosen = time_zone !== "UTC";
      const here = isChosen ? time_zone : Intl.DateTimeFormat().resolvedOptions().timeZone;
      return need(api.POST("/api/v1/schedules", { body: newSchedule(name.trim(), here) }));
    },
    onSuccess: ({ id }) => {
      void client.invalidateQueries({ queryKey: keys.schedules });
      void navigate({ to: "/settings/hours/$scheduleId", params: { scheduleId: id } });
    },
    onError: (error) => form.setFieldError("name", problemText(error)),
  });
  return (
    <form noValidate onSubmit={form.onSubmit(({ name }) => add.mutate(name))}>
      <Stack gap="sm">
        <TextInput
          label={t("hours.name")}
          description={t("hours.new_help")}
          placeholder={t("hours.name_example")}
          required
          data-autofocus
          {...form.getInputProps("name")}
        />
        <Button type="submit" loading={add.isPending}>
          {t("hours.create")}
        </Button>
      </Stack>
    </form>
  );
}
