import {
  AtSign,
  BellOff,
  ChartColumn,
  ChevronDown,
  ChevronUp,
  CircleCheck,
  CornerUpLeft,
  Gauge,
  Inbox,
  ListTodo,
  Search,
  Settings,
  User,
  Users,
  UserX,
} from "lucide-react";
import { VIEWS, type View } from "@/api/types";
import { useUi } from "@/shell/ui_state";
import type { Action, ActionContext } from "./action";

function toView(id: View, keys: string, icon: Action["icon"]): Action {
  return {
    id: `go_${id}`,
    group: "go",
    label: `actions.go_${id}`,
    keys,
    icon,
    run: ({ router }) => void router.navigate({ to: "/inbox/$view", params: { view: id } }),
  };
}

function toPage(id: string, to: string, keys: string, icon: Action["icon"]): Action {
  const run = ({ router }: ActionContext) => void router.navigate({ to });
  return { id: `go_${id}`, group: "go", label: `actions.go_${id}`, keys, icon, run };
}

/** The view on screen. */
function viewOf(router: ActionContext["router"]): View {
  const params: Record<string, unknown>[] = router.state.matches.map((match) => match.params);
  return VIEWS.find((view) => params.some((one) => one.view === view)) ?? "all";
}

/** Opens the neighbour on the list; the first one when none is open. */
function step({ router, conversation }: ActionContext, by: 1 | -1): void {
  const { listIds } = useUi.getState();
  const here = conversation ? listIds.indexOf(conversation.id) : -1;
  const conversationId = listIds[here === -1 && by === -1 ? 0 : here + by];
  if (!conversationId) return;
  void router.navigate({
    to: "/inbox/$view/$conversationId",
    params: { view: viewOf(router), conversationId },
    search: true,
  });
}

export const GO: Action[] = [
  toView("mine", "g m", User),
  toView("unassigned", "g u", UserX),
  toView("all", "g a", Inbox),
  toView("mentions", "g t", AtSign),
  toView("snoozed", "g s", BellOff),
  toView("closed", "g c", CircleCheck),
  toPage("tasks", "/tasks", "g k", ListTodo),
  toPage("contacts", "/contacts", "g p", Users),
  toPage("search", "/search", "/", Search),
  {
    ...toPage("wallboard", "/wallboard", "g w", Gauge),
    isAvailable: ({ me }) => me.permissions.includes("wallboard:read"),
  },
  {
    ...toPage("reports", "/reports", "g r", ChartColumn),
    isAvailable: ({ me }) => me.permissions.includes("report:read"),
  },
  toPage("settings", "/settings", "g ,", Settings),
  {
    id: "next",
    group: "go",
    label: "actions.next",
    keys: "j",
    icon: ChevronDown,
    run: (c) => step(c, 1),
  },
  {
    id: "previous",
    group: "go",
    label: "actions.previous",
    keys: "k",
    icon: ChevronUp,
    run: (c) => step(c, -1),
  },
  {
    id: "back",
    group: "go",
    label: "actions.back",
    keys: "u",
    icon: CornerUpLeft,
    isAvailable: ({ conversation }) => conversation !== undefined,
    run: ({ router }) => {
      void router.navigate({ to: "/inbox/$view", params: { view: viewOf(router) }, search: true });
    },
  },
];
