import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { keys } from "@/api/keys";
import { countsQuery } from "@/api/queries";
import type { ConversationDetail, Me, Message } from "@/api/types";
import { t } from "@/i18n";
import type { Batch } from "@/live/batch";
import { toast } from "@/ui/toast";
import { beep } from "./beep";
import { useLive, useMe } from "./session";

export interface Notice {
  conversationId: string;
  title: string;
  text: string;
}

/** What of a batch deserves a person's attention; `ownerOf` gives a conversation's assignee, if known. */
export function noticesOf(
  batch: Pick<Batch, "messages" | "conversations">,
  me: Pick<Me, "agent_id" | "prefs">,
  ownerOf: (conversationId: string) => string | undefined,
): Notice[] {
  const found: Notice[] = [];
  for (const message of batch.messages) {
    const owner =
      batch.conversations.get(message.conversation_id)?.assignee_id ??
      ownerOf(message.conversation_id);
    const title = titleOf(message, me, owner);
    if (title) {
      found.push({
        conversationId: message.conversation_id,
        title,
        text: message.text.slice(0, 140),
      });
    }
  }
  return found;
}

function titleOf(
  message: Message,
  me: Pick<Me, "agent_id" | "prefs">,
  owner: string | undefined,
): string {
  const isNew = message.rev === 1;
  const isByMe = message.author.kind === "agent" && message.author.id === me.agent_id;
  if (!isNew || isByMe || message.is_auto) return "";
  if (message.mentions.includes(me.agent_id)) {
    return t("notices.mention", { name: message.author.name });
  }
  if (message.activity === "assigned" && message.details.assignee_id === me.agent_id) {
    return t("notices.assigned");
  }
  const isMineOrFree = owner === me.agent_id || owner === "";
  if (message.kind === "message" && message.direction === "in" && isMineOrFree) {
    return t("notices.message", { name: message.author.name });
  }
  return "";
}

/** Desktop notifications, an optional sound, and the number in the tab's title. */
export function useNotices(): void {
  const live = useLive();
  const me = useMe();
  const client = useQueryClient();
  const router = useRouter();
  useEffect(
    () =>
      live.subscribe((batch) => {
        const ownerOf = (id: string) =>
          client.getQueryData<ConversationDetail>(keys.detail(id))?.conversation.assignee_id;
        for (const task of batch.dueTasks) {
          if (task.assignee_id !== me.agent_id) continue;
          if (me.prefs.sound === "on") beep();
          toast(t("tasks.remind", { text: task.text }));
          const notice = { conversationId: task.id, title: t("notices.task"), text: task.text };
          show(notice, () => router.navigate({ to: "/tasks" }));
        }
        for (const notice of noticesOf(batch, me, ownerOf)) {
          const isSeen =
            document.visibilityState === "visible" && live.openId === notice.conversationId;
          if (isSeen) continue;
          if (me.prefs.sound === "on") beep();
          show(notice, () =>
            router.navigate({
              to: "/inbox/$view/$conversationId",
              params: { view: "all", conversationId: notice.conversationId },
            }),
          );
        }
      }),
    [live, me, client, router],
  );
  useTitleCount();
}

function show(notice: Notice, open: () => void): void {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  if (document.visibilityState === "visible" && document.hasFocus()) return;
  const shown = new Notification(notice.title, { body: notice.text, tag: notice.conversationId });
  shown.onclick = () => {
    window.focus();
    open();
    shown.close();
  };
}

function useTitleCount(): void {
  const counts = useQuery(countsQuery).data;
  const { workspace } = useMe();
  const waiting = (counts?.mine ?? 0) + (counts?.unassigned ?? 0);
  useEffect(() => {
    document.title = waiting ? `(${waiting}) ${workspace.name}` : workspace.name;
  }, [waiting, workspace.name]);
}
