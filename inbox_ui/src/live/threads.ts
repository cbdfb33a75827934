import { create } from "zustand";
import { api, need } from "@/api/client";
import type { Message } from "@/api/types";
import { EMPTY, gapAfter, merge, type Thread } from "./thread_state";

const PAGE = 50;

interface Threads {
  threads: Record<string, Thread>;
}

/** Timelines that were opened in this tab. Read with `useThread`, changed only by the functions below. */
export const useThreads = create<Threads>(() => ({ threads: {} }));

export const useThread = (id: string): Thread => useThreads((state) => state.threads[id] ?? EMPTY);

const read = (id: string): Thread => useThreads.getState().threads[id] ?? EMPTY;

function write(id: string, thread: Thread): void {
  if (read(id) === thread) return;
  useThreads.setState((state) => ({ threads: { ...state.threads, [id]: thread } }));
}

const isLoaded = (thread: Thread): boolean => thread.before !== undefined;

function fetchPage(id: string, query: { before?: number; after?: number }) {
  return need(
    api.GET("/api/v1/conversations/{conversation_id}/messages", {
      params: { path: { conversation_id: id }, query: { ...query, limit: PAGE } },
    }),
  );
}

/** Messages of live events and answers: only timelines that are open take them. */
export function putMessages(messages: readonly Message[]): void {
  const byConversation = new Map<string, Message[]>();
  for (const message of messages) {
    const others = byConversation.get(message.conversation_id);
    if (others) others.push(message);
    else byConversation.set(message.conversation_id, [message]);
  }
  for (const [id, added] of byConversation) {
    const thread = read(id);
    if (!isLoaded(thread)) continue;
    const oldest = thread.items[0]?.seq ?? 0;
    const inRange = added.filter((message) => thread.before === null || message.seq >= oldest);
    write(id, merge(thread, inRange));
    void closeGaps(id);
  }
}

/** The latest page; what is known already stays. Returns the live cursor that it was read at. */
export async function loadThread(id: string): Promise<string> {
  const page = await fetchPage(id, {});
  const known = read(id);
  const isConnected =
    isLoaded(known) && (page.items[0]?.seq ?? 0) <= (known.items.at(-1)?.seq ?? -1) + 1;
  const base: Thread = isConnected ? known : { items: [], before: page.before };
  const thread = merge(base, page.items);
  write(id, isConnected ? thread : { ...thread, before: page.before });
  return page.cursor;
}

export async function loadOlder(id: string): Promise<void> {
  const thread = read(id);
  if (!thread.before) return;
  const page = await fetchPage(id, { before: thread.before });
  write(id, { ...merge(read(id), page.items), before: page.before });
}

const closing = new Set<string>();

/** An event may have jumped over messages that were never sent to us (a lost frame, a hidden tab). */
async function closeGaps(id: string): Promise<void> {
  const after = gapAfter(read(id));
  if (after === null || closing.has(id)) return;
  closing.add(id);
  try {
    const page = await fetchPage(id, { after });
    write(id, merge(read(id), page.items));
  } catch {
    // The next event or reconnect asks again.
  } finally {
    closing.delete(id);
  }
}

/** After a resync: the ones not on screen are forgotten, the open ones load again. */
export function forgetThreads(openId: string | undefined): void {
  const open = openId ? useThreads.getState().threads[openId] : undefined;
  useThreads.setState({ threads: openId && open ? { [openId]: open } : {} });
  if (openId) void loadThread(openId).catch(() => undefined);
}

export function dropThread(id: string): void {
  useThreads.setState(({ threads: { [id]: _, ...threads } }) => ({ threads }));
}
