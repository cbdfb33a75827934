import type { QueryClient } from "@tanstack/react-query";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { Contact, Conversation, ConversationChange } from "@/api/types";
import { t } from "@/i18n";
import { patchContact, patchConversations } from "@/live/apply";
import { newClientId } from "@/ui/ids";
import { toast, toastProblem, toastUndo } from "@/ui/toast";

/** Changes a conversation: shown at once, taken back when refused, with an undo. `said`: the toast's text. */
export function changeConversation(
  client: QueryClient,
  before: Conversation,
  change: ConversationChange,
  said: string,
): void {
  put(client, { ...before, ...change });
  send(before.id, change)
    .then((after) => {
      put(client, after);
      if (said) toastUndo(said, () => undo(client, before, after, change));
    })
    .catch((error: unknown) => {
      put(client, before);
      toastProblem(error);
      void client.invalidateQueries({ queryKey: keys.detail(before.id) });
    });
}

function undo(
  client: QueryClient,
  before: Conversation,
  after: Conversation,
  change: ConversationChange,
): void {
  changeConversation(client, after, inverse(before, change), "");
}

/** The change that brings back what `change` overwrote. */
export function inverse(before: Conversation, change: ConversationChange): ConversationChange {
  const back: ConversationChange = {};
  if (change.assignee_id !== undefined) back.assignee_id = before.assignee_id;
  if (change.priority !== undefined) back.priority = before.priority;
  if (change.labels !== undefined) back.labels = before.labels;
  if (change.is_spam !== undefined) back.is_spam = before.is_spam;
  if (change.subject !== undefined) back.subject = before.subject;
  if (change.state !== undefined) {
    back.state = before.state === "merged" ? "closed" : before.state;
    if (before.state === "snoozed") back.snoozed_until = before.snoozed_until;
  }
  return back;
}

const put = (client: QueryClient, conversation: Conversation): void =>
  patchConversations(client, new Map([[conversation.id, conversation]]), conversation.id);

function send(id: string, change: ConversationChange): Promise<Conversation> {
  return need(
    api.PATCH("/api/v1/conversations/{conversation_id}", {
      params: { path: { conversation_id: id } },
      body: { client_id: newClientId(), ...change },
    }),
  );
}

export function blockContact(client: QueryClient, id: string, is_blocked: boolean): void {
  need(
    api.PATCH("/api/v1/contacts/{contact_id}", {
      params: { path: { contact_id: id } },
      body: { is_blocked },
    }),
  )
    .then((contact: Contact) => {
      patchContact(client, contact);
      if (is_blocked) toastUndo(t("toast.blocked"), () => blockContact(client, id, false));
      else toast(t("toast.unblocked"));
    })
    .catch(toastProblem);
}
