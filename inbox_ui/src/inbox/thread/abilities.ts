import type { Capabilities, Delivery, Message } from "@/api/types";

/** What a person may do with one message; its channel decides. */
export type MessageAct = "quote" | "react" | "edit" | "remove";

const WITH_VENDOR: readonly Delivery[] = ["accepted", "sent", "delivered", "read"];
const WAITING: readonly Delivery[] = ["queued", "retry"];

export function actsOn(message: Message, can: Capabilities | undefined): MessageAct[] {
  if (!can || message.kind !== "message" || message.deleted_at) return [];
  const isIn = message.direction === "in";
  const isOurs = message.direction === "out" && message.author.kind === "agent" && !isEcho(message);
  const isSent = isIn || WITH_VENDOR.includes(message.delivery);
  const acts: [MessageAct, boolean][] = [
    ["quote", can.can_quote && isSent],
    ["react", can.can_react && isIn],
    ["edit", can.can_edit && isOurs && isSent && message.text !== "" && !message.template],
    ["remove", isOurs && ((can.can_delete && isSent) || WAITING.includes(message.delivery))],
  ];
  return acts.filter(([, may]) => may).map(([act]) => act);
}

/** Written in the vendor's own app by somebody of ours, not here. */
export const isEcho = (message: Message): boolean => message.details.echo === true;
