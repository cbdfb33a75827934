import { Stack } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import type { Conversation, ConversationDetail, Queue } from "@/api/types";
import panel from "@/inbox/panel/panel.module.css";
import { saveOutcome } from "@/routing/header/commands";
import { FormFields } from "@/routing/header/form_fields";
import css from "@/routing/header/header.module.css";
import { queuesQuery } from "@/routing/queries";
import { toastProblem } from "@/ui/toast";

/** What the queue wants said and asked; answers are kept when a field is left. */
export function ScriptAndForm({ conversationId }: { conversationId: string }) {
  const detail = useQuery<ConversationDetail>({
    queryKey: keys.detail(conversationId),
    enabled: false,
  }).data;
  const queues = useQuery(queuesQuery).data ?? [];
  const queue = queues.find(({ id }) => id === detail?.conversation.routing?.queue_id);
  if (!detail || !queue || (!queue.script && queue.form.length === 0)) return null;
  return <Card key={conversationId} conversation={detail.conversation} queue={queue} />;
}

function Card({ conversation, queue }: { conversation: Conversation; queue: Queue }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [typed, setTyped] = useState<Record<string, string>>();
  const save = useMutation({
    mutationFn: (form: Record<string, string>) => {
      const { disposition } = conversation;
      return saveOutcome(client, conversation.id, { disposition, form }, false);
    },
    onSuccess: () => setTyped(undefined),
    onError: toastProblem,
  });
  const leave = (answers: Record<string, string>) => {
    const isNew = queue.form.some(
      ({ key }) => (answers[key] ?? "") !== (conversation.form[key] ?? ""),
    );
    if (isNew) save.mutate(answers);
  };
  return (
    <section>
      <h2 className={panel.title}>
        {queue.name}
        <small role="status">{save.isPending ? t("common.saving") : ""}</small>
      </h2>
      <Stack gap="xs">
        {queue.script && <p className={css.script}>{queue.script}</p>}
        <FormFields
          size="xs"
          fields={queue.form}
          answers={{ ...conversation.form, ...typed }}
          onChange={setTyped}
          onLeave={leave}
        />
      </Stack>
    </section>
  );
}
