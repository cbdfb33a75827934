import { useInfiniteQuery } from "@tanstack/react-query";
import { api, need } from "@/api/client";
import { keys, type ListFilter } from "@/api/keys";
import type { ConversationPage } from "@/api/types";
import { belongs, patchList } from "@/live/lists";
import { newest } from "@/live/newest";
import { changedSince, now } from "@/live/recent";
import { useLive, useMe } from "@/shell/session";

/** A list with its filter, page by page; live events keep what is loaded up to date. */
export function useConversations(filter: ListFilter) {
  const live = useLive();
  const { agent_id } = useMe();
  return useInfiniteQuery({
    queryKey: keys.list(filter),
    initialPageParam: "",
    queryFn: async ({ pageParam }) => {
      const askedAt = now();
      const page = await need(
        api.GET("/api/v1/conversations", { params: { query: { ...filter, after: pageParam } } }),
      );
      live.cover(page.cursor);
      return catchUp(page, pageParam === "", askedAt, filter, agent_id);
    },
    getNextPageParam: (page) => page.next ?? undefined,
    staleTime: filter.view === "mentions" ? 10_000 : Number.POSITIVE_INFINITY,
  });
}

/** Applies what live events changed while the page was on its way. */
export function catchUp(
  page: ConversationPage,
  isFirst: boolean,
  askedAt: number,
  filter: ListFilter,
  myId: string,
): ConversationPage {
  const changed = changedSince(askedAt);
  if (changed.size === 0) return page;
  if (isFirst) {
    return patchList({ pages: [page], pageParams: [""] }, changed, filter, myId).pages[0] ?? page;
  }
  const items = page.items
    .map((item) => newest(item, changed.get(item.id) ?? item))
    .filter((item) => belongs(item, filter, myId) !== false);
  return { ...page, items };
}
