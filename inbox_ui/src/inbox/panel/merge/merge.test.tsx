import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { Merge } from "@/api/types";
import { startI18n } from "@/i18n";
import { contact } from "@/test/samples";
import { MergeButton } from "./merge_button";
import { MergeHistory } from "./merge_history";
import { Suggestions } from "./suggestions";

const ann = contact({ id: "a", name: "Ann", company: "Shop" });
const anna = contact({ id: "b", name: "Anna", about: "tall", is_blocked: true });
const merge: Merge = {
  id: "m1",
  state: "merged",
  winner: { id: "a", name: "Ann" },
  loser: { id: "b", name: "Anna" },
  at: 1000,
  by: "Ada",
  undone_at: 0,
  undone_by: "",
  can_undo: true,
};
const asked: { path: string; body: unknown }[] = [];
let merges: Merge[] = [];

beforeAll(() => startI18n("en"));
beforeEach(() => {
  asked.length = 0;
  merges = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "POST") {
      const text = await request.text();
      asked.push({ path: pathname, body: text ? JSON.parse(text) : null });
      return Response.json(pathname.endsWith("/dismiss") ? { ok: true } : merge);
    }
    if (pathname.endsWith("/suggestions")) {
      return Response.json([{ contact: anna, reasons: [{ kind: "email", value: "a@b.test" }] }]);
    }
    if (pathname.endsWith("/merges")) return Response.json(merges);
    return Response.json({ items: [ann, anna], next: null });
  });
});

function show(ui: React.ReactNode) {
  const root = createRootRoute({ component: () => ui });
  const router = createRouter({
    routeTree: root,
    history: createMemoryHistory({ initialEntries: ["/"] }),
  });
  return render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

it("merges by keyboard: search, Enter, choose, merge", async () => {
  const user = userEvent.setup();
  show(<MergeButton contact={ann} />);
  await user.click(await screen.findByRole("button", { name: "Merge with…" }));
  const dialog = await screen.findByRole("dialog");
  await within(dialog).findByRole("button", { name: /Anna/ });
  expect(within(dialog).queryByRole("button", { name: "A Ann" })).toBeNull();
  await user.type(within(dialog).getByRole("searchbox"), "{Enter}");
  const names = await within(dialog).findByRole("radiogroup", { name: "Name" });
  await user.click(within(names).getByRole("radio", { name: "Anna" }));
  expect(within(dialog).getByText(/will be blocked/)).toBeVisible();
  expect(
    (await axe.run(dialog, { rules: { "color-contrast": { enabled: false } } })).violations,
  ).toEqual([]);
  await user.click(within(dialog).getByRole("button", { name: "Merge" }));
  await waitFor(() =>
    expect(asked).toEqual([
      { path: "/api/v1/contacts/a/merges", body: { other: "b", fields: ["name", "about"] } },
    ]),
  );
});

it("can keep the other one instead", async () => {
  const user = userEvent.setup();
  show(<Suggestions contact={ann} />);
  await user.click(await screen.findByRole("button", { name: "Merge with Anna" }));
  const dialog = await screen.findByRole("dialog");
  await user.click(within(dialog).getByRole("radio", { name: "Anna stays" }));
  await user.click(within(dialog).getByRole("button", { name: "Merge" }));
  await waitFor(() =>
    expect(asked).toEqual([
      { path: "/api/v1/contacts/b/merges", body: { other: "a", fields: ["company"] } },
    ]),
  );
});

it("says why somebody is suggested and takes a no", async () => {
  const user = userEvent.setup();
  show(<Suggestions contact={ann} />);
  expect(await screen.findByText("same e-mail address a@b.test")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Anna is not the same person" }));
  await waitFor(() => expect(screen.queryByText("Perhaps the same person")).toBeNull());
  expect(asked.map(({ path }) => path)).toEqual(["/api/v1/contacts/a/suggestions/b/dismiss"]);
});

it("undoes the latest merge only", async () => {
  const user = userEvent.setup();
  const earlier = { ...merge, id: "m0", loser: { id: "c", name: "Cem" }, can_undo: false };
  merges = [merge, earlier];
  show(<MergeHistory contact={ann} />);
  await user.click(await screen.findByRole("button", { name: "Undo the merge of Cem" }));
  expect(asked).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Undo the merge of Anna" }));
  await waitFor(() => expect(asked.map(({ path }) => path)).toEqual(["/api/v1/merges/m1/undo"]));
});
