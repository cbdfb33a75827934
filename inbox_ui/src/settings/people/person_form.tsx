import { Button, MultiSelect, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { ApiError } from "@/api/errors";
import { keys } from "@/api/keys";
import { inboxesQuery } from "@/api/queries";
import type { Agent, Invite, Role } from "@/api/types";
import { problemText } from "@/ui/toast";

interface Props {
  /** Without: invite somebody new. */
  agent?: Agent;
  onInvited: (invite: Invite) => void;
  onSaved: () => void;
}

const ROLES: Role[] = ["agent", "supervisor", "admin"];

export function PersonForm({ agent, onInvited, onSaved }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const inboxes = useQuery(inboxesQuery).data ?? [];
  const form = useForm({
    initialValues: {
      name: agent?.name ?? "",
      email: agent?.email ?? "",
      role: agent?.role ?? ("agent" as Role),
      homes: agent?.homes ?? [],
    },
  });
  const save = useMutation({
    mutationFn: async ({ name, email, role, homes: chosen }: typeof form.values) => {
      // None chosen means all; admins and supervisors see all anyway.
      const homes = role === "agent" && chosen.length > 0 ? chosen : null;
      if (!agent) return need(api.POST("/api/v1/agents", { body: { name, email, role, homes } }));
      const params = { path: { agent_id: agent.id } };
      await need(api.PATCH("/api/v1/agents/{agent_id}", { params, body: { name, role, homes } }));
      return undefined;
    },
    onSuccess: (invite) => {
      void client.invalidateQueries({ queryKey: keys.agents });
      if (invite) onInvited(invite);
      else onSaved();
    },
    onError: (error) => {
      const field = error instanceof ApiError ? error.problem.field : "";
      form.setFieldError(field in form.values ? field : "email", problemText(error));
    },
  });
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="sm">
        <TextInput label={t("auth.name")} required data-autofocus {...form.getInputProps("name")} />
        <TextInput
          label={t("auth.email")}
          type="email"
          required
          disabled={agent !== undefined}
          {...form.getInputProps("email")}
        />
        <Select
          label={t("people.role")}
          description={t(`role.${form.values.role}_text`)}
          allowDeselect={false}
          data={ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))}
          {...form.getInputProps("role")}
        />
        {form.values.role === "agent" && (
          <MultiSelect
            label={t("people.homes")}
            description={t("people.homes_text")}
            placeholder={form.values.homes.length === 0 ? t("people.all_inboxes") : ""}
            data={inboxes.map(({ id, name }) => ({ value: id, label: name }))}
            {...form.getInputProps("homes")}
          />
        )}
        <Button type="submit" loading={save.isPending}>
          {t(agent ? "common.save" : "people.invite")}
        </Button>
      </Stack>
    </form>
  );
}
