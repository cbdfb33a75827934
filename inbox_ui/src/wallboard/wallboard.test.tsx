import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, it } from "vitest";
import { startI18n } from "@/i18n";
import { desk, queue, queueNow } from "@/test/samples";
import { faultsOf, stage, stubHub } from "@/test/stage";
import { hasNew } from "./alerts";
import { columnsFor } from "./tiles";
import { WallboardPage } from "./wallboard_page";

beforeAll(() => startI18n("en"));

const SUPERVISOR = ["wallboard:read", "presence:manage", "queue:assign"];
const NOW = Date.now();

async function show(permissions = SUPERVISOR) {
  const asked = stubHub({
    "GET /queues": [
      queue("q1", { name: "Support" }),
      queue("q2", { name: "Returns", position: 1 }),
    ],
    "GET /teams": [],
    "GET /desks": [],
    "GET /me/queues": { desk: desk("agent1"), queues: [] },
    "GET /presence-reasons": [{ id: "r1", name: "Lunch", limit_minutes: 30, position: 0 }],
    "GET /agents": [
      { id: "a", name: "Ayşe", is_active: true },
      { id: "b", name: "Bora", is_active: true },
    ],
    "GET /wallboard": {
      at: NOW,
      queues: [
        queueNow("q2"),
        queueNow("q1", {
          waiting: 3,
          longest_since: NOW - 65_000,
          service_level: 0.8,
          alerts: ["length"],
        }),
      ],
      desks: [
        desk("b", { presence: "away", chosen: "away", reason_id: "r1", is_over_limit: true }),
        desk("a", {
          load: 500,
          held: [{ conversation_id: "c9", kind: "chat", cost: 333, at: NOW }],
        }),
      ],
    },
    "GET /queues/q1/line": [
      {
        conversation_id: "c1",
        contact_name: "Zoë",
        channel: "chat",
        entered_at: NOW - 65_000,
        place: 1,
        is_vip: true,
        priority: 4,
        state: "waiting",
        offered_to: [],
      },
    ],
    "PUT /agents/b/presence": desk("b", { rev: 2 }),
    "POST /conversations/c9/take": { id: "c9", rev: 2, labels: [], channels: [] },
    "POST /conversations/c1/queue": { id: "c1", rev: 2, labels: [], channels: [] },
  });
  const page = await stage(<WallboardPage />, { permissions });
  await screen.findByRole("heading", { name: /Support/ });
  return { asked, page: page.container };
}

it("shows the queues in their order, the longest wait, and what is wrong", async () => {
  const { page } = await show();
  const tiles = within(screen.getByRole("region", { name: "Queues" })).getAllByRole("article");
  expect(tiles.map((tile) => within(tile).getByRole("button").textContent)).toEqual([
    "Support",
    "Returns",
  ]);
  const support = within(tiles[0] as HTMLElement);
  expect(support.getByText("3")).toBeVisible();
  expect(support.getByText(/^1:0\d$/)).toBeVisible();
  expect(support.getByText("80%")).toBeVisible();
  expect(screen.getByText("Support: 3 waiting")).toBeVisible();
  expect(await faultsOf(page)).toEqual([]);
});

it("lists agents who can work first, with state and load", async () => {
  await show();
  const people = within(screen.getByRole("region", { name: "People" })).getAllByRole("listitem");
  expect(people[0]).toHaveTextContent("Ayşe");
  expect(people[1]).toHaveTextContent("Lunch");
  expect(people[1]).toHaveTextContent("longer than agreed");
  expect(screen.getByRole("img", { name: "50 % busy, 1 conversation" })).toBeVisible();
});

it("sets a presence and takes a conversation over", async () => {
  const { asked } = await show();
  await userEvent.click(screen.getByRole("button", { name: "Set the presence of Bora" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Available" }));
  expect(asked.find(({ path }) => path === "/agents/b/presence")?.body).toEqual({
    presence: "available",
    reason_id: "",
  });
  await userEvent.click(screen.getByRole("button", { name: "Ayşe has 1 conversation" }));
  await userEvent.click(screen.getByRole("button", { name: "Take over" }));
  expect(asked.some(({ path }) => path === "/conversations/c9/take")).toBe(true);
});

it("opens a line and moves who waits to another queue", async () => {
  const { asked } = await show();
  await userEvent.click(screen.getByRole("button", { name: "Support" }));
  const drawer = within(await screen.findByRole("dialog"));
  expect(await drawer.findByRole("link", { name: "Zoë" })).toBeVisible();
  await userEvent.click(drawer.getByRole("button", { name: "What to do with Zoë" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Move to the queue" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Returns" }));
  expect(asked.find(({ path }) => path === "/conversations/c1/queue")?.body).toMatchObject({
    queue_id: "q2",
  });
});

it("lets people look who may not act", async () => {
  await show(["wallboard:read"]);
  expect(screen.queryByRole("button", { name: /Set the presence/ })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Ayşe has 1 conversation" }));
  expect(screen.queryByRole("button", { name: "Take over" })).toBeNull();
});

it("puts twelve queues on a wall in three rows, and sounds for new alerts only", () => {
  expect([1, 4, 9, 12].map(columnsFor)).toEqual([1, 2, 3, 4]);
  const one = { id: "q1 length", text: "" };
  expect(hasNew([one], [one])).toBe(false);
  expect(hasNew([one], [one, { id: "q1 wait", text: "" }])).toBe(true);
});
