import type { QueryClient } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import type { Conversation, Desk, Me, MyQueues, QueueNow, Wallboard } from "@/api/types";
import type { Batch } from "@/live/batch";
import { noteServerTime } from "./clock";
import { isOfferedTo } from "./queries";

type Part = Pick<Batch, "conversations" | "removed" | "desks" | "queues" | "settings">;

/** Brings presence, queues and offers of one batch into the caches. */
export function applyRouting(client: QueryClient, batch: Part): void {
  for (const desk of batch.desks.values()) patchDesk(client, desk);
  if (batch.queues.size) patchQueues(client, batch.queues);
  if (batch.conversations.size || batch.removed.size) patchOffers(client, batch);
  // Who works where, and with which skills, is part of "agents" as of "queues".
  if (batch.settings.has("queues") || batch.settings.has("teams")) {
    void client.invalidateQueries({ queryKey: keys.myQueues });
    void client.invalidateQueries({ queryKey: keys.wallboard });
  }
}

/** Also used for answers to one's own changes, so that they show at once. */
export function patchDesk(client: QueryClient, desk: Desk): void {
  const newer = (known: Desk): Desk =>
    known.agent_id === desk.agent_id && desk.rev >= known.rev ? desk : known;
  const into = (known: Desk[]): Desk[] =>
    known.some(({ agent_id }) => agent_id === desk.agent_id) ? known.map(newer) : [...known, desk];
  client.setQueryData<Desk[]>(keys.desks, (known) => known && into(known));
  client.setQueryData<Wallboard>(
    keys.wallboard,
    (known) => known && { ...known, desks: into(known.desks) },
  );
  client.setQueryData<MyQueues>(
    keys.myQueues,
    (known) =>
      known &&
      (known.desk.agent_id === desk.agent_id ? { ...known, desk: newer(known.desk) } : known),
  );
}

function patchQueues(client: QueryClient, changed: ReadonlyMap<string, QueueNow>): void {
  const newer = (known: QueueNow): QueueNow => changed.get(known.queue_id) ?? known;
  client.setQueryData<MyQueues>(
    keys.myQueues,
    (known) => known && { ...known, queues: known.queues.map(newer) },
  );
  client.setQueryData<Wallboard>(
    keys.wallboard,
    (known) => known && { ...known, queues: known.queues.map(newer) },
  );
  for (const id of changed.keys()) void client.invalidateQueries({ queryKey: keys.line(id) });
}

function patchOffers(client: QueryClient, batch: Part): void {
  const myId = client.getQueryData<Me>(keys.me)?.agent_id ?? "";
  const known = client.getQueryData<Conversation[]>(keys.offers) ?? [];
  const changed = [...batch.conversations.values()];
  const offered = changed.filter((one) => isOfferedTo(one, myId));
  for (const { routing } of offered) noteNew(known, routing?.offer);
  const kept = known.filter(({ id }) => !batch.removed.has(id) && !batch.conversations.has(id));
  if (offered.length === 0 && kept.length === known.length) return;
  const next = [...kept, ...offered].sort((a, b) => untilOf(a) - untilOf(b));
  client.setQueryData<Conversation[]>(keys.offers, next);
}

/** Answered here: gone at once, whatever comes by the socket later. */
export function dropOffer(client: QueryClient, id: string): void {
  client.setQueryData<Conversation[]>(keys.offers, (known) =>
    known?.filter((one) => one.id !== id),
  );
}

function noteNew(known: readonly Conversation[], offer: { at: number } | null | undefined): void {
  const isKnown = known.some(({ routing }) => routing?.offer?.at === offer?.at);
  if (offer && !isKnown) noteServerTime(offer.at);
}

export const untilOf = ({ routing }: Conversation): number => routing?.offer?.until ?? 0;
