import {
  Ban,
  CheckCircle2,
  Clock,
  Flag,
  LayoutTemplate,
  MessageSquare,
  PanelRight,
  Quote,
  RotateCcw,
  Route,
  ShieldAlert,
  StickyNote,
  Tag,
  UserCheck,
  UserPlus,
  Zap,
} from "lucide-react";
import type { Conversation } from "@/api/types";
import { t } from "@/i18n";
import { blockContact, changeConversation } from "@/inbox/change";
import { ask } from "@/inbox/composer/asks";
import { ROUTING_ON_CONVERSATION } from "@/routing/actions";
import { closeConversation } from "@/routing/header/commands";
import { compose, openPicker, togglePanel } from "@/shell/ui_state";
import type { Action, ActionContext } from "./action";

type Given = ActionContext & { conversation: Conversation };

/** An action on the open conversation; not available without one. */
function on(
  id: string,
  icon: Action["icon"],
  keys: string | undefined,
  run: (context: Given) => void,
  when: (conversation: Conversation, context: ActionContext) => boolean = () => true,
): Action {
  return {
    id,
    group: "conversation",
    label: `actions.${id}`,
    icon,
    ...(keys ? { keys } : {}),
    isAvailable: (context) =>
      context.conversation !== undefined && when(context.conversation, context),
    run: (context) => {
      if (context.conversation) run({ ...context, conversation: context.conversation });
    },
  };
}

const isOpen = ({ state }: Conversation) => state === "open";

export const CONVERSATION: Action[] = [
  on("reply", MessageSquare, "r", () => compose("message")),
  on("quote", Quote, "q", () => ask({ kind: "quote_last" })),
  on("way", Route, "w", () => ask({ kind: "ways" })),
  on("template", LayoutTemplate, "t", () => ask({ kind: "templates" })),
  on("note", StickyNote, "n", () => compose("note")),
  on("assign", UserPlus, "a", () => openPicker("assign")),
  on(
    "assign_me",
    UserCheck,
    "i",
    ({ client, conversation, me }) =>
      changeConversation(
        client,
        conversation,
        { assignee_id: me.agent_id },
        t("toast.assigned_me"),
      ),
    (conversation, { me }) => conversation.assignee_id !== me.agent_id,
  ),
  on("labels", Tag, "l", () => openPicker("labels")),
  on(
    "snooze",
    Clock,
    "s",
    () => openPicker("snooze"),
    (c) => c.state !== "closed",
  ),
  on("priority", Flag, "p", () => openPicker("priority")),
  on("macros", Zap, "m", () => openPicker("macros")),
  on(
    "close",
    CheckCircle2,
    "e",
    ({ client, conversation }) => closeConversation(client, conversation),
    (conversation) => conversation.state !== "closed",
  ),
  on(
    "reopen",
    RotateCcw,
    "e",
    ({ client, conversation }) =>
      changeConversation(client, conversation, { state: "open" }, t("toast.reopened")),
    (conversation) => !isOpen(conversation),
  ),
  on(
    "spam",
    ShieldAlert,
    "!",
    ({ client, conversation }) =>
      changeConversation(client, conversation, { is_spam: true }, t("toast.spam")),
    (conversation) => !conversation.is_spam,
  ),
  on(
    "not_spam",
    ShieldAlert,
    "!",
    ({ client, conversation }) =>
      changeConversation(client, conversation, { is_spam: false }, t("toast.not_spam")),
    (conversation) => conversation.is_spam,
  ),
  on("block", Ban, undefined, ({ client, conversation }) => {
    changeConversation(client, conversation, { is_spam: true }, "");
    blockContact(client, conversation.contact.id, true);
  }),
  ...ROUTING_ON_CONVERSATION,
  on("panel", PanelRight, "]", () => togglePanel()),
];
