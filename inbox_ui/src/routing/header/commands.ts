import type { QueryClient } from "@tanstack/react-query";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { Conversation, Queue } from "@/api/types";
import { t } from "@/i18n";
import { changeConversation } from "@/inbox/change";
import { patchConversations } from "@/live/apply";
import { openDialog } from "@/shell/ui_state";
import { newClientId } from "@/ui/ids";
import { toast, toastProblem } from "@/ui/toast";

export type Target =
  | { kind: "agent"; id: string }
  | { kind: "team"; id: string }
  | { kind: "queue"; id: string }
  /** Out of every line, into the unassigned list of its inbox. */
  | { kind: "inbox"; id: "" };

export interface Outcome {
  disposition: string;
  form: Record<string, string>;
}

const at = (conversation_id: string) => ({ path: { conversation_id } });
const put = (client: QueryClient, after: Conversation) =>
  patchConversations(client, new Map([[after.id, after]]), after.id);

/** Passes it on, with a note for whoever gets it. */
export async function transfer(
  client: QueryClient,
  { id }: Conversation,
  to: Target,
  note: string,
): Promise<void> {
  const params = at(id);
  const client_id = newClientId();
  const after =
    to.kind === "inbox"
      ? api.POST("/api/v1/conversations/{conversation_id}/queue", {
          params,
          body: { client_id, queue_id: "" },
        })
      : api.POST("/api/v1/conversations/{conversation_id}/transfer", {
          params,
          body: { client_id, queue_id: "", agent_id: "", team_id: "", note, ...named(to) },
        });
  put(client, await need(after));
}

function named(to: Exclude<Target, { kind: "inbox" }>) {
  if (to.kind === "agent") return { agent_id: to.id };
  return to.kind === "team" ? { team_id: to.id } : { queue_id: to.id };
}

/** Into another line, from the wallboard. */
export async function moveToQueue(client: QueryClient, id: string, queue_id: string) {
  const body = { client_id: newClientId(), queue_id };
  const asked = api.POST("/api/v1/conversations/{conversation_id}/queue", { params: at(id), body });
  put(client, await need(asked));
}

/** A colleague sees it and may write along; it stays whose it is. */
export async function invite(
  client: QueryClient,
  { id }: Conversation,
  agent_id: string,
  note: string,
): Promise<void> {
  const body = { client_id: newClientId(), agent_id, note };
  const asked = api.POST("/api/v1/conversations/{conversation_id}/invite", {
    params: at(id),
    body,
  });
  put(client, await need(asked));
}

/** From a colleague, or out of the line, to me. */
export function takeOver(client: QueryClient, id: string): Promise<void> {
  const body = { client_id: newClientId() };
  return need(api.POST("/api/v1/conversations/{conversation_id}/take", { params: at(id), body }))
    .then((after) => {
      put(client, after);
      toast(t("toast.taken_over"));
    })
    .catch(toastProblem);
}

export async function saveOutcome(
  client: QueryClient,
  id: string,
  outcome: Outcome,
  is_finished: boolean,
): Promise<void> {
  const body = { client_id: newClientId(), ...outcome, is_finished };
  const asked = api.POST("/api/v1/conversations/{conversation_id}/wrap-up", {
    params: at(id),
    body,
  });
  put(client, await need(asked));
}

export const queueOf = (client: QueryClient, conversation: Conversation): Queue | undefined =>
  client
    .getQueryData<Queue[]>(keys.queues)
    ?.find(({ id }) => id === conversation.routing?.queue_id);

/** Does closing ask for something first? */
export const asksAtClose = (queue: Queue | undefined): boolean =>
  queue !== undefined && (queue.dispositions.length > 0 || queue.form.some((f) => f.is_required));

/** Closes at once, or asks for the outcome where the queue wants one. */
export function closeConversation(client: QueryClient, conversation: Conversation): void {
  if (asksAtClose(queueOf(client, conversation))) openDialog("close");
  else changeConversation(client, conversation, { state: "closed" }, t("toast.closed"));
}
