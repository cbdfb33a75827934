import type { Capabilities, Inbox } from "@/api/types";

/** How a conversation begins by an inbox; the last two: it cannot. */
export type Opening = "text" | "template" | "visitor" | "answers_only";

export function openingOf(can: Capabilities): Opening {
  if (!can.can_start) return can.address_kind === "visitor" ? "visitor" : "answers_only";
  // Whoever has not written yet has no open window, so only a template reaches them.
  if (can.reply_window_h === 0) return "text";
  return can.can_templates ? "template" : "answers_only";
}

export const canOpen = ({ capabilities }: Inbox): boolean =>
  ["text", "template"].includes(openingOf(capabilities));
