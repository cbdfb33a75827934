import type { QueryClient } from "@tanstack/react-query";
import { api, need } from "@/api/client";
import type { Conversation, ConversationChange } from "@/api/types";
import { patchConversations } from "@/live/apply";
import { newClientId } from "@/ui/ids";

const AT_ONCE = 4;

/** What a bulk change did: those changed, as they were, and those that refused. */
export interface Outcome {
  changed: Conversation[];
  failed: { conversation: Conversation; error: unknown }[];
}

/** Changes many conversations, a few at once; `onStep` is told of each that is done. */
export async function changeMany(
  client: QueryClient,
  conversations: readonly Conversation[],
  changeFor: (conversation: Conversation) => ConversationChange,
  onStep: (done: number) => void,
): Promise<Outcome> {
  const outcome: Outcome = { changed: [], failed: [] };
  const left = [...conversations];
  const work = async () => {
    for (let one = left.shift(); one; one = left.shift()) {
      try {
        const after = await need(
          api.PATCH("/api/v1/conversations/{conversation_id}", {
            params: { path: { conversation_id: one.id } },
            body: { client_id: newClientId(), ...changeFor(one) },
          }),
        );
        patchConversations(client, new Map([[after.id, after]]));
        outcome.changed.push(one);
      } catch (error) {
        outcome.failed.push({ conversation: one, error });
      }
      onStep(outcome.changed.length + outcome.failed.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcome;
}
