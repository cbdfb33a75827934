import { Badge, Button, Modal } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import type { Queue } from "@/api/types";
import { queuesQuery, teamsQuery } from "@/routing/queries";
import { useCan } from "@/shell/session";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { lengthOf } from "@/ui/time";
import { toastProblem } from "@/ui/toast";
import { SettingsPage } from "../../page";
import settings from "../../settings.module.css";
import { moved, OrderButtons, useDragOrder } from "../order";
import css from "../routing.module.css";
import { NewQueue } from "./new_queue";
import { saveQueue, settingsOf } from "./values";

/** All queues, in the order in which equal waits are served. */
export function QueueListPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const canEdit = useCan("queue:write");
  const query = useQuery(queuesQuery);
  const queues = [...(query.data ?? [])].sort((a, b) => a.position - b.position);
  const [isAdding, setAdding] = useState(false);
  const reorder = useMutation({
    mutationFn: (next: Queue[]) =>
      Promise.all(
        next
          .map((queue, position) => ({ queue, position }))
          .filter(({ queue, position }) => queue.position !== position)
          .map(({ queue, position }) => saveQueue(queue.id, { ...settingsOf(queue), position })),
      ),
    onMutate: (next) =>
      client.setQueryData<Queue[]>(
        keys.queues,
        next.map((queue, position) => ({ ...queue, position })),
      ),
    onError: toastProblem,
    onSettled: () => client.invalidateQueries({ queryKey: keys.queues }),
  });
  const move = (from: number, to: number) => reorder.mutate(moved(queues, from, to));
  const row = useDragOrder(move);
  const add = canEdit && (
    <Button leftSection={<Plus size={16} />} onClick={() => setAdding(true)}>
      {t("queue.add")}
    </Button>
  );
  const isEmpty = query.isSuccess && queues.length === 0;
  return (
    <SettingsPage title={t("settings.queues")} text={t("queue.text")} action={!isEmpty && add}>
      <Waiting query={query} />
      {isEmpty && (
        <Empty title={t("queue.none")} text={t("queue.none_text")}>
          {add}
        </Empty>
      )}
      {queues.length > 0 && (
        <ul className={`${settings.rows} ${css.rows}`} aria-label={t("settings.queues")}>
          {queues.map((queue, index) => (
            <li
              key={queue.id}
              className={settings.tight}
              {...(canEdit && queues.length > 1 ? row(index) : {})}
            >
              {canEdit && queues.length > 1 && (
                <OrderButtons name={queue.name} index={index} count={queues.length} onMove={move} />
              )}
              <QueueSummary queue={queue} />
            </li>
          ))}
        </ul>
      )}
      <Modal
        opened={isAdding}
        onClose={() => setAdding(false)}
        title={t("queue.add")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        <NewQueue position={queues.length} />
      </Modal>
    </SettingsPage>
  );
}

function QueueSummary({ queue }: { queue: Queue }) {
  const { t } = useTranslation();
  const teams = useQuery(teamsQuery).data ?? [];
  const people = new Set([
    ...queue.members.map(({ agent_id }) => agent_id),
    ...teams.filter(({ id }) => queue.team_ids.includes(id)).flatMap((team) => team.agent_ids),
  ]).size;
  const facts = [
    people ? t("queue.people_count", { count: people }) : t("queue.people_none"),
    t(`strategy.${queue.strategy}`),
    queue.sla.first_answer_s
      ? `${t("sla.first_answer_s_short")} ${lengthOf(queue.sla.first_answer_s)}`
      : "",
  ];
  const state = queue.is_paused ? "paused" : queue.is_open ? "open_now" : "closed_now";
  return (
    <div className={settings.main}>
      <span className={settings.grow}>
        <Link to="/settings/queues/$queueId" params={{ queueId: queue.id }}>
          {queue.name}
        </Link>
        <small>{facts.filter(Boolean).join(" · ")}</small>
      </span>
      <Badge variant="default">{t(`queue.${state}`)}</Badge>
    </div>
  );
}
