import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, it } from "vitest";
import type { Delivery, Message } from "@/api/types";
import { startI18n } from "@/i18n";
import { useAsked } from "@/inbox/composer/asks";
import { abilities, message } from "@/test/samples";
import { stage, stubHub } from "@/test/stage";
import { DeliveryTrouble } from "./delivery_trouble";
import { ThreadFactsProvider } from "./thread_facts";

beforeAll(() => startI18n("en"));

const asks: string[] = [];
function Listener() {
  useAsked(({ kind }) => asks.push(kind));
  return null;
}

async function show(
  delivery: Delivery,
  change: Partial<Message> = {},
  { permissions = [] as string[], can = abilities() } = {},
) {
  asks.length = 0;
  const failed = message(3, { direction: "out", delivery, ...change });
  await stage(
    <ThreadFactsProvider value={{ canOf: () => can, jump: () => {} }}>
      <Listener />
      <DeliveryTrouble message={failed} />
    </ThreadFactsProvider>,
    { permissions },
  );
  return screen.queryAllByRole("button").map((button) => button.textContent);
}

it("lets a person say what became of a message of unknown outcome", async () => {
  const asked = stubHub({
    "POST /conversations/c1/messages/3/resolve": message(3, { delivery: "failed" }),
  });
  expect(await show("unknown", { reason: "outcome_unknown" })).toEqual([
    "It did arrive",
    "It did not arrive",
    "Send again",
  ]);
  expect(screen.getByText(/did not answer/)).toHaveTextContent("it may arrive twice");
  await userEvent.click(screen.getByRole("button", { name: "It did not arrive" }));
  expect(asked[0]).toMatchObject({
    path: "/conversations/c1/messages/3/resolve",
    body: { action: "mark_failed" },
  });
});

it("offers a template when the window has closed", async () => {
  const can = abilities({ can_templates: true });
  expect(await show("failed", { reason: "outside_window" }, { can })).toEqual(["Send a template"]);
  await userEvent.click(screen.getByRole("button", { name: "Send a template" }));
  expect(asks).toEqual(["templates"]);
});

it("offers another channel where templates would not help", async () => {
  expect(await show("failed", { reason: "outside_window" })).toEqual(["Try another channel"]);
});

it.each(["recipient_unreachable", "opted_out"])(
  "offers another channel when %s",
  async (reason) => {
    expect(await show("failed", { reason })).toEqual(["Try another channel"]);
    await userEvent.click(screen.getByRole("button", { name: "Try another channel" }));
    expect(asks).toEqual(["ways"]);
  },
);

it("leads those who may repair an inbox to its settings", async () => {
  expect(await show("failed", { reason: "auth_failed" })).toEqual(["Send again"]);
});

it("leads an administrator to the inbox whose credentials were refused", async () => {
  const who = { permissions: ["inbox:write"] };
  expect(await show("failed", { reason: "auth_failed" }, who)).toEqual([
    "Open the inbox's settings",
    "Send again",
  ]);
});

it("shows the vendor's words on demand", async () => {
  await show("failed", { reason: "send_error", detail: "30007 Message filtered" });
  const words = screen.getByText("30007 Message filtered");
  expect(words).not.toBeVisible();
  await userEvent.click(screen.getByText("What the channel said"));
  expect(words).toBeVisible();
});

it("says nothing where all is well", async () => {
  expect(await show("delivered")).toEqual([]);
});
