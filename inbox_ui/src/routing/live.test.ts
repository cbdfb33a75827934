import { QueryClient } from "@tanstack/react-query";
import { expect, it } from "vitest";
import { keys } from "@/api/keys";
import type { Conversation, MyQueues } from "@/api/types";
import { emptyBatch } from "@/live/batch";
import { conversation, desk, me, queueNow } from "@/test/samples";
import { applyRouting } from "./live";

const offered = (id: string, until: number, agents = ["agent1"]) =>
  conversation({
    id,
    routing: {
      queue_id: "q1",
      state: "offered",
      entered_at: 0,
      is_vip: false,
      offer: { number: 1, agent_ids: agents, at: Date.now(), until },
    },
  });

function setUp() {
  const client = new QueryClient();
  client.setQueryData(keys.me, me());
  client.setQueryData<MyQueues>(keys.myQueues, {
    desk: desk("agent1", { rev: 3 }),
    queues: [queueNow("q1"), queueNow("q2")],
  });
  const apply = (...changed: Conversation[]) => {
    const batch = emptyBatch();
    for (const one of changed) batch.conversations.set(one.id, one);
    applyRouting(client, batch);
    return client.getQueryData<Conversation[]>(keys.offers)?.map(({ id }) => id);
  };
  return { client, apply };
}

it("keeps what is offered to me, the one that ends first in front", () => {
  const { apply } = setUp();
  expect(apply(offered("c1", 200), offered("c2", 100), offered("c3", 50, ["other"]))).toEqual([
    "c2",
    "c1",
  ]);
});

it("drops an offer that went to somebody else or was taken back", () => {
  const { apply } = setUp();
  apply(offered("c1", 200), offered("c2", 100));
  expect(apply(offered("c2", 100, ["other"]))).toEqual(["c1"]);
  expect(apply(conversation({ id: "c1", assignee_id: "other" }))).toEqual([]);
});

it("takes newer presence and numbers only", () => {
  const { client } = setUp();
  const batch = emptyBatch();
  batch.desks.set("agent1", desk("agent1", { rev: 2, presence: "away" }));
  batch.queues.set("q2", queueNow("q2", { waiting: 5 }));
  applyRouting(client, batch);
  const mine = client.getQueryData<MyQueues>(keys.myQueues);
  expect(mine?.desk.presence).toBe("available");
  expect(mine?.queues.map(({ waiting }) => waiting)).toEqual([0, 5]);
});
