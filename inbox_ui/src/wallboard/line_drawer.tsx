import { ActionIcon, Drawer, Menu } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Crown, Ellipsis, Flag } from "lucide-react";
import { useTranslation } from "react-i18next";
import { agentsQuery } from "@/api/queries";
import type { Queue, QueueLine } from "@/api/types";
import { PRIORITIES } from "@/inbox/priority";
import { useSecond } from "@/routing/clock";
import { takeOver } from "@/routing/header/commands";
import { useTargets } from "@/routing/header/targets";
import { lineQuery } from "@/routing/queries";
import { useCan } from "@/shell/session";
import { ChannelIcon } from "@/ui/channel_icon";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { nameOf } from "@/ui/name";
import { stopwatch } from "@/ui/time";
import { changeFromAfar, moveFromAfar } from "./commands";
import css from "./wallboard.module.css";

interface Props {
  queue: Queue | undefined;
  onClose: () => void;
}

/** Who waits in a queue, in the order of service, to be moved, given away or put forward. */
export function LineDrawer({ queue, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Drawer
      opened={queue !== undefined}
      onClose={onClose}
      position="right"
      size={460}
      title={queue && t("wallboard.line", { name: queue.name })}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {queue && <Line queueId={queue.id} />}
    </Drawer>
  );
}

function Line({ queueId }: { queueId: string }) {
  const { t } = useTranslation();
  const query = useQuery(lineQuery(queueId));
  const second = useSecond();
  if (!query.data) return <Waiting query={query} />;
  if (query.data.length === 0) {
    return <Empty title={t("wallboard.nobody_waits")} text={t("wallboard.nobody_waits_text")} />;
  }
  return (
    <ol className={css.line}>
      {query.data.map((one) => (
        <LineRow key={one.conversation_id} one={one} queueId={queueId} second={second} />
      ))}
    </ol>
  );
}

interface RowProps {
  one: QueueLine;
  queueId: string;
  second: number;
}

function LineRow({ one, queueId, second }: RowProps) {
  const { t } = useTranslation();
  const canAssign = useCan("queue:assign");
  const agents = useQuery(agentsQuery).data ?? [];
  const id = one.conversation_id;
  const name = nameOf({ id, name: one.contact_name }, t);
  const asked = one.offered_to.map((to) => agents.find((agent) => agent.id === to)?.name ?? "");
  return (
    <li>
      <b>{one.place}</b>
      <ChannelIcon channel={one.channel} />
      <span className={css.who}>
        <Link to="/inbox/$view/$conversationId" params={{ view: "all", conversationId: id }}>
          {name}
        </Link>
        <small>
          {stopwatch(second - one.entered_at)}
          {one.state === "offered" &&
            ` · ${t("wallboard.asked", { names: asked.filter(Boolean).join(", ") })}`}
        </small>
      </span>
      {one.is_vip && <Crown size={15} role="img" aria-label={t("vip.is")} />}
      {one.priority > 2 && <Flag size={14} role="img" aria-label={t(`priority.${one.priority}`)} />}
      {canAssign && <LineMenu id={id} name={name} queueId={queueId} />}
    </li>
  );
}

function LineMenu({ id, name, queueId }: { id: string; name: string; queueId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { agents, queues } = useTargets({ queueId });
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t("wallboard.actions_on", { name })}
        >
          <Ellipsis size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void takeOver(client, id)}>{t("actions.take_over")}</Menu.Item>
        <Menu.Sub>
          <Menu.Sub.Target>
            <Menu.Sub.Item>{t("wallboard.assign_to")}</Menu.Sub.Item>
          </Menu.Sub.Target>
          <Menu.Sub.Dropdown className={css.long ?? ""}>
            {agents.map(({ agent }) => (
              <Menu.Item
                key={agent.id}
                onClick={() => void changeFromAfar(client, id, { assignee_id: agent.id })}
              >
                {agent.name}
              </Menu.Item>
            ))}
          </Menu.Sub.Dropdown>
        </Menu.Sub>
        {queues.length > 0 && (
          <Menu.Sub>
            <Menu.Sub.Target>
              <Menu.Sub.Item>{t("wallboard.move_to")}</Menu.Sub.Item>
            </Menu.Sub.Target>
            <Menu.Sub.Dropdown className={css.long ?? ""}>
              {queues.map(({ queue }) => (
                <Menu.Item key={queue.id} onClick={() => void moveFromAfar(client, id, queue.id)}>
                  {queue.name}
                </Menu.Item>
              ))}
            </Menu.Sub.Dropdown>
          </Menu.Sub>
        )}
        <Menu.Sub>
          <Menu.Sub.Target>
            <Menu.Sub.Item>{t("actions.priority")}</Menu.Sub.Item>
          </Menu.Sub.Target>
          <Menu.Sub.Dropdown>
            {[...PRIORITIES, 0 as const].map((priority) => (
              <Menu.Item
                key={priority}
                onClick={() => void changeFromAfar(client, id, { priority })}
              >
                {t(`priority.${priority}`)}
              </Menu.Item>
            ))}
          </Menu.Sub.Dropdown>
        </Menu.Sub>
      </Menu.Dropdown>
    </Menu>
  );
}
