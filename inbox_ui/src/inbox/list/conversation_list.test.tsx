import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render, screen, within } from "@testing-library/react";
import axe from "axe-core";
import { beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { Me } from "@/api/types";
import { startI18n } from "@/i18n";
import { Live } from "@/live/live";
import { readInboxSearch } from "@/search_params";
import { SessionContext } from "@/shell/session";
import { conversation } from "@/test/samples";
import { ListPane } from "./list_pane";

const ROWS = 500;

beforeAll(() => startI18n("en"));
beforeEach(() => {
  // jsdom lays nothing out.
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, "offsetWidth", "get").mockReturnValue(340);
});

function show(items: ReturnType<typeof conversation>[]) {
  const answers: Record<string, unknown> = {
    "/api/v1/conversations": { items, next: null, cursor: "" },
    "/api/v1/conversations/counts": { mine: 2, unassigned: 0, all: 500, mentions: 0, snoozed: 0 },
  };
  vi.stubGlobal("fetch", async (request: Request) =>
    Response.json(answers[new URL(request.url).pathname] ?? []),
  );
  const client = new QueryClient();
  const me = {
    agent_id: "me",
    permissions: [] as string[],
    workspace: { name: "W" },
  } as unknown as Me;
  const root = createRootRoute();
  const app = createRoute({ getParentRoute: () => root, id: "app" });
  const inbox = createRoute({
    getParentRoute: () => app,
    path: "/inbox/$view",
    validateSearch: readInboxSearch,
    component: ListPane,
  });
  const router = createRouter({
    routeTree: root.addChildren([app.addChildren([inbox])]),
    history: createMemoryHistory({ initialEntries: ["/inbox/all"] }),
  });
  const session = { me, live: new Live(client, () => {}) };
  return render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <SessionContext value={session}>
          <RouterProvider router={router as never} />
        </SessionContext>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

const many = Array.from({ length: ROWS }, (_, index) =>
  conversation({
    id: `c${index}`,
    contact: { id: `p${index}`, name: `Person ${index}` },
    last_at: ROWS - index,
  }),
);

it("draws only the rows in sight", async () => {
  show(many);
  const list = await screen.findByRole("region", { name: "Conversations" });
  const rows = await within(list).findAllByRole("listitem");
  expect(rows.length).toBeGreaterThan(3);
  expect(rows.length).toBeLessThan(40);
  expect(within(list).getByText("Person 0")).toBeInTheDocument();
});

it("says in words what is unread and how urgent it is", async () => {
  show([conversation({ priority: 4, inbound_seq: 3, mine: { read_seq: 1, has_draft: false } })]);
  const row = await screen.findByRole("link", { name: /Ayşe Yılmaz/ });
  expect(row).toHaveAccessibleName(expect.stringMatching(/Unread.*Urgent/s));
});

it("says the next step when there is nothing", async () => {
  show([]);
  expect(await screen.findByText("No open conversations")).toBeVisible();
});

it("has nothing for axe to find", async () => {
  const { container } = show(many.slice(0, 5));
  await screen.findByText("Person 0");
  const found = await axe.run(container, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  expect(found.violations.map(({ id }) => id)).toEqual([]);
});
