import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { Conversation } from "@/api/types";
import { noteRead } from "@/live/apply";
import { newest } from "@/live/newest";
import { changedSince, now } from "@/live/recent";
import { loadThread } from "@/live/threads";
import { useLive } from "@/shell/session";

const REPEAT_MS = 20_000;

/** Loads one conversation with its latest messages, and lets the hub know who looks at it. */
export function useConversation(id: string) {
  const live = useLive();
  const query = useQuery({
    queryKey: keys.detail(id),
    queryFn: async () => {
      const askedAt = now();
      const [detail, cursor] = await Promise.all([
        need(
          api.GET("/api/v1/conversations/{conversation_id}", {
            params: { path: { conversation_id: id } },
          }),
        ),
        loadThread(id),
      ]);
      live.cover(detail.cursor);
      live.cover(cursor);
      const changed = changedSince(askedAt).get(id);
      return changed ? { ...detail, conversation: newest(detail.conversation, changed) } : detail;
    },
    staleTime: REPEAT_MS,
  });
  useEffect(() => {
    live.openId = id;
    return () => {
      live.openId = undefined;
    };
  }, [live, id]);
  useViewing(id);
  return { detail: query.data, error: query.error, reload: () => void query.refetch() };
}

function report(id: string, is_viewing: boolean, is_typing: boolean): void {
  api
    .POST("/api/v1/conversations/{conversation_id}/activity", {
      params: { path: { conversation_id: id } },
      body: { is_viewing, is_typing },
    })
    .catch(() => undefined);
}

function useViewing(id: string): void {
  useEffect(() => {
    const look = () => document.visibilityState === "visible" && report(id, true, false);
    look();
    const timer = setInterval(look, REPEAT_MS);
    return () => {
      clearInterval(timer);
      report(id, false, false);
    };
  }, [id]);
}

const TYPING_EVERY_MS = 3000;

/** Call at every key: tells colleagues and customer that an answer is being written, now and then. */
export function useTypingReport(id: string): () => void {
  const last = useRef(0);
  return () => {
    const at = Date.now();
    if (at - last.current < TYPING_EVERY_MS) return;
    last.current = at;
    report(id, true, true);
  };
}

/** Marks everything up to `seq` as read while the page is looked at. */
export function useReadMark(conversation: Conversation, seq: number): void {
  const client = useQueryClient();
  const known = conversation.mine?.read_seq ?? 0;
  const { id } = conversation;
  useEffect(() => {
    const mark = () => {
      if (seq <= known || document.visibilityState !== "visible") return;
      noteRead(client, id, seq);
      api
        .POST("/api/v1/conversations/{conversation_id}/read", {
          params: { path: { conversation_id: id } },
          body: { seq },
        })
        .catch(() => undefined);
    };
    const timer = setTimeout(mark, 400);
    document.addEventListener("visibilitychange", mark);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", mark);
    };
  }, [client, id, known, seq]);
}
