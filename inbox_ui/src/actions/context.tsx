import { useQueryClient } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { keys } from "@/api/keys";
import type { ConversationDetail } from "@/api/types";
import { useMe } from "@/shell/session";
import { type Action, type ActionContext, isAvailable } from "./action";
import { ACTIONS, actionById } from "./app";
import { isTyping, KeyReader, nameOf } from "./keys";

/** Made anew at every run, so that an action never sees an old conversation. */
export function useActionContext(): () => ActionContext {
  const me = useMe();
  const client = useQueryClient();
  const router = useRouter();
  const { conversationId } = useParams({ strict: false });
  return () => ({
    me,
    client,
    router,
    conversation: conversationId
      ? client.getQueryData<ConversationDetail>(keys.detail(conversationId))?.conversation
      : undefined,
  });
}

/** Runs a registered action from a button. */
export function useRunAction(): (id: string) => void {
  const context = useActionContext();
  return (id) => actionById(id).run(context());
}

/** The one keyboard listener of the app. */
export function useShortcuts(): void {
  const context = useActionContext();
  const latest = useRef(context);
  latest.current = context;
  useEffect(() => {
    const reader = new KeyReader(ACTIONS);
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const name = nameOf(event);
      if (isTyping(event) && !name.startsWith("mod+")) return;
      const now = latest.current();
      const action = reader
        .read(name, event.timeStamp)
        .find((one: Action) => isAvailable(one, now));
      if (!action) return;
      event.preventDefault();
      action.run(now);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
