import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { ApiError } from "./api/errors";
import { meQuery } from "./api/queries";
import { VIEWS, type View } from "./api/types";
import { SignInPage } from "./auth/sign_in";
import { WelcomePage } from "./auth/welcome";
import { showLanguage } from "./i18n";
import { InboxPage } from "./inbox/inbox_page";
import { NothingChosen } from "./inbox/nothing_chosen";
import { ConversationPane } from "./inbox/thread/conversation_pane";
import { readReportSearch } from "./reports/search";
import { readInboxSearch, readSearchSearch } from "./search_params";
import { NotFound, PageFault } from "./shell/faults";
import { Shell } from "./shell/shell";

const text = (value: unknown): string => (typeof value === "string" ? value : "");

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>) => ({ from: text(search.from) }),
  component: SignInPage,
});

const welcome = createRoute({
  getParentRoute: () => root,
  path: "/welcome",
  validateSearch: (search: Record<string, unknown>) => ({ token: text(search.token) }),
  component: WelcomePage,
});

/** Everything behind it needs a session. */
const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  component: Shell,
  errorComponent: PageFault,
  beforeLoad: async ({ context, location }) => {
    try {
      const me = await context.client.ensureQueryData(meQuery);
      await showLanguage(me.language || me.workspace.language);
    } catch (error) {
      const isSignedOut = error instanceof ApiError && error.isSignedOut;
      if (isSignedOut) throw redirect({ to: "/sign-in", search: { from: location.href } });
      throw error;
    }
  },
});

const home = createRoute({
  getParentRoute: () => app,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/inbox/$view", params: { view: "all" } });
  },
});

const inbox = createRoute({
  getParentRoute: () => app,
  path: "/inbox/$view",
  params: {
    parse: ({ view }) => ({ view: VIEWS.find((known) => known === view) ?? ("all" as View) }),
    stringify: ({ view }) => ({ view }),
  },
  validateSearch: readInboxSearch,
  component: InboxPage,
});
const noConversation = createRoute({
  getParentRoute: () => inbox,
  path: "/",
  component: NothingChosen,
});
const conversation = createRoute({
  getParentRoute: () => inbox,
  path: "$conversationId",
  component: ConversationPane,
});

const contacts = createRoute({
  getParentRoute: () => app,
  path: "/contacts",
  component: lazyRouteComponent(() => import("./contacts/contacts_page"), "ContactsPage"),
});
const contact = createRoute({
  getParentRoute: () => contacts,
  path: "$contactId",
  component: lazyRouteComponent(() => import("./contacts/contact_page"), "ContactPage"),
});

const search = createRoute({
  getParentRoute: () => app,
  path: "/search",
  validateSearch: readSearchSearch,
  component: lazyRouteComponent(() => import("./search/search_page"), "SearchPage"),
});

