import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { waysQuery } from "@/api/queries";
import type { ConversationDetail, Way } from "@/api/types";
import { asWay } from "./rules";

/** How this contact can be answered; until the hub has said it, what the conversation tells. */
export function useWays({ conversation, targets }: ConversationDetail): readonly Way[] {
  const ways = useQuery(waysQuery(conversation.id)).data;
  return useMemo(() => ways ?? targets.map(asWay), [ways, targets]);
}
