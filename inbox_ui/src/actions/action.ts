import type { QueryClient } from "@tanstack/react-query";
import type { AnyRouter } from "@tanstack/react-router";
import type { LucideIcon } from "lucide-react";
import type { Conversation, Me } from "@/api/types";

/** What an action may know when it runs. */
export interface ActionContext {
  me: Me;
  client: QueryClient;
  router: AnyRouter;
  /** The conversation on screen. */
  conversation: Conversation | undefined;
}

/** Something a person can do: one object behind its button, its shortcut and its line in the palette. */
export interface Action {
  id: string;
  group: "go" | "conversation" | "app";
  /** i18n key. */
  label: string | ((context: ActionContext) => string);
  /** "e", "mod+k", "shift+i", or two after one another: "g m". */
  keys?: string;
  icon: LucideIcon;
  isAvailable?: (context: ActionContext) => boolean;
  run: (context: ActionContext) => void;
}

export const labelOf = (action: Action, context: ActionContext): string =>
  typeof action.label === "string" ? action.label : action.label(context);

export const isAvailable = (action: Action, context: ActionContext): boolean =>
  action.isAvailable?.(context) ?? true;
