import { Button, Group } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { Inbox } from "@/api/types";
import { Ask } from "@/ui/ask";
import { toastProblem } from "@/ui/toast";
import { Card } from "../page";

/** Pause and resume; deleting asks, because it cannot be undone. */
export function Danger({ inbox }: { inbox: Inbox }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const params = { path: { inbox_id: inbox.id } };
  const refresh = () => void client.invalidateQueries({ queryKey: keys.inboxes });
  const pause = useMutation({
    mutationFn: () =>
      need(
        api.PATCH("/api/v1/inboxes/{inbox_id}", { params, body: { is_paused: !inbox.is_paused } }),
      ),
    onSuccess: refresh,
    onError: toastProblem,
  });
  const remove = useMutation({
    mutationFn: () => need(api.DELETE("/api/v1/inboxes/{inbox_id}", { params })),
    onSuccess: () => {
      refresh();
      void navigate({ to: "/settings/inboxes" });
    },
    onError: toastProblem,
  });
  return (
    <Card title={t("inboxes.more")}>
      <Group>
        <Button variant="default" loading={pause.isPending} onClick={() => pause.mutate()}>
          {t(inbox.is_paused ? "inboxes.resume" : "inboxes.pause")}
        </Button>
        <Button variant="default" color="red" onClick={() => setAsking(true)}>
          {t("inboxes.delete")}
        </Button>
      </Group>
      <Ask
        isOpen={isAsking}
        title={t("inboxes.delete_title", { name: inbox.name })}
        text={t("inboxes.delete_text")}
        yes={t("inboxes.delete")}
        isBusy={remove.isPending}
        onYes={() => remove.mutate()}
        onClose={() => setAsking(false)}
      />
    </Card>
  );
}
