import { Button, Select } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { Conversation, MyQueues } from "@/api/types";
import { useSecond } from "@/routing/clock";
import { myQueuesQuery, queuesQuery } from "@/routing/queries";
import { nameOf } from "@/ui/name";
import { stopwatch } from "@/ui/time";
import { toastProblem } from "@/ui/toast";
import { saveOutcome } from "./commands";
import css from "./header.module.css";

/** Work after the talk: what is left of its time, the outcome, and "done". */
export function WrapUpBar() {
  const desk = useQuery(myQueuesQuery).data?.desk;
  const now = useSecond();
  if (!desk?.wrap_up_conversation_id || desk.wrap_up_until <= now) return null;
  return <Bar id={desk.wrap_up_conversation_id} left={desk.wrap_up_until - now} />;
}

const wrapQuery = (id: string) => ({
  queryKey: [...keys.myQueues, "wrap-up", id],
  queryFn: async (): Promise<Conversation> => {
    const params = { path: { conversation_id: id } };
    return (await need(api.GET("/api/v1/conversations/{conversation_id}", { params })))
      .conversation;
  },
});

function Bar({ id, left }: { id: string; left: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const conversation = useQuery(wrapQuery(id)).data;
  const queues = useQuery(queuesQuery).data ?? [];
  const queue = queues.find((one) => one.id === conversation?.routing?.queue_id);
  const save = useMutation({
    mutationFn: ({ disposition, isDone }: { disposition: string; isDone: boolean }) =>
      saveOutcome(client, id, { disposition, form: conversation?.form ?? {} }, isDone),
    onSuccess: (_, { isDone }) => {
      if (isDone) endHere();
      void client.invalidateQueries({ queryKey: keys.myQueues });
    },
    onError: toastProblem,
  });
  const endHere = () =>
    client.setQueryData<MyQueues>(
      keys.myQueues,
      (known) => known && { ...known, desk: { ...known.desk, wrap_up_until: 0 } },
    );
  if (!conversation) return null;
  const isMissing = Boolean(queue?.is_disposition_required) && !conversation.disposition;
  return (
    <section className={css.wrap} aria-label={t("wrap.title")}>
      <b role="timer">{stopwatch(left)}</b>
      <span>
        {t("wrap.title")}:{" "}
        <Link to="/inbox/$view/$conversationId" params={{ view: "all", conversationId: id }}>
          {nameOf(conversation.contact, t)}
        </Link>
      </span>
      {queue && queue.dispositions.length > 0 && (
        <Select
          size="xs"
          aria-label={t("wrap.outcome")}
          placeholder={t("wrap.outcome")}
          value={conversation.disposition || null}
          data={queue.dispositions.map(({ id, name }) => ({ value: id, label: name }))}
          error={isMissing}
          onChange={(value) => save.mutate({ disposition: value ?? "", isDone: false })}
        />
      )}
      <Button
        size="compact-sm"
        disabled={isMissing}
        loading={save.isPending}
        onClick={() => save.mutate({ disposition: conversation.disposition, isDone: true })}
      >
        {t("wrap.done")}
      </Button>
      {isMissing && <span>{t("wrap.choose_outcome")}</span>}
    </section>
  );
}
