import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, it } from "vitest";
import type { Suppression } from "@/api/types";
import { startI18n } from "@/i18n";
import { faultsOf, stage, stubHub } from "@/test/stage";
import { SuppressionsPage } from "./suppressions";

beforeAll(() => startI18n("en"));

const one = (id: string, value: string, change: Partial<Suppression> = {}): Suppression => ({
  id,
  channel: "",
  kind: "phone",
  value,
  scope: "all",
  at: 1000,
  history: [
    { at: 1000, is_opted_out: true, source: "word", text: "STOP", inbox_id: "", agent_id: "" },
  ],
  ...change,
});

const ALL = [one("s1", "+48600100200"), one("s2", "+905320000001", { scope: "marketing" })];

const LISTS = { "GET /channels": [], "GET /agents": [], "GET /inboxes": [] };

async function show(items: Suppression[], permissions = ["suppression:read", "suppression:write"]) {
  const asked = stubHub({
    ...LISTS,
    "GET /suppressions": { items, next: null },
    "POST /suppressions": one("s3", "+48700"),
    "DELETE /suppressions/s1": { ok: true },
  });
  const page = await stage(<SuppressionsPage />, { permissions });
  return { asked, page: page.container };
}

it("lists who must not be written to, with the proof on demand", async () => {
  const { page } = await show(ALL);
  const list = within(await screen.findByRole("list", { name: "Do not contact" }));
  expect(list.getByText("+905320000001")).toBeVisible();
  expect(list.getByText(/no marketing/)).toBeVisible();
  expect(list.getAllByText("STOP")[0]).not.toBeVisible();
  await userEvent.click(list.getAllByText("History")[0] as HTMLElement);
  expect(list.getAllByText("STOP")[0]).toBeVisible();
  expect(await faultsOf(page)).toEqual([]);
});

it("lets the hub look for an address", async () => {
  const { asked } = await show(ALL);
  await userEvent.type(await screen.findByLabelText("Search addresses"), " 600 100-200");
  await waitFor(() => {
    const looked = asked.filter(({ path }) => path === "/suppressions");
    expect(looked.map(({ query }) => query.search)).toEqual(["", "600 100-200"]);
  });
});

it("says that an address is not on the list, and offers to add it", async () => {
  const hub: Record<string, unknown> = {
    ...LISTS,
    "GET /suppressions": { items: ALL, next: null },
  };
  stubHub(hub);
  await stage(<SuppressionsPage />, { permissions: ["suppression:read", "suppression:write"] });
  const search = await screen.findByLabelText("Search addresses");
  hub["GET /suppressions"] = { items: [], next: null };
  await userEvent.type(search, "ola@example.com");
  expect(await screen.findByText("“ola@example.com” is not on the list")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Add an address" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByLabelText(/Telephone number or e-mail/)).toHaveValue("ola@example.com");
});

it("takes an address off the list", async () => {
  const { asked } = await show(ALL);
  const name = "Allow messages to +48600100200 again";
  await userEvent.click(await screen.findByRole("button", { name }));
  expect(asked.some(({ method }) => method === "DELETE")).toBe(true);
});

it("adds an address with how it was asked for", async () => {
  const { asked } = await show([]);
  await screen.findByText("Nobody is on the list");
  await userEvent.click(screen.getByRole("button", { name: "Add an address" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.type(dialog.getByLabelText(/Telephone number or e-mail/), "ola@example.com");
  await userEvent.type(dialog.getByLabelText(/How they asked/), "By letter");
  await userEvent.click(dialog.getByRole("button", { name: "Add" }));
  expect(asked.find(({ method }) => method === "POST")?.body).toEqual({
    kind: "email",
    value: "ola@example.com",
    channel: "",
    scope: "all",
    reason: "By letter",
  });
});

it("lets people look who may not change it", async () => {
  await show(ALL, ["suppression:read"]);
  await screen.findByText("+48600100200");
  expect(screen.queryByRole("button", { name: /Allow messages|Add/ })).toBeNull();
});