const settings = createRoute({
  getParentRoute: () => app,
  path: "/settings",
  component: lazyRouteComponent(() => import("./settings/layout"), "SettingsLayout"),
});
const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: "/",
  component: lazyRouteComponent(() => import("./settings/profile/profile"), "ProfilePage"),
});
const profile = createRoute({
  getParentRoute: () => settings,
  path: "profile",
  component: lazyRouteComponent(() => import("./settings/profile/profile"), "ProfilePage"),
});
const inboxes = createRoute({
  getParentRoute: () => settings,
  path: "inboxes",
  component: lazyRouteComponent(() => import("./settings/inboxes/inbox_list"), "InboxListPage"),
});
const newInbox = createRoute({
  getParentRoute: () => settings,
  path: "inboxes/new",
  component: lazyRouteComponent(() => import("./settings/inboxes/new_inbox"), "NewInboxPage"),
});
const oneInbox = createRoute({
  getParentRoute: () => settings,
  path: "inboxes/$inboxId",
  component: lazyRouteComponent(() => import("./settings/inboxes/one_inbox"), "OneInboxPage"),
});
const people = createRoute({
  getParentRoute: () => settings,
  path: "people",
  component: lazyRouteComponent(() => import("./settings/people/people"), "PeoplePage"),
});
const queueList = createRoute({
  getParentRoute: () => settings,
  path: "queues",
  component: lazyRouteComponent(
    () => import("./settings/routing/queues/queue_list"),
    "QueueListPage",
  ),
});
const queueEditor = createRoute({
  getParentRoute: () => settings,
  path: "queues/$queueId",
  component: lazyRouteComponent(
    () => import("./settings/routing/queues/queue_editor"),
    "QueueEditorPage",
  ),
});
const teams = createRoute({
  getParentRoute: () => settings,
  path: "teams",
  component: lazyRouteComponent(() => import("./settings/routing/teams"), "TeamsPage"),
});
const skills = createRoute({
  getParentRoute: () => settings,
  path: "skills",
  component: lazyRouteComponent(
    () => import("./settings/routing/skills/skills_page"),
    "SkillsPage",
  ),
});
const hoursList = createRoute({
  getParentRoute: () => settings,
  path: "hours",
  component: lazyRouteComponent(
    () => import("./settings/routing/hours/hours_list"),
    "HoursListPage",
  ),
});
const hoursEditor = createRoute({
  getParentRoute: () => settings,
  path: "hours/$scheduleId",
  component: lazyRouteComponent(
    () => import("./settings/routing/hours/hours_editor"),
    "HoursEditorPage",
  ),
});
const presence = createRoute({
  getParentRoute: () => settings,
  path: "presence",
  component: lazyRouteComponent(() => import("./settings/routing/presence_page"), "PresencePage"),
});
const wallboard = createRoute({
  getParentRoute: () => app,
  path: "/wallboard",
  component: lazyRouteComponent(() => import("./wallboard/wallboard_page"), "WallboardPage"),
});
const reports = createRoute({
  getParentRoute: () => app,
  path: "/reports",
  validateSearch: readReportSearch,
  component: lazyRouteComponent(() => import("./reports/reports_page"), "ReportsPage"),
});
const labels = createRoute({
  getParentRoute: () => settings,
  path: "labels",
  component: lazyRouteComponent(() => import("./settings/lists/labels"), "LabelsPage"),
});
const canned = createRoute({
  getParentRoute: () => settings,
  path: "canned",
  component: lazyRouteComponent(() => import("./settings/lists/canned"), "CannedPage"),
});
const macros = createRoute({
  getParentRoute: () => settings,
  path: "macros",
  component: lazyRouteComponent(() => import("./work/macros/macros_page"), "MacrosPage"),
});
const tasks = createRoute({
  getParentRoute: () => app,
  path: "/tasks",
  component: lazyRouteComponent(() => import("./work/tasks/tasks_page"), "TasksPage"),
});
const suppressions = createRoute({
  getParentRoute: () => settings,
  path: "suppressions",
  component: lazyRouteComponent(
    () => import("./settings/suppressions/suppressions"),
    "SuppressionsPage",
  ),
});
const workspace = createRoute({
  getParentRoute: () => settings,
  path: "workspace",
  component: lazyRouteComponent(() => import("./settings/workspace/workspace"), "WorkspacePage"),
});
const apiKeys = createRoute({
  getParentRoute: () => settings,
  path: "api-keys",
  component: lazyRouteComponent(() => import("./settings/workspace/api_keys"), "ApiKeysPage"),
});
const audit = createRoute({
  getParentRoute: () => settings,
  path: "audit",
  component: lazyRouteComponent(() => import("./settings/workspace/audit"), "AuditPage"),
});

const tree = root.addChildren([
  signIn,
  welcome,
  app.addChildren([
    home,
    inbox.addChildren([noConversation, conversation]),
    contacts.addChildren([contact]),
    search,
    tasks,
    wallboard,
    reports,
    settings.addChildren([
      settingsHome,
      profile,
      inboxes,
      newInbox,
      oneInbox,
      people,
      queueList,
      queueEditor,
      teams,
      skills,
      hoursList,
      hoursEditor,
      presence,
      labels,
      canned,
      macros,
      suppressions,
      workspace,
      apiKeys,
      audit,
    ]),
  ]),
]);

export function createAppRouter(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { client },
    defaultPreload: "intent",
    defaultErrorComponent: PageFault,
    scrollRestoration: false,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
