import type { QueryClient } from "@tanstack/react-query";
import { api, need } from "@/api/client";
import type { Conversation, ConversationChange, Macro, Me, SendMessage } from "@/api/types";
import { t } from "@/i18n";
import { changeConversation } from "@/inbox/change";
import { ask } from "@/inbox/composer/asks";
import { fill } from "@/inbox/composer/rules";
import { newClientId } from "@/ui/ids";
import { toast, toastProblem } from "@/ui/toast";

const MINUTE = 60_000;

const noteOf = (text: string): SendMessage => ({
  client_id: newClientId(),
  kind: "note",
  inbox_id: "",
  identity_id: "",
  text,
  html: "",
  subject: "",
  cc: [],
  file_ids: [],
  mentions: [],
  quick_replies: [],
  template: null,
  reply_to_seq: 0,
});

/** What the steps of a macro change about a conversation, in one. */
export function changeOf(
  macro: Pick<Macro, "steps">,
  conversation: Pick<Conversation, "labels">,
  me: Pick<Me, "agent_id">,
  now: number,
): ConversationChange {
  const change: ConversationChange = {};
  for (const { kind, value } of macro.steps) {
    const labels = change.labels ?? conversation.labels;
    if (kind === "add_label") change.labels = [...labels.filter((id) => id !== value), value];
    else if (kind === "remove_label") change.labels = labels.filter((id) => id !== value);
    else if (kind === "assign") change.assignee_id = value;
    else if (kind === "assign_me") change.assignee_id = me.agent_id;
    else if (kind === "priority") change.priority = Number(value) as 0 | 1 | 2 | 3 | 4;
    else if (kind === "close") change.state = "closed";
    else if (kind === "snooze") {
      change.state = "snoozed";
      change.snoozed_until = now + Number(value) * MINUTE;
    }
  }
  return change;
}

/** Carries a macro out over the routes that people use; its answer goes into the composer, to be read and sent. */
export async function runMacro(
  client: QueryClient,
  macro: Macro,
  conversation: Conversation,
  me: Me,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const path = { conversation_id: conversation.id };
  try {
    for (const { kind, value } of macro.steps) {
      if (kind === "reply") ask({ kind: "insert", text: fill(value, values) });
      else if (kind === "note") {
        const body = noteOf(fill(value, values));
        await need(
          api.POST("/api/v1/conversations/{conversation_id}/messages", { params: { path }, body }),
        );
      } else if (kind === "queue") {
        const body = { client_id: newClientId(), queue_id: value };
        await need(
          api.POST("/api/v1/conversations/{conversation_id}/queue", { params: { path }, body }),
        );
      }
    }
  } catch (error) {
    toastProblem(error);
    return;
  }
  const said = t("macros.ran", { name: macro.name });
  const change = changeOf(macro, conversation, me, Date.now());
  if (Object.keys(change).length) changeConversation(client, conversation, change, said);
  else toast(said);
}
