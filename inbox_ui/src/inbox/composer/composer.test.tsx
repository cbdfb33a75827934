import { QueryClient } from "@tanstack/react-query";
import { act, cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { keys } from "@/api/keys";
import type { ConversationDetail, SendMessage, Way } from "@/api/types";
import { startI18n } from "@/i18n";
import { conversation, message, template, way } from "@/test/samples";
import { faultsOf, stage, stubHub } from "@/test/stage";
import { ask } from "./asks";
import { Composer } from "./composer";
import { startOutbox } from "./outbox";

beforeAll(() => startI18n("en"));
beforeEach(() => localStorage.clear());

const CHAT = way("Chat", { has_typing: true, can_quick_replies: true, quick_replies_max: 3 });
const SMS = way(
  "SMS",
  { is_live: false, counts_segments: true, can_attach: false, text_max_chars: 1600 },
  { address: "+48 600" },
);
const PARROT = way(
  "Parrot",
  { is_live: false, can_templates: true, can_voice: true, reply_window_h: 24 },
  { address: "+48 600", state: "window_closed" },
);

async function show(ways: Way[]) {
  const answers: Record<string, unknown> = {
    "GET /conversations/c1/ways": ways,
    "GET /agents": [
      { id: "a2", name: "Bea Colleague", email: "bea@shop.example", is_active: true },
    ],
    "GET /canned": [],
    "GET /inboxes/Parrot/templates": [template()],
    "POST /conversations/c1/messages": message(2, { direction: "out" }),
    "POST /conversations/c1/activity": { ok: true },
    "PUT /conversations/c1/draft": { ok: true },
    "DELETE /conversations/c1/draft": { ok: true },
  };
  const asked = stubHub(answers);
  const detail = { conversation: conversation(), draft: null, targets: [] } as unknown;
  const client = new QueryClient();
  const stop = startOutbox(client, "agent1");
  const page = await stage(<Composer detail={detail as ConversationDetail} />, {}, client);
  stop();
  await screen.findByRole("button", { name: /^Send by/ });
  const sent = () =>
    asked
      .filter(({ method, path }) => method === "POST" && path.endsWith("/messages"))
      .map(({ body }) => body as SendMessage);
  /** As after an event: the ways are asked for again, and the hub is slow. */
  const askAgain = () => {
    answers["GET /conversations/c1/ways"] = new Promise(() => {});
    void client.invalidateQueries({ queryKey: keys.ways("c1") });
  };
  return { sent, askAgain, page: page.container };
}

const field = () => screen.getByRole("textbox", { name: "Your reply" });
const sendButton = () => screen.getByRole("button", { name: "Send" });

async function answerBy(name: RegExp) {
  await userEvent.click(screen.getByRole("button", { name: /^Send by/ }));
  await userEvent.click(await screen.findByRole("menuitem", { name }));
}

it("offers what the chosen way can carry, and nothing more", async () => {
  const { sent, page } = await show([CHAT, SMS, PARROT]);
  expect(screen.getByRole("button", { name: "Attach files" })).toBeVisible();
  expect(screen.getByRole("button", { name: "Quick replies" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Record a voice message" })).toBeNull();
  await userEvent.type(field(), "Hello");
  expect(await faultsOf(page)).toEqual([]);

  await answerBy(/^SMS/);
  expect(field()).toHaveValue("Hello");
  for (const name of ["Attach files", "Quick replies", "Send a template"]) {
    expect(screen.queryByRole("button", { name })).toBeNull();
  }
  expect(await screen.findByText("1 segment")).toBeVisible();
  await userEvent.click(sendButton());
  await waitFor(() => expect(sent()).toHaveLength(1));
  expect(sent()[0]).toMatchObject({ inbox_id: "SMS", identity_id: "x-SMS", text: "Hello" });
  expect(field()).toHaveValue("");

  await answerBy(/^Parrot/);
  expect(screen.getByRole("button", { name: "Record a voice message" })).toBeVisible();
  expect(screen.getAllByRole("button", { name: "Send a template" })).toHaveLength(2);
});

it("leaves the way to the hub while it is asked for again, unless one was chosen", async () => {
  const { sent, askAgain } = await show([CHAT, SMS]);
  await userEvent.type(field(), "By the first");
  await userEvent.click(sendButton());
  askAgain();
  await userEvent.type(field(), "Where you are");
  await userEvent.click(sendButton());
  await answerBy(/^SMS/);
  await userEvent.type(field(), "By SMS");
  await userEvent.click(sendButton());
  await waitFor(() => expect(sent()).toHaveLength(3));
  expect(sent().map(({ inbox_id }) => inbox_id)).toEqual(["Chat", "", "SMS"]);
});

it("quotes where it was written, though the ways are asked for again", async () => {
  const { sent, askAgain } = await show([way("Chat", { can_quote: true }), SMS]);
  askAgain();
  act(() =>
    ask({ kind: "quote", quote: { seq: 7, name: "Ann", inbox_id: "Chat", text: "When?" } }),
  );
  await userEvent.type(field(), "Today");
  await userEvent.click(sendButton());
  await waitFor(() => expect(sent()).toMatchObject([{ inbox_id: "Chat", reply_to_seq: 7 }]));
});

it("counts segments as they are charged", async () => {
  await show([SMS]);
  await userEvent.click(field());
  await userEvent.paste("Zażółć".repeat(15));
  expect(await screen.findByText("2 segments")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Write without accents: 1 segment" }));
  expect(field()).toHaveValue("Zazolc".repeat(15));
});

it("offers a template where the window has closed, and sends it filled in", async () => {
  const { sent } = await show([PARROT]);
  const told = screen.getByRole("status");
  expect(told).toHaveTextContent("has not written by Parrot for 24 hours");
  await userEvent.type(field(), "Hello?");
  expect(sendButton()).toBeDisabled();
  await userEvent.click(within(told).getByRole("button", { name: "Send a template" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Send a template" }));
  await userEvent.type(await dialog.findByLabelText(/Variable 2/), "B-9");
  await userEvent.click(dialog.getByRole("button", { name: "Send" }));
  await waitFor(() => expect(sent()).toHaveLength(1));
  expect(sent()[0]).toMatchObject({
    inbox_id: "Parrot",
    text: "",
    template: {
      name: "order_ready",
      values: [
        { name: "1", value: "Ayşe Yılmaz" },
        { name: "2", value: "B-9" },
      ],
    },
  });
  expect(field()).toHaveValue("Hello?");
});

it("writes notes where no answer is possible, with colleagues but without channels", async () => {
  const { sent, page } = await show([PARROT]);
  await userEvent.click(screen.getByRole("radio", { name: "Note" }));
  expect(screen.queryByRole("button", { name: /^Send by/ })).toBeNull();
  expect(screen.queryByRole("status")).toBeNull();
  const note = screen.getByRole("textbox", { name: "Your note" });
  await userEvent.type(note, "Ask @bea");
  await userEvent.click(await screen.findByRole("option", { name: /Bea Colleague/ }));
  expect(await faultsOf(page)).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Add the note" }));
  await waitFor(() => expect(sent()).toHaveLength(1));
  expect(sent()[0]).toMatchObject({ kind: "note", inbox_id: "", mentions: ["a2"] });
});

it("keeps what is typed for the next visit", async () => {
  await show([CHAT]);
  await userEvent.type(field(), "Half a sente");
  cleanup();
  await show([CHAT]);
  expect(field()).toHaveValue("Half a sente");
});
