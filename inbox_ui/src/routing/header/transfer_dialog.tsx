import { Button, Modal, Stack, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { openDialog, useUi } from "@/shell/ui_state";
import { problemText, toast } from "@/ui/toast";
import { invite, type Target, transfer } from "./commands";
import css from "./header.module.css";
import { TargetList } from "./target_list";
import { useTargets } from "./targets";

/** Passing a conversation on, and asking a colleague in. */
export function TransferDialogs({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const dialog = useUi((state) => state.dialog);
  const isOpen = dialog === "transfer" || dialog === "invite";
  return (
    <Modal
      opened={isOpen}
      onClose={() => openDialog(undefined)}
      title={t(dialog === "invite" ? "actions.invite" : "actions.transfer")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {isOpen && <Form conversation={conversation} isInvite={dialog === "invite"} />}
    </Modal>
  );
}

interface Chosen {
  target: Target;
  name: string;
}

function Form({ conversation, isInvite }: { conversation: Conversation; isInvite: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [chosen, setChosen] = useState<Chosen>();
  const [note, setNote] = useState("");
  const noteField = useRef<HTMLTextAreaElement>(null);
  const all = useTargets({
    agentId: conversation.assignee_id,
    ...(conversation.routing?.state ? { queueId: conversation.routing.queue_id } : {}),
  });
  const targets = isInvite ? { agents: all.agents, teams: [], queues: [] } : all;
  const run = useMutation({
    mutationFn: ({ target }: Chosen) =>
      isInvite
        ? invite(client, conversation, target.id, note.trim())
        : transfer(client, conversation, target, note.trim()),
    onSuccess: (_, { name }) => {
      openDialog(undefined);
      toast(t(isInvite ? "toast.invited" : "toast.transferred", { name }));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (chosen) run.mutate(chosen);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TargetList
          targets={targets}
          label={t(isInvite ? "transfer.whom" : "transfer.where")}
          chosen={chosen?.target}
          hasInbox={!isInvite && conversation.routing !== null}
          onChoose={(target, name) => {
            setChosen({ target, name });
            noteField.current?.focus();
          }}
          onLeave={() => openDialog(undefined)}
        />
        <Textarea
          ref={noteField}
          label={t("transfer.note")}
          description={t("transfer.note_help")}
          autosize
          minRows={2}
          maxRows={6}
          disabled={chosen?.target.kind === "inbox"}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
          }}
        />
        {run.error && (
          <p className={css.fault} role="alert">
            {problemText(run.error)}
          </p>
        )}
        <Button type="submit" disabled={!chosen} loading={run.isPending}>
          {chosen
            ? t(isInvite ? "transfer.invite_to" : "transfer.to", { name: chosen.name })
            : t(isInvite ? "actions.invite" : "actions.transfer")}
        </Button>
      </Stack>
    </form>
  );
}
