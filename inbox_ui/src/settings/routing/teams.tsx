import { Button, MultiSelect, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { agentsQuery } from "@/api/queries";
import type { Team } from "@/api/types";
import { teamsQuery } from "@/routing/queries";
import { useCan } from "@/shell/session";
import { problemText } from "@/ui/toast";
import { EditableList } from "../editable_list";
import css from "../settings.module.css";

type Values = Pick<Team, "name" | "agent_ids">;

const create = (body: Values) => need(api.POST("/api/v1/teams", { body }));

/** Groups of people who enter queues, and are transferred to, as one. */
export function TeamsPage() {
  const { t } = useTranslation();
  const agents = useQuery(agentsQuery).data ?? [];
  const names = (ids: string[]) =>
    agents
      .filter(({ id }) => ids.includes(id))
      .map(({ name }) => name)
      .join(", ");
  return (
    <EditableList
      title={t("settings.teams")}
      area="team"
      query={teamsQuery}
      canEdit={useCan("queue:write")}
      nameOf={({ name }) => name}
      remove={(team_id) =>
        need(api.DELETE("/api/v1/teams/{team_id}", { params: { path: { team_id } } }))
      }
      restore={({ name, agent_ids }) => create({ name, agent_ids })}
      row={({ name, agent_ids }) => (
        <>
          <Users size={18} aria-hidden="true" />
          <span className={css.grow}>
            {name}
            <small>{names(agent_ids) || t("team.nobody")}</small>
          </span>
        </>
      )}
      form={(team, onSaved) => <TeamForm team={team} onSaved={onSaved} />}
    />
  );
}

function TeamForm({ team, onSaved }: { team: Team | undefined; onSaved: () => void }) {
  const { t } = useTranslation();
  const agents = (useQuery(agentsQuery).data ?? []).filter(({ is_active }) => is_active);
  const form = useForm<Values>({
    initialValues: { name: team?.name ?? "", agent_ids: team?.agent_ids ?? [] },
    validate: { name: (name) => (name.trim() ? null : t("common.needed")) },
  });
  const save = useMutation({
    mutationFn: (body: Values) =>
      team
        ? need(api.PUT("/api/v1/teams/{team_id}", { params: { path: { team_id: team.id } }, body }))
        : create(body),
    onSuccess: onSaved,
    onError: (error) => form.setFieldError("name", problemText(error)),
  });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="sm">
        <TextInput label={t("team.name")} required data-autofocus {...form.getInputProps("name")} />
        <MultiSelect
          label={t("team.people")}
          searchable
          data={agents.map(({ id, name }) => ({ value: id, label: name }))}
          {...form.getInputProps("agent_ids")}
        />
        <Button type="submit" loading={save.isPending}>
          {t("common.save")}
        </Button>
      </Stack>
    </form>
  );
}
