import { ArrowRightLeft, BadgeCheck, BadgeX, Coffee, Hand, UserRoundPlus } from "lucide-react";
import type { Action, ActionContext } from "@/actions/action";
import type { Conversation } from "@/api/types";
import { openDialog, useUi } from "@/shell/ui_state";
import { queueOf, takeOver } from "./header/commands";
import { acceptOffer, declineOffer, firstOffer } from "./offers/answer";

function isOthers({ me, client }: ActionContext, conversation: Conversation): boolean {
  const may = me.permissions.includes("queue:assign") || queueOf(client, conversation)?.is_mine;
  const isFree = conversation.assignee_id === "" && Boolean(conversation.routing?.state);
  const isColleagues = conversation.assignee_id !== "" && conversation.assignee_id !== me.agent_id;
  return Boolean(may) && (isColleagues || isFree) && conversation.state !== "closed";
}

const isActive = ({ conversation }: ActionContext) =>
  conversation !== undefined && conversation.state !== "closed";

/** What agents do with the conversation on screen, beyond its own list of actions. */
export const ROUTING_ON_CONVERSATION: Action[] = [
  {
    id: "transfer",
    group: "conversation",
    label: "actions.transfer",
    keys: "f",
    icon: ArrowRightLeft,
    isAvailable: isActive,
    run: () => openDialog("transfer"),
  },
  {
    id: "invite",
    group: "conversation",
    label: "actions.invite",
    keys: "shift+f",
    icon: UserRoundPlus,
    isAvailable: isActive,
    run: () => openDialog("invite"),
  },
  {
    id: "take_over",
    group: "conversation",
    label: "actions.take_over",
    keys: "shift+i",
    icon: Hand,
    isAvailable: (context) =>
      context.conversation !== undefined && isOthers(context, context.conversation),
    run: ({ client, conversation }) => {
      if (conversation) void takeOver(client, conversation.id);
    },
  },
];

/** Wherever one is: the offer that ends first, and the own presence. */
export const ROUTING: Action[] = [
  {
    id: "offer_accept",
    group: "app",
    label: "actions.offer_accept",
    keys: "y",
    icon: BadgeCheck,
    isAvailable: ({ client }) => firstOffer(client) !== undefined,
    run: ({ client, router }) => {
      const offered = firstOffer(client);
      if (offered) void acceptOffer(client, router, offered);
    },
  },
  {
    id: "offer_decline",
    group: "app",
    label: "actions.offer_decline",
    keys: "x",
    icon: BadgeX,
    isAvailable: ({ client }) => firstOffer(client) !== undefined,
    run: ({ client }) => {
      const offered = firstOffer(client);
      if (offered) void declineOffer(client, offered);
    },
  },
  {
    id: "presence",
    group: "app",
    label: "actions.presence",
    keys: "v",
    icon: Coffee,
    run: () => useUi.setState({ isPresenceOpen: true }),
  },
];
