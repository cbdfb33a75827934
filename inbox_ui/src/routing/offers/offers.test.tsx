import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, it } from "vitest";
import { startI18n } from "@/i18n";
import { serverNow } from "@/routing/clock";
import { conversation, desk, queue, queueNow } from "@/test/samples";
import { faultsOf, stage, stubHub } from "@/test/stage";
import { Offers } from "./offers";

beforeAll(() => startI18n("en"));

const offered = (id: string, name: string, endsIn: number, isVip = false) => {
  const at = serverNow() - 10_000;
  return conversation({
    id,
    contact: { id: `p-${id}`, name },
    preview: "Where is my order?",
    routing: {
      queue_id: "q1",
      state: "offered",
      entered_at: at,
      is_vip: isVip,
      offer: { number: 4, agent_ids: ["agent1"], at, until: serverNow() + endsIn },
    },
  });
};

async function show() {
  const one = offered("c1", "Ayşe Yılmaz", 20_000, true);
  const line = { contact_name: "", channel: "chat", entered_at: 0, place: 1, is_vip: true };
  const asked = stubHub({
    "GET /queues": [queue("q1", { name: "Support" })],
    "GET /me/queues": { desk: desk("agent1"), queues: [queueNow("q1", { offered: 2 })] },
    "GET /queues/q1/line": [
      { ...line, conversation_id: "c1", priority: 2, state: "offered", offered_to: ["agent1"] },
      { ...line, conversation_id: "c2", priority: 2, state: "offered", offered_to: ["other"] },
    ],
    "GET /conversations/c1": { conversation: one, cursor: "a.1" },
    "POST /conversations/c1/offer/decline": { ok: true },
    "POST /conversations/c1/offer/accept": Response.json(
      { code: "conflict", message: "somebody was faster" },
      { status: 409 },
    ),
  });
  const page = await stage(<Offers />);
  const card = within(await screen.findByRole("article", { name: /Ayşe Yılmaz/ }));
  return { asked, card, page: page.container };
}

it("shows who waits where, since when, with the time that is left", async () => {
  const { card, page } = await show();
  expect(await card.findByText(/Support · waiting 0:\d\d/)).toBeVisible();
  expect(card.getByText("Where is my order?")).toBeVisible();
  expect(card.getByRole("img", { name: "VIP" })).toBeVisible();
  expect(card.getByRole("timer", { name: /^(19|20|21) seconds left$/ })).toBeVisible();
  expect(screen.getByRole("alert")).toHaveTextContent("Ayşe Yılmaz is waiting for you");
  expect(screen.getAllByRole("article")).toHaveLength(1);
  expect(document.body).toHaveFocus();
  expect(await faultsOf(page)).toEqual([]);
});

it("declines with the number of the offer that was seen, and takes the card away", async () => {
  const { asked, card } = await show();
  await userEvent.click(card.getByRole("button", { name: /Decline/ }));
  expect(asked.at(-1)).toMatchObject({ method: "POST", body: { number: 4 } });
  expect(screen.queryByRole("article")).toBeNull();
});

it("lets go of what somebody else has got", async () => {
  const { card } = await show();
  await userEvent.click(card.getByRole("button", { name: /Accept/ }));
  await expect.poll(() => screen.queryByRole("article")).toBeNull();
});
