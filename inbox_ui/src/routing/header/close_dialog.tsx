import { Button, Modal, Radio, Stack } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation, Queue } from "@/api/types";
import { changeConversation } from "@/inbox/change";
import { queuesQuery } from "@/routing/queries";
import { openDialog, useUi } from "@/shell/ui_state";
import { problemText } from "@/ui/toast";
import { saveOutcome } from "./commands";
import { FormFields, missingOf } from "./form_fields";
import css from "./header.module.css";

/** Closing where the queue wants to know how it ended. */
export function CloseDialog({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const isOpen = useUi((state) => state.dialog === "close");
  const queues = useQuery(queuesQuery).data ?? [];
  const queue = queues.find(({ id }) => id === conversation.routing?.queue_id);
  return (
    <Modal
      opened={isOpen && queue !== undefined}
      onClose={() => openDialog(undefined)}
      title={t("wrap.close_title")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {isOpen && queue && <Form conversation={conversation} queue={queue} />}
    </Modal>
  );
}

function Form({ conversation, queue }: { conversation: Conversation; queue: Queue }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [disposition, setDisposition] = useState(conversation.disposition);
  const [form, setForm] = useState<Record<string, string>>(conversation.form);
  const [isAsked, setAsked] = useState(false);
  const isOutcomeMissing = queue.is_disposition_required && !disposition;
  const faults = missingOf(queue.form, form, t("common.needed"));
  const close = useMutation({
    mutationFn: () => saveOutcome(client, conversation.id, { disposition, form }, false),
    onSuccess: () => {
      openDialog(undefined);
      changeConversation(client, conversation, { state: "closed" }, t("toast.closed"));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (!isOutcomeMissing && Object.keys(faults).length === 0) close.mutate();
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        {queue.dispositions.length > 0 && (
          <Radio.Group
            label={t("wrap.outcome")}
            withAsterisk={queue.is_disposition_required}
            value={disposition}
            onChange={setDisposition}
            error={isAsked && isOutcomeMissing && t("wrap.choose_outcome")}
          >
            <Stack gap={6} mt={6}>
              {queue.dispositions.map(({ id, name }, index) => (
                <Radio key={id} value={id} label={name} data-autofocus={index === 0 || undefined} />
              ))}
            </Stack>
          </Radio.Group>
        )}
        <FormFields
          fields={queue.form}
          answers={form}
          faults={isAsked ? faults : {}}
          onChange={setForm}
        />
        {close.error && (
          <p className={css.fault} role="alert">
            {problemText(close.error)}
          </p>
        )}
        <Button type="submit" loading={close.isPending}>
          {t("actions.close")}
        </Button>
      </Stack>
    </form>
  );
}
