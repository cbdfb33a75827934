import { ActionIcon, Button, Modal, MultiSelect, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, Plus, Trash2, Users } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { agentsQuery } from "@/api/queries";
import type { Team } from "@/api/types";
import { teamsQuery } from "@/routing/queries";
import { useCan } from "@/shell/session";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { problemText, toastProblem, toastUndo } from "@/ui/toast";
import { SettingsPage } from "../page";
import css from "../settings.module.css";

type Values = Pick<Team, "name" | "agent_ids">;

const create = (body: Values) => need(api.POST("/api/v1/teams", { body }));

/** Groups of people who enter queues, and are transferred to, as one. */
export function TeamsPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const canEdit = useCan("queue:write");
  const query = useQuery(teamsQuery);
  const agents = useQuery(agentsQuery).data ?? [];
  const [edited, setEdited] = useState<Team | "new">();
  const refresh = () => void client.invalidateQueries({ queryKey: keys.teams });
  const remove = useMutation({
    mutationFn: ({ id }: Team) =>
      need(api.DELETE("/api/v1/teams/{team_id}", { params: { path: { team_id: id } } })),
    onSuccess: (_, { name, agent_ids }) => {
      refresh();
      const undo = () => void create({ name, agent_ids }).then(refresh).catch(toastProblem);
      toastUndo(t("team.deleted", { name }), undo);
    },
    onError: toastProblem,
  });
  const names = (ids: string[]) =>
    agents
      .filter(({ id }) => ids.includes(id))
      .map(({ name }) => name)
      .join(", ");
  const add = canEdit && (
    <Button leftSection={<Plus size={16} />} onClick={() => setEdited("new")}>
      {t("team.add")}
    </Button>
  );
  const isEmpty = query.data?.length === 0;
  return (
    <SettingsPage title={t("settings.teams")} text={t("team.text")} action={!isEmpty && add}>
      <Waiting query={query} />
      {isEmpty && (
        <Empty title={t("team.none")} text={t("team.none_text")}>
          {add}
        </Empty>
      )}
      {query.data && query.data.length > 0 && (
        <ul className={css.rows} aria-label={t("settings.teams")}>
          {query.data.map((team) => (
            <li key={team.id} className={css.tight}>
              <Users size={18} aria-hidden="true" />
              <span className={css.grow}>
                {team.name}
                <small>{names(team.agent_ids) || t("team.nobody")}</small>
              </span>
              {canEdit && (
                <>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="lg"
                    aria-label={t("common.edit", { name: team.name })}
                    onClick={() => setEdited(team)}
                  >
                    <Pencil size={15} />
                  </ActionIcon>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="lg"
                    aria-label={t("common.delete", { name: team.name })}
                    onClick={() => remove.mutate(team)}
                  >
                    <Trash2 size={15} />
                  </ActionIcon>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      <Modal
        opened={edited !== undefined}
        onClose={() => setEdited(undefined)}
        title={t(edited === "new" ? "team.add" : "team.edit")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        {edited && (
          <TeamForm
            team={edited === "new" ? undefined : edited}
            onSaved={() => {
              setEdited(undefined);
              refresh();
            }}
          />
        )}
      </Modal>
    </SettingsPage>
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
