import { spotlight } from "@mantine/spotlight";
import { Command, Keyboard, LogOut, PenSquare } from "lucide-react";
import { api, need } from "@/api/client";
import { signOut } from "@/api/query_client";
import { ROUTING } from "@/routing/actions";
import { openDialog } from "@/shell/ui_state";
import { toastProblem } from "@/ui/toast";
import type { Action } from "./action";
import { CONVERSATION } from "./conversation";
import { GO } from "./go";

const APP: Action[] = [
  {
    id: "palette",
    group: "app",
    label: "actions.palette",
    keys: "mod+k",
    icon: Command,
    run: () => spotlight.open(),
  },
  {
    id: "new_conversation",
    group: "app",
    label: "actions.new_conversation",
    keys: "c",
    icon: PenSquare,
    run: () => openDialog("new_conversation"),
  },
  {
    id: "help",
    group: "app",
    label: "actions.help",
    keys: "?",
    icon: Keyboard,
    run: () => openDialog("help"),
  },
  {
    id: "sign_out",
    group: "app",
    label: "actions.sign_out",
    icon: LogOut,
    run: ({ client }) => {
      need(api.POST("/api/v1/auth/sign-out"))
        .then(() => signOut(client))
        .catch(toastProblem);
    },
  },
];

/** Everything a person can do by button, key or palette. */
export const ACTIONS: readonly Action[] = [...CONVERSATION, ...GO, ...ROUTING, ...APP];

export function actionById(id: string): Action {
  const found = ACTIONS.find((action) => action.id === id);
  if (!found) throw new Error(`No action ${id}`);
  return found;
}
