import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { ListFilter } from "@/api/keys";
import { agentsQuery, labelsQuery } from "@/api/queries";
import type { Agent, Label } from "@/api/types";
import { useUi } from "@/shell/ui_state";
import { Fault } from "@/ui/fault";
import { useNow } from "@/ui/now";
import { ScrollRegion } from "@/ui/scroll_region";
import { BulkBar } from "@/work/bulk/bulk_bar";
import { chooseNone, useSelection } from "@/work/bulk/selection";
import { ConversationRow } from "./conversation_row";
import { EmptyList } from "./empty_list";
import css from "./list.module.css";
import { useConversations } from "./use_conversations";

const ROW = 94;

/** Only the rows in sight are in the page; the next page is fetched before the end is reached. */
export function ConversationList({ filter }: { filter: ListFilter }) {
  const { t } = useTranslation();
  const list = useConversations(filter);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const agents = useById<Agent>(useQuery(agentsQuery).data);
  const labels = useById<Label>(useQuery(labelsQuery).data);
  const { conversationId } = useParams({ strict: false });
  const search = useSearch({ from: "/app/inbox/$view" });
  const now = useNow();
  const picked = useSelection((state) => state.ids);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list, another choice.
  useEffect(() => chooseNone, [filter]);
  const scroller = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 6,
  });
  const items = virtual.getVirtualItems();
  useListOrder(rows);

  const lastShown = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastShown >= rows.length - 10) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, lastShown, rows.length]);

  const chosen = rows.findIndex(({ id }) => id === conversationId);
  useEffect(() => {
    if (chosen >= 0) virtual.scrollToIndex(chosen, { align: "auto" });
  }, [chosen, virtual.scrollToIndex]);

  if (list.isPending) return <Rows />;
  if (list.isError && rows.length === 0) {
    return <Fault error={list.error} onRetry={() => void list.refetch()} />;
  }
  if (rows.length === 0) return <EmptyList filter={filter} />;
  return (
    <>
      <BulkBar rows={rows} />
      <ScrollRegion ref={scroller} className={css.scroll} label={t("inbox.list")}>
        <ul className={css.rows} style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const row = rows[index];
            return (
              row && (
                <ConversationRow
                  key={row.id}
                  conversation={row}
                  view={filter.view}
                  search={search}
                  top={start}
                  isChosen={row.id === conversationId}
                  isPicked={picked.has(row.id)}
                  isPicking={picked.size > 0}
                  agents={agents}
                  labels={labels}
                  now={now}
                />
              )
            );
          })}
        </ul>
        {isFetchingNextPage && <p className={css.more}>{t("common.loading")}</p>}
      </ScrollRegion>
    </>
  );
}

function useListOrder(rows: readonly { id: string }[]): void {
  useEffect(() => useUi.setState({ listIds: rows.map(({ id }) => id) }), [rows]);
}

function useById<T extends { id: string }>(
  items: readonly T[] | undefined,
): ReadonlyMap<string, T> {
  return useMemo(() => new Map(items?.map((item) => [item.id, item])), [items]);
}

function Rows() {
  return (
    <div className={css.skeletons} aria-hidden="true">
      {[0, 1, 2, 3, 4, 5, 6].map((row) => (
        <Skeleton key={row} height={ROW - 20} />
      ))}
    </div>
  );
}
