import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { waysQuery } from "@/api/queries";
import type { ConversationDetail, Way } from "@/api/types";
import { asWay } from "./rules";

interface Ways {
  ways: readonly Way[];
  /** The customer may have written by another way meanwhile; the hub is being asked. */
  isAsking: boolean;
}

/** How this contact can be answered; until the hub has said it, what the conversation tells. */
export function useWays({ conversation, targets }: ConversationDetail): Ways {
  const { data, isFetching } = useQuery(waysQuery(conversation.id));
  const ways = useMemo(() => data ?? targets.map(asWay), [data, targets]);
  return { ways, isAsking: isFetching };
}
