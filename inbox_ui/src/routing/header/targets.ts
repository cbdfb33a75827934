import { useQuery } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import { agentsQuery } from "@/api/queries";
import type { Agent, Desk, Queue, QueueNow, Team, Wallboard } from "@/api/types";
import { desksQuery, myQueuesQuery, queuesQuery, teamsQuery } from "@/routing/queries";

export interface AgentTarget {
  agent: Agent;
  desk: Desk | undefined;
}
export interface QueueTarget {
  queue: Queue;
  now: QueueNow | undefined;
}
export interface Targets {
  agents: AgentTarget[];
  teams: Team[];
  queues: QueueTarget[];
}

const READY = { available: 0, away: 1, offline: 2 } as const;

/** Whom a conversation may go to, who has room first. */
export function useTargets(but: { agentId?: string; queueId?: string } = {}): Targets {
  const agents = useQuery(agentsQuery).data ?? [];
  const desks = useQuery(desksQuery).data ?? [];
  const teams = useQuery(teamsQuery).data ?? [];
  // How each stands is of the moment at which it was asked for.
  const queues = useQuery({ ...queuesQuery, refetchOnMount: "always" }).data ?? [];
  const mine = useQuery(myQueuesQuery).data?.queues ?? [];
  // Supervisors who have looked at the wallboard know how long the others' lines take, too.
  const board =
    useQuery<Wallboard>({ queryKey: keys.wallboard, enabled: false }).data?.queues ?? [];
  const nowOf = (id: string) => [...mine, ...board].find(({ queue_id }) => queue_id === id);
  const deskOf = (id: string) => desks.find(({ agent_id }) => agent_id === id);
  return {
    agents: agents
      .filter(({ id, is_active }) => is_active && id !== but.agentId)
      .map((agent) => ({ agent, desk: deskOf(agent.id) }))
      .sort(byRoom),
    teams: teams.filter(({ agent_ids }) => agent_ids.length > 0),
    queues: queues
      .filter(({ id, is_paused }) => id !== but.queueId && !is_paused)
      .map((queue) => ({ queue, now: nowOf(queue.id) })),
  };
}

function byRoom(a: AgentTarget, b: AgentTarget): number {
  const ready = ({ desk }: AgentTarget) => READY[desk?.presence ?? "offline"];
  return (
    ready(a) - ready(b) ||
    (a.desk?.load ?? 0) - (b.desk?.load ?? 0) ||
    a.agent.name.localeCompare(b.agent.name)
  );
}
