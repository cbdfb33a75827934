import { Button, Select, Stack, TextInput } from "@mantine/core";
import { DateTimePicker } from "@mantine/dates";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { agentsQuery } from "@/api/queries";
import { presetsAt } from "@/inbox/header/snooze";
import { useMe } from "@/shell/session";
import { soonTime } from "@/ui/time";
import { problemText } from "@/ui/toast";

interface Props {
  conversationId?: string;
  contactId?: string;
  onMade?: () => void;
}

const OWN = "own";

/** What, until when, by whom; the text alone is enough. */
export function NewTask({ conversationId = "", contactId = "", onMade }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const agents = (useQuery(agentsQuery).data ?? []).filter(({ is_active }) => is_active);
  const [text, setText] = useState("");
  const [due, setDue] = useState<string | null>(null);
  const [own, setOwn] = useState<string | null>(null);
  const [assignee, setAssignee] = useState<string | null>(me.agent_id);
  const now = Date.now();
  const presets = presetsAt(now);
  const dueAt = due === OWN ? (own ? Date.parse(own) : 0) : Number(due ?? 0);
  const make = useMutation({
    mutationFn: () =>
      need(
        api.POST("/api/v1/tasks", {
          body: {
            text,
            assignee_id: assignee ?? "",
            conversation_id: conversationId,
            contact_id: conversationId ? "" : contactId,
            due_at: dueAt,
            remind_at: 0,
          },
        }),
      ),
    onSuccess: () => {
      setText("");
      setDue(null);
      setOwn(null);
      void client.invalidateQueries({ queryKey: keys.tasks });
      onMade?.();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) make.mutate();
      }}
    >
      <Stack gap={6}>
        <TextInput
          size="xs"
          aria-label={t("tasks.what")}
          placeholder={t("tasks.what")}
          value={text}
          maxLength={2000}
          error={make.isError ? problemText(make.error) : undefined}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        {text && (
          <>
            <Select
              size="xs"
              aria-label={t("tasks.due")}
              placeholder={t("tasks.due")}
              clearable
              value={due}
              onChange={setDue}
              data={[
                ...presets.map(([preset, at]) => ({
                  value: String(at),
                  label: `${t(`tasks.due_${preset}`)} · ${soonTime(at, now)}`,
                })),
                { value: OWN, label: t("tasks.due_own") },
              ]}
            />
            <Select
              size="xs"
              aria-label={t("tasks.assignee")}
              placeholder={t("tasks.nobody")}
              clearable
              searchable
              value={assignee}
              onChange={setAssignee}
              data={agents.map(({ id, name }) => ({ value: id, label: name }))}
            />
            {due === OWN && (
              <DateTimePicker
                size="xs"
                aria-label={t("tasks.due_own")}
                value={own}
                minDate={new Date()}
                onChange={setOwn}
              />
            )}
            <Button type="submit" size="compact-sm" loading={make.isPending}>
              {t("tasks.add")}
            </Button>
          </>
        )}
      </Stack>
    </form>
  );
}
