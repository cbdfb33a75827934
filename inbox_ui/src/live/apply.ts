import type { QueryClient } from "@tanstack/react-query";
import { keys, type ListFilter } from "@/api/keys";
import type {
  Agent,
  Contact,
  Conversation,
  ConversationDetail,
  Inbox,
  Me,
  Message,
} from "@/api/types";
import { applyRouting } from "@/routing/live";
import type { Batch } from "./batch";
import { dropFromList, type ListData, patchList } from "./lists";
import { useNearby } from "./nearby";
import { newest } from "./newest";
import { noteChanged } from "./recent";
import { dropThread, putMessages } from "./threads";

/** Brings what one batch says into every cache of this tab. `openId`: the conversation on screen. */
export function applyBatch(client: QueryClient, batch: Batch, openId: string | undefined): void {
  patchConversations(client, batch.conversations, openId);
  if (batch.removed.size) removeConversations(client, batch.removed);
  if (batch.messages.length) {
    putMessages(batch.messages);
    refreshMentions(client, batch.messages);
  }
  useNearby.getState().note(batch.typing, batch.colleagues, batch.messages, Date.now());
  for (const contact of batch.contacts.values()) patchContact(client, contact);
  if (batch.inboxes.size) patchInboxes(client, batch.inboxes);
  for (const what of batch.settings) void client.invalidateQueries({ queryKey: [what] });
  refreshWays(client, batch);
  if (batch.presence.size) patchPresence(client, batch.presence);
  applyRouting(client, batch);
  if (batch.reads.size || batch.drafts.size) patchMine(client, batch.reads, batch.drafts);
  if (batch.conversations.size || batch.removed.size) refreshCounts(client);
}

/** Also used for answers to one's own changes, so that they show at once. */
export function patchConversations(
  client: QueryClient,
  changed: ReadonlyMap<string, Conversation>,
  openId?: string,
): void {
  if (changed.size === 0) return;
  noteChanged(changed);
  const myId = client.getQueryData<Me>(keys.me)?.agent_id ?? "";
  for (const [key, data] of client.getQueriesData<ListData>({ queryKey: keys.lists })) {
    if (!data) continue;
    const next = patchList(data, changed, key[1] as ListFilter, myId, openId);
    if (next !== data) client.setQueryData(key, next);
  }
  for (const conversation of changed.values()) {
    client.setQueryData<ConversationDetail>(keys.detail(conversation.id), (detail) =>
      detail ? { ...detail, conversation: newest(detail.conversation, conversation) } : undefined,
    );
  }
  void client.invalidateQueries({ queryKey: keys.list({ view: "mentions" }), refetchType: "none" });
}

/** Which ways are open is the hub's to say; only the ones on screen are asked for again. */
function refreshWays(client: QueryClient, batch: Batch): void {
  if (batch.inboxes.size || batch.contacts.size) {
    void client.invalidateQueries({ queryKey: keys.allWays });
    return;
  }
  for (const id of batch.conversations.keys()) {
    void client.invalidateQueries({ queryKey: keys.ways(id) });
  }
}

/** Who is mentioned where only the hub can list. */
function refreshMentions(client: QueryClient, messages: readonly Message[]): void {
  const myId = client.getQueryData<Me>(keys.me)?.agent_id ?? "";
  if (!messages.some(({ mentions }) => mentions.includes(myId))) return;
  void client.invalidateQueries({ queryKey: keys.list({ view: "mentions" }) });
  refreshCounts(client);
}

function removeConversations(client: QueryClient, ids: ReadonlySet<string>): void {
  for (const [key, data] of client.getQueriesData<ListData>({ queryKey: keys.lists })) {
    if (data) client.setQueryData(key, dropFromList(data, ids));
  }
  for (const id of ids) {
    dropThread(id);
    void client.invalidateQueries({ queryKey: keys.detail(id) });
  }
}

function patchMine(
  client: QueryClient,
  reads: ReadonlyMap<string, number>,
  drafts: ReadonlyMap<string, boolean>,
): void {
  const change = (item: Conversation): Conversation => {
    const seq = reads.get(item.id);
    const hasDraft = drafts.get(item.id);
    if (seq === undefined && hasDraft === undefined) return item;
    const mine = item.mine ?? { read_seq: 0, has_draft: false };
    const read_seq = Math.max(mine.read_seq, seq ?? 0);
    return { ...item, mine: { read_seq, has_draft: hasDraft ?? mine.has_draft } };
  };
  for (const [key, data] of client.getQueriesData<ListData>({ queryKey: keys.lists })) {
    if (!data) continue;
    const pages = data.pages.map((page) => ({ ...page, items: page.items.map(change) }));
    client.setQueryData(key, { ...data, pages });
  }
  for (const id of new Set([...reads.keys(), ...drafts.keys()])) {
    client.setQueryData<ConversationDetail>(keys.detail(id), (detail) =>
      detail ? { ...detail, conversation: change(detail.conversation) } : undefined,
    );
  }
}

/** I have read up to `seq` here. */
export function noteRead(client: QueryClient, id: string, seq: number): void {
  patchMine(client, new Map([[id, seq]]), new Map());
}

export function patchContact(client: QueryClient, contact: Contact): void {
  const key = keys.contact(contact.id);
  const before = client.getQueryData<Contact>(key);
  const isOther = before !== undefined && before.id !== contact.id;
  if (contact.merged_into || isOther) {
    // Merged or unmerged: who stands behind this address is another one now.
    void client.invalidateQueries({ queryKey: key });
  } else {
    client.setQueryData<Contact>(key, (known) =>
      known && known.rev <= contact.rev ? contact : known,
    );
    if (before && before.identities.length !== contact.identities.length) {
      void client.invalidateQueries({ queryKey: key, predicate: isPart });
    }
  }
  void client.invalidateQueries({ queryKey: keys.contactLists });
}

/** What hangs on a contact: conversations, suggestions, merges. */
const isPart = ({ queryKey }: { queryKey: readonly unknown[] }) => queryKey.length > 2;

function patchInboxes(client: QueryClient, changed: ReadonlyMap<string, Inbox>): void {
  client.setQueryData<Inbox[]>(keys.inboxes, (known) => {
    if (!known) return known;
    const kept = known.map((inbox) => changed.get(inbox.id) ?? inbox);
    const added = [...changed.values()].filter((inbox) => !known.some(({ id }) => id === inbox.id));
    return [...kept, ...added];
  });
}

function patchPresence(client: QueryClient, presence: ReadonlyMap<string, boolean>): void {
  client.setQueryData<Agent[]>(keys.agents, (agents) =>
    agents?.map((agent) => ({ ...agent, is_online: presence.get(agent.id) ?? agent.is_online })),
  );
}

/** When the counts are or were last asked for. */
const countsAt = new WeakMap<QueryClient, number>();

/** Counts are the hub's; asked again soon after a change, and at most every two seconds. */
function refreshCounts(client: QueryClient): void {
  const now = Date.now();
  const last = countsAt.get(client) ?? 0;
  if (last > now) return;
  const wait = Math.max(300, last + 2000 - now);
  countsAt.set(client, now + wait);
  setTimeout(() => void client.invalidateQueries({ queryKey: keys.counts }), wait);
}
