import { Badge, Button, Menu, Modal, Stack } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Ellipsis, UserPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { agentsQuery } from "@/api/queries";
import type { Agent, Invite } from "@/api/types";
import { useMe } from "@/shell/session";
import { Avatar } from "@/ui/avatar";
import { CopyText } from "@/ui/copy";
import { Waiting } from "@/ui/fault";
import { toastProblem, toastUndo } from "@/ui/toast";
import { SettingsPage } from "../page";
import css from "../settings.module.css";
import { PersonForm } from "./person_form";

type Dialog =
  | { kind: "invite" }
  | { kind: "edit"; agent: Agent }
  | { kind: "link"; invite: Invite };

/** Who works here, and with which rights. */
export function PeoplePage() {
  const { t } = useTranslation();
  const query = useQuery(agentsQuery);
  const agents = query.data ?? [];
  const [dialog, setDialog] = useState<Dialog>();
  const client = useQueryClient();
  const close = () => setDialog(undefined);
  const onInvited = (invite: Invite) => {
    void client.invalidateQueries({ queryKey: keys.agents });
    setDialog({ kind: "link", invite });
  };
  return (
    <SettingsPage
      title={t("settings.people")}
      text={t("people.text")}
      action={
        <Button leftSection={<UserPlus size={16} />} onClick={() => setDialog({ kind: "invite" })}>
          {t("people.invite")}
        </Button>
      }
    >
      <Waiting query={query} />
      {agents.length > 0 && (
        <ul className={css.rows}>
          {agents.map((agent) => (
            <Person
              key={agent.id}
              agent={agent}
              onEdit={() => setDialog({ kind: "edit", agent })}
              onLink={onInvited}
            />
          ))}
        </ul>
      )}
      <Modal
        opened={dialog !== undefined}
        onClose={close}
        title={t(dialog?.kind === "edit" ? "people.edit" : "people.invite")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        {dialog?.kind === "invite" && <PersonForm onInvited={onInvited} onSaved={close} />}
        {dialog?.kind === "edit" && (
          <PersonForm agent={dialog.agent} onInvited={onInvited} onSaved={close} />
        )}
        {dialog?.kind === "link" && (
          <Stack>
            <p className={css.text}>{t("people.link_text", { name: dialog.invite.agent.name })}</p>
            <CopyText text={dialog.invite.link} label={t("people.link")} />
          </Stack>
        )}
      </Modal>
    </SettingsPage>
  );
}

interface PersonProps {
  agent: Agent;
  onEdit: () => void;
  onLink: (invite: Invite) => void;
}

function Person({ agent, onEdit, onLink }: PersonProps) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const params = { path: { agent_id: agent.id } };
  const renew = useMutation({
    mutationFn: () => need(api.POST("/api/v1/agents/{agent_id}/invitation", { params })),
    onSuccess: onLink,
    onError: toastProblem,
  });
  const activate = useMutation({
    mutationFn: (is_active: boolean) =>
      need(api.PATCH("/api/v1/agents/{agent_id}", { params, body: { is_active } })),
    onSuccess: (after) => {
      void client.invalidateQueries({ queryKey: keys.agents });
      if (!after.is_active) {
        toastUndo(t("people.deactivated", { name: after.name }), () => activate.mutate(true));
      }
    },
    onError: toastProblem,
  });
  return (
    <li className={css.tight}>
      <Avatar name={agent.name} size={32} isOnline={agent.is_online} />
      <div className={css.main}>
        <span className={css.grow}>
          {agent.name}
          <small>{agent.email}</small>
        </span>
        {!agent.has_joined && agent.is_active && (
          <Badge variant="default">{t("people.invited")}</Badge>
        )}
        {!agent.is_active && <Badge variant="default">{t("people.inactive")}</Badge>}
        <span>{t(`role.${agent.role}`)}</span>
      </div>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button
            variant="subtle"
            color="gray"
            size="compact-md"
            aria-label={t("people.actions", { name: agent.name })}
          >
            <Ellipsis size={16} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={onEdit}>{t("people.edit")}</Menu.Item>
          {!agent.has_joined && agent.is_active && (
            <Menu.Item onClick={() => renew.mutate()}>{t("people.renew")}</Menu.Item>
          )}
          {agent.id !== me.agent_id && (
            <Menu.Item onClick={() => activate.mutate(!agent.is_active)}>
              {t(agent.is_active ? "people.deactivate" : "people.activate")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}
