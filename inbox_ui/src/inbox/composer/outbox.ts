import type { QueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { create } from "zustand";
import { api, need } from "@/api/client";
import { ApiError } from "@/api/errors";
import { keys } from "@/api/keys";
import type { ConversationDetail, SendMessage } from "@/api/types";
import { t } from "@/i18n";
import { changeConversation } from "@/inbox/change";
import { useConnection } from "@/live/live";
import { putMessages } from "@/live/threads";
import { recall, remember } from "@/ui/local";
import { problemText } from "@/ui/toast";

/** Typed and given to this browser: goes out once (the hub knows `clientId`), as soon as the hub can be reached. */
export interface Pending {
  clientId: string;
  conversationId: string;
  at: number;
  body: SendMessage;
  state: "sending" | "waiting" | "refused";
  problem: string;
  /** The hub's code for the problem, which decides what is offered next. */
  code: string;
  /** What to show of a message without a text of its own. */
  preview: string;
  /** Close the conversation when it has gone out. */
  closes: boolean;
}

const RETRY_MS = 5000;

const useOutbox = create<{ pending: Pending[] }>(() => ({ pending: [] }));

export function usePending(conversationId: string): Pending[] {
  const pending = useOutbox((state) => state.pending);
  return useMemo(
    () => pending.filter((one) => one.conversationId === conversationId),
    [pending, conversationId],
  );
}

let store = "";
let client: QueryClient | undefined;
const busy = new Set<string>();

function write(pending: Pending[]): void {
  useOutbox.setState({ pending });
  remember(store, pending.length ? pending : undefined);
}

const change = (clientId: string, to: Partial<Pending>): void =>
  write(
    useOutbox
      .getState()
      .pending.map((one) => (one.clientId === clientId ? { ...one, ...to } : one)),
  );

const remove = (clientId: string): void =>
  write(useOutbox.getState().pending.filter((one) => one.clientId !== clientId));

/** Takes up what an earlier visit could not send, and watches for the network. */
export function startOutbox(queryClient: QueryClient, agentId: string): () => void {
  client = queryClient;
  store = `outbox.${agentId}`;
  useOutbox.setState({ pending: recall<Pending[]>(store, []) });
  const flush = () => void flushAll();
  const timer = setInterval(flush, RETRY_MS);
  window.addEventListener("online", flush);
  const unsubscribe = useConnection.subscribe(({ state }) => state === "open" && flush());
  flush();
  return () => {
    clearInterval(timer);
    window.removeEventListener("online", flush);
    unsubscribe();
  };
}

export function enqueue(
  conversationId: string,
  body: SendMessage,
  closes: boolean,
  preview = "",
): void {
  const one: Pending = {
    clientId: body.client_id,
    conversationId,
    at: Date.now(),
    body,
    state: "sending",
    problem: "",
    code: "",
    preview,
    closes,
  };
  write([...useOutbox.getState().pending, one]);
  void flushConversation(conversationId);
}

export function retry(clientId: string): void {
  change(clientId, { state: "waiting", problem: "", code: "" });
  void flushAll();
}

export const discard = (clientId: string): void => remove(clientId);

async function flushAll(): Promise<void> {
  const ids = new Set(useOutbox.getState().pending.map((one) => one.conversationId));
  await Promise.all([...ids].map(flushConversation));
}

/** One after another, so that answers keep their order; a refused one holds nobody up. */
async function flushConversation(id: string): Promise<void> {
  if (busy.has(id)) return;
  busy.add(id);
  try {
    for (let next = nextOf(id); next; next = nextOf(id)) {
      if (!(await sendOne(next))) return;
    }
  } finally {
    busy.delete(id);
  }
}

const nextOf = (id: string): Pending | undefined =>
  useOutbox.getState().pending.find((one) => one.conversationId === id && one.state !== "refused");

/** False: the hub can't be reached, try again later. */
async function sendOne(one: Pending): Promise<boolean> {
  try {
    const message = await need(
      api.POST("/api/v1/conversations/{conversation_id}/messages", {
        params: { path: { conversation_id: one.conversationId } },
        body: one.body,
      }),
    );
    putMessages([message]);
    remove(one.clientId);
    if (one.closes) close(one.conversationId);
    return true;
  } catch (error) {
    const canWait = error instanceof ApiError && (error.isUnreachable || error.isSignedOut);
    if (canWait) change(one.clientId, { state: "waiting" });
    else {
      const code = error instanceof ApiError ? error.problem.code : "";
      change(one.clientId, { state: "refused", problem: problemText(error), code });
    }
    return !canWait;
  }
}

function close(id: string): void {
  const known = client?.getQueryData<ConversationDetail>(keys.detail(id))?.conversation;
  if (client && known) changeConversation(client, known, { state: "closed" }, t("toast.closed"));
}
