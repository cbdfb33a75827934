import type { QueryClient } from "@tanstack/react-query";
import type { AnyRouter } from "@tanstack/react-router";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { Conversation } from "@/api/types";
import { patchConversations } from "@/live/apply";
import { dropOffer } from "@/routing/live";
import { toastProblem } from "@/ui/toast";

const numberOf = ({ routing }: Conversation): number => routing?.offer?.number ?? 0;

/** Mine now: opens it. Somebody was faster: says so, and the card goes. */
export async function acceptOffer(
  client: QueryClient,
  router: AnyRouter,
  offered: Conversation,
): Promise<void> {
  const params = { path: { conversation_id: offered.id } };
  const body = { number: numberOf(offered) };
  try {
    const mine = await need(
      api.POST("/api/v1/conversations/{conversation_id}/offer/accept", { params, body }),
    );
    patchConversations(client, new Map([[mine.id, mine]]));
    await router.navigate({
      to: "/inbox/$view/$conversationId",
      params: { view: "mine", conversationId: mine.id },
    });
  } catch (error) {
    toastProblem(error);
  } finally {
    dropOffer(client, offered.id);
  }
}

/** Somebody else is asked; no fault of mine. */
export async function declineOffer(client: QueryClient, offered: Conversation): Promise<void> {
  const params = { path: { conversation_id: offered.id } };
  const body = { number: numberOf(offered) };
  dropOffer(client, offered.id);
  await need(
    api.POST("/api/v1/conversations/{conversation_id}/offer/decline", { params, body }),
  ).catch(toastProblem);
}

/** The one that ends first. */
export const firstOffer = (client: QueryClient): Conversation | undefined =>
  client.getQueryData<Conversation[]>(keys.offers)?.[0];
