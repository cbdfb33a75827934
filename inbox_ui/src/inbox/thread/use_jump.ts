import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { loadOlder, useThreads } from "@/live/threads";
import { toastProblem } from "@/ui/toast";
import type { Row } from "./timeline";

const SHOWN_MS = 2000;

type ScrollTo = (index: number, options: { align: "center" }) => void;

/** Goes to a message by its `seq`: loads what lies between, then marks and focuses it. */
export function useJump(
  conversationId: string,
  rows: readonly Row[],
  scroller: RefObject<HTMLElement | null>,
  scrollTo: ScrollTo,
): { jump: (seq: number) => void; found: number } {
  const [wanted, setWanted] = useState(0);
  const [found, setFound] = useState(0);
  const latest = useRef(scrollTo);
  latest.current = scrollTo;
  const jump = useCallback(
    (seq: number) => {
      setFound(0);
      loadUntil(conversationId, seq)
        .then(() => setWanted(seq))
        .catch(toastProblem);
    },
    [conversationId],
  );
  useEffect(() => {
    const index = rows.findIndex((row) => row.kind === "message" && row.message.seq === wanted);
    if (!wanted || index < 0) return;
    setWanted(0);
    setFound(wanted);
    latest.current(index, { align: "center" });
    const focus = () =>
      scroller.current
        ?.querySelector<HTMLElement>(`#message-${wanted}`)
        ?.focus({ preventScroll: true });
    requestAnimationFrame(() => requestAnimationFrame(focus));
  }, [rows, wanted, scroller]);
  useEffect(() => {
    if (!found) return;
    const timer = setTimeout(() => setFound(0), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [found]);
  return { jump, found };
}

async function loadUntil(id: string, seq: number): Promise<void> {
  for (;;) {
    const thread = useThreads.getState().threads[id];
    const oldest = thread?.items[0]?.seq ?? 0;
    if (!thread?.before || oldest <= seq) return;
    await loadOlder(id);
    if (useThreads.getState().threads[id]?.items[0]?.seq === oldest) return;
  }
}
