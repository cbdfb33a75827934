import { Switch } from "@mantine/core";
import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { inboxesQuery, inboxQuery } from "@/api/queries";
import type { Inbox } from "@/api/types";
import { queuesQuery } from "@/routing/queries";
import { toast, toastProblem } from "@/ui/toast";
import css from "../routing.module.css";
import { setEntryQueue } from "./entry";
import { Section } from "./section";

/** Which inboxes' new conversations come here; kept at once, as it belongs to the inboxes. */
export function EntrySection({ queueId }: { queueId: string }) {
  const { t } = useTranslation();
  const inboxes = useQuery(inboxesQuery).data ?? [];
  const settings = useQueries({ queries: inboxes.map(({ id }) => inboxQuery(id)) });
  const queueOf = (index: number) => settings[index]?.data?.entry_queue_id ?? "";
  const names = inboxes.filter((_, index) => queueOf(index) === queueId).map(({ name }) => name);
  return (
    <Section
      name="entry"
      title={t("queue.entry")}
      summary={names.join(", ") || t("queue.entry_none")}
    >
      <p className={css.soft}>{t("queue.entry_help")}</p>
      {inboxes.map((inbox, index) => (
        <EntrySwitch key={inbox.id} inbox={inbox} queueId={queueId} current={queueOf(index)} />
      ))}
      {inboxes.length === 0 && <p className={css.soft}>{t("queue.no_inboxes")}</p>}
    </Section>
  );
}

interface Props {
  inbox: Inbox;
  queueId: string;
  current: string;
}

function EntrySwitch({ inbox, queueId, current }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const other = (useQuery(queuesQuery).data ?? []).find(
    ({ id }) => id === current && id !== queueId,
  );
  const save = useMutation({
    mutationFn: (isIn: boolean) => setEntryQueue(client, inbox.id, isIn ? queueId : ""),
    onSuccess: () => toast(t("common.saved")),
    onError: toastProblem,
  });
  return (
    <Switch
      label={inbox.name}
      description={other && t("queue.entry_elsewhere", { name: other.name })}
      disabled={save.isPending}
      checked={current === queueId}
      onChange={(event) => save.mutate(event.currentTarget.checked)}
    />
  );
}
