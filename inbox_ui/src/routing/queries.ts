import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, need } from "@/api/client";
import { kept } from "@/api/kept";
import { keys } from "@/api/keys";
import type { Conversation, Me } from "@/api/types";
import { noteServerTime } from "./clock";

/** Live frames keep these fresh; the poll is for a hub whose bus is gone for a while. */
const POLLED = { staleTime: 5_000, refetchInterval: 30_000 };

export const queuesQuery = kept(keys.queues, () => need(api.GET("/api/v1/queues")));
export const teamsQuery = kept(keys.teams, () => need(api.GET("/api/v1/teams")));
export const skillsQuery = kept(keys.skills, () => need(api.GET("/api/v1/skills")));
export const agentSkillsQuery = queryOptions({
  queryKey: keys.agentSkills,
  queryFn: () => need(api.GET("/api/v1/agents/skills")),
});
/** "Open now" changes by time alone. */
export const schedulesQuery = queryOptions({
  queryKey: keys.schedules,
  queryFn: () => need(api.GET("/api/v1/schedules")),
  staleTime: 60_000,
});
export const reasonsQuery = kept(keys.reasons, () => need(api.GET("/api/v1/presence-reasons")));
export const desksQuery = queryOptions({
  queryKey: keys.desks,
  queryFn: () => need(api.GET("/api/v1/desks")),
  staleTime: 5_000,
});
export const myQueuesQuery = queryOptions({
  queryKey: keys.myQueues,
  queryFn: () => need(api.GET("/api/v1/me/queues")),
  ...POLLED,
});
export const wallboardQuery = queryOptions({
  queryKey: keys.wallboard,
  queryFn: async () => {
    const board = await need(api.GET("/api/v1/wallboard"));
    noteServerTime(board.at);
    return board;
  },
  ...POLLED,
});
export const lineQuery = (queueId: string) =>
  queryOptions({
    queryKey: keys.line(queueId),
    queryFn: () =>
      need(api.GET("/api/v1/queues/{queue_id}/line", { params: { path: { queue_id: queueId } } })),
    staleTime: 2_000,
    refetchInterval: 5_000,
  });

/** What is being offered to me. Live events keep it; this is what a page that just opened asks. */
export const offersQuery = (client: QueryClient, me: Pick<Me, "agent_id">) =>
  kept(keys.offers, async (): Promise<Conversation[]> => {
    const { queues } = await client.fetchQuery(myQueuesQuery);
    const busy = queues.filter(({ offered }) => offered > 0);
    const lines = await Promise.all(
      busy.map(({ queue_id }) => client.fetchQuery(lineQuery(queue_id))),
    );
    const ids = lines
      .flat()
      .filter(({ offered_to }) => offered_to.includes(me.agent_id))
      .map(({ conversation_id }) => conversation_id);
    const details = await Promise.all(ids.map(loadConversation));
    return details.filter((one) => isOfferedTo(one, me.agent_id));
  });

async function loadConversation(id: string): Promise<Conversation> {
  const path = { conversation_id: id };
  const detail = await need(
    api.GET("/api/v1/conversations/{conversation_id}", { params: { path } }),
  );
  return detail.conversation;
}

export const isOfferedTo = ({ routing }: Conversation, agentId: string): boolean =>
  routing?.state === "offered" && (routing.offer?.agent_ids.includes(agentId) ?? false);
