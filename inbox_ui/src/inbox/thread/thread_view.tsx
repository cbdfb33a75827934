import { Button, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { inboxesQuery } from "@/api/queries";
import type { Conversation, Message } from "@/api/types";
import { usePending } from "@/inbox/composer/outbox";
import { loadOlder, useThread } from "@/live/threads";
import { DetailsSwitch, useDetails } from "@/routing/thread/details_switch";
import { isQuiet } from "@/routing/thread/tell";
import { useNow } from "@/ui/now";
import { dayName } from "@/ui/time";
import { toastProblem } from "@/ui/toast";
import { Announcer } from "./announcer";
import { MessageItem } from "./message_item";
import { PendingItem } from "./pending_item";
import css from "./thread.module.css";
import { type ThreadFacts, ThreadFactsProvider } from "./thread_facts";
import { type Row, timeline } from "./timeline";
import { useReadMark } from "./use_conversation";
import { useJump } from "./use_jump";

const END_PX = 80;

/** The timeline, anchored at its end: new ones follow, older ones load above without a jump. */
export function ThreadView({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const thread = useThread(conversation.id);
  const pending = usePending(conversation.id);
  // The mark stays where reading began, though the conversation counts as read from now on.
  const [readSeq] = useState(conversation.mine?.read_seq ?? 0);
  const hasDetails = useDetails((state) => state.isOn);
  const loud = useMemo(() => thread.items.filter(isLoud), [thread.items]);
  const shown = hasDetails ? thread.items : loud;
  const rows = useMemo(() => timeline(shown, pending, readSeq), [shown, pending, readSeq]);
  const scroller = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const keyOf = useCallback((index: number) => rows[index]?.key ?? index, [rows]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: keyOf,
    estimateSize: (index) => (rows[index]?.kind === "message" ? 76 : 36),
    overscan: 8,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: END_PX,
  });
  const items = virtual.getVirtualItems();
  useReadMark(conversation, isAtEnd ? (thread.items.at(-1)?.seq ?? 0) : 0);

  const isLoaded = thread.before !== undefined;
  const [isPlaced, setPlaced] = useState(false);
  useEffect(() => {
    if (!isLoaded) return;
    virtual.scrollToEnd();
    const timer = setTimeout(() => setPlaced(true), 300);
    return () => clearTimeout(timer);
  }, [isLoaded, virtual.scrollToEnd]);

  useStayAtEnd(scroller, isAtEnd && isPlaced, virtual.scrollToEnd);
  const { jump, found } = useJump(conversation.id, rows, scroller, virtual.scrollToIndex);
  const facts = useFacts(jump);
  const older = useLoadOlder(
    conversation.id,
    thread.before,
    isPlaced ? (items[0]?.index ?? -1) : -1,
  );
  const onScroll = () => {
    const { scrollHeight, scrollTop, clientHeight } = scroller.current as HTMLDivElement;
    setAtEnd(scrollHeight - scrollTop - clientHeight < END_PX);
  };
  if (!isLoaded) return <ThreadSkeleton />;
  return (
    <ThreadFactsProvider value={facts}>
      <div className={css.frame}>
        <div
          ref={scroller}
          className={css.scroll}
          onScroll={onScroll}
          role="log"
          aria-live="off"
          aria-label={t("thread.timeline")}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard could not scroll here.
          tabIndex={0}
        >
          <div className={css.rows} style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const row = rows[item.index];
              return (
                row && (
                  <div
                    key={row.key}
                    ref={virtual.measureElement}
                    data-index={item.index}
                    className={css.place}
                    data-found={(row.kind === "message" && row.message.seq === found) || undefined}
                    style={{ transform: `translateY(${item.start}px)` }}
                  >
                    <RowView row={row} conversation={conversation} />
                  </div>
                )
              );
            })}
          </div>
        </div>
        <DetailsSwitch hidden={thread.items.length - loud.length} />
        {older && <p className={css.older}>{t("common.loading")}</p>}
        {!isAtEnd && (
          <Button
            className={css.latest ?? ""}
            size="compact-sm"
            variant="default"
            leftSection={<ArrowDown size={14} />}
            onClick={() => virtual.scrollToEnd({ behavior: "smooth" })}
          >
            {t("thread.to_latest")}
          </Button>
        )}
        <Announcer items={thread.items} />
      </div>
    </ThreadFactsProvider>
  );
}

const isLoud = (message: Message): boolean => message.kind !== "activity" || !isQuiet(message);

function RowView({ row, conversation }: { row: Row; conversation: Conversation }) {
  const { t } = useTranslation();
  const now = useNow();
  switch (row.kind) {
    case "day":
      return <p className={css.day}>{dayName(row.at, now)}</p>;
    case "new":
      return <p className={css.new}>{t("thread.new_messages")}</p>;
    case "message":
      return (
        <MessageItem
          message={row.message}
          isFollowing={row.isFollowing}
          conversation={conversation}
        />
      );
    case "pending":
      return <PendingItem pending={row.pending} />;
  }
}

function useFacts(jump: (seq: number) => void): ThreadFacts {
  const inboxes = useQuery(inboxesQuery).data;
  return useMemo(() => {
    const byId = new Map(inboxes?.map(({ id, capabilities }) => [id, capabilities]));
    return { canOf: (id) => byId.get(id), jump };
  }, [inboxes, jump]);
}

/** A growing composer must not push the last message out of sight. */
function useStayAtEnd(
  scroller: RefObject<HTMLElement | null>,
  isWanted: boolean,
  scrollToEnd: () => void,
): void {
  useEffect(() => {
    if (!isWanted || !scroller.current) return;
    const observer = new ResizeObserver(() => scrollToEnd());
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [scroller, isWanted, scrollToEnd]);
}

function useLoadOlder(id: string, before: number | null | undefined, firstShown: number): boolean {
  const [isLoading, setLoading] = useState(false);
  useEffect(() => {
    if (!before || isLoading || firstShown < 0 || firstShown > 5) return;
    setLoading(true);
    loadOlder(id)
      .catch(toastProblem)
      .finally(() => setLoading(false));
  }, [id, before, firstShown, isLoading]);
  return isLoading;
}

function ThreadSkeleton() {
  return (
    <div className={css.skeleton} aria-hidden="true">
      <Skeleton height={60} width="55%" />
      <Skeleton height={44} width="45%" ml="auto" />
      <Skeleton height={80} width="60%" />
    </div>
  );
}
