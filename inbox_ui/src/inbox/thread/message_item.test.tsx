import { cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, it, vi } from "vitest";
import type { Capabilities, Message } from "@/api/types";
import { startI18n } from "@/i18n";
import { type Ask, useAsked } from "@/inbox/composer/asks";
import { abilities, attachment, conversation, message } from "@/test/samples";
import { faultsOf, stage, stubHub } from "@/test/stage";
import { MessageItem } from "./message_item";
import { ThreadFactsProvider } from "./thread_facts";

beforeAll(() => startI18n("en"));

const jump = vi.fn();
const asks: Ask[] = [];
function Listener() {
  useAsked((what) => asks.push(what));
  return null;
}

async function show(
  change: Partial<Message>,
  can: Partial<Capabilities> = {},
  permissions: string[] = [],
) {
  asks.length = 0;
  const shown = await stage(
    <ThreadFactsProvider value={{ canOf: () => abilities(can), jump }}>
      <Listener />
      <MessageItem message={message(3, change)} isFollowing={false} conversation={conversation()} />
    </ThreadFactsProvider>,
    { permissions },
  );
  return shown.container;
}

it("holds a file's place until it is fetched, and says when it is lost", async () => {
  const files = [
    attachment({ state: "fetching", file_id: "", url: "", name: "a.jpg" }),
    attachment({ state: "failed", file_id: "", url: "", name: "b.pdf" }),
  ];
  const page = await show({ text: "", attachments: files });
  const list = within(screen.getByRole("list", { name: "Files" }));
  expect(list.getByText(/a.jpg is being fetched/)).toBeVisible();
  expect(list.getByText("b.pdf could not be fetched")).toBeVisible();
  expect(list.getByText(/Ask the customer to send it again/)).toBeVisible();
  expect(page.querySelector("img")).toBeNull();
  expect(await faultsOf(page)).toEqual([]);
});

it("says why a file did not come, and fetches it again where one may", async () => {
  const lost = attachment({ state: "failed", reason: "no_answer", url: "", name: "b.pdf" });
  const attachments = [
    attachment(),
    lost,
    { ...lost, name: "c.mov", reason: "too_large" as const },
  ];
  const asked = stubHub({
    "POST /conversations/c1/messages/3/attachments/1/fetch": message(3, { attachments }),
  });
  const name = "Fetch b.pdf again";
  await show({ attachments });
  expect(screen.getByText("The channel did not answer in time.")).toBeVisible();
  expect(screen.queryByRole("button", { name })).toBeNull();
  cleanup();
  await show({ attachments }, {}, ["conversation:write"]);
  expect(screen.getByText(/Ask the customer for a smaller one/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "Fetch c.mov again" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name }));
  await waitFor(() => expect(asked).toHaveLength(1));
});

it("plays voice notes only when asked to", async () => {
  await show({ attachments: [attachment({ media_type: "audio/ogg", is_voice: true })] });
  const player = screen.getByLabelText("Voice message") as HTMLAudioElement;
  expect(player.autoplay).toBe(false);
  expect(player.controls).toBe(true);
});

it("shows a place in words and leads to a map in a tab of its own", async () => {
  const location = { latitude: 41.0369, longitude: 28.985, name: "Taksim", address: "Beyoğlu" };
  const page = await show({ text: "", location });
  const card = within(screen.getByRole("region", { name: "Location: Taksim" }));
  expect(card.getByText("Beyoğlu")).toBeVisible();
  expect(card.getByText("41.03690, 28.98500")).toBeVisible();
  const link = card.getByRole("link", { name: /Open the map/ });
  expect(link).toHaveAttribute("href", expect.stringContaining("openstreetmap.org/?mlat=41.0369"));
  expect(link).toHaveAttribute("rel", expect.stringContaining("noopener"));
  expect(link).toHaveAttribute("target", "_blank");
  expect(page.querySelector("iframe")).toBeNull();
});

it("makes a contact of a shared card", async () => {
  const asked = stubHub({ "POST /contacts": { id: "p9", name: "Mehmet" } });
  await show({
    text: "",
    shared: [{ name: "Mehmet", phones: ["+90 555"], emails: ["m@x.example"] }],
  });
  expect(screen.getByRole("link", { name: "+90 555" })).toHaveAttribute("href", "tel:+90555");
  expect(screen.getByRole("link", { name: "m@x.example" })).toHaveAttribute(
    "href",
    "mailto:m@x.example",
  );
  await userEvent.click(screen.getByRole("button", { name: "Add to the contacts" }));
  expect(await screen.findByRole("link", { name: "Open the contact" })).toHaveAttribute(
    "href",
    "/contacts/p9",
  );
  expect(asked[0]?.body).toEqual({ name: "Mehmet", phone: "+90 555", email: "m@x.example" });
});

it("goes to the quoted message, when it is here", async () => {
  await show({ quoted: { seq: 1, name: "Deniz", text: "When?" } });
  await userEvent.click(
    screen.getByRole("button", { name: /Go to the quoted message: ?Deniz ?When\?/ }),
  );
  expect(jump).toHaveBeenCalledWith(1);
});

it("leads nowhere from a quote of another conversation", async () => {
  await show({ quoted: { seq: 0, name: "Deniz", text: "When?" } });
  expect(screen.queryByRole("button", { name: /Go to/ })).toBeNull();
  expect(screen.getByText("When?")).toBeVisible();
});

it("shows what a message said before, on demand", async () => {
  await show({ text: "right", edited_at: 5000, edits: [{ at: 4000, text: "rihgt" }] });
  expect(screen.getByText("edited")).toBeVisible();
  expect(screen.getByText("rihgt")).not.toBeVisible();
  await userEvent.click(screen.getByText("1 earlier version"));
  expect(screen.getByText("rihgt")).toBeVisible();
});

it("leaves nothing of a message that was deleted", async () => {
  await show({ text: "", deleted_at: 5000, edits: [{ at: 1, text: "old" }] }, { can_quote: true });
  expect(screen.getByText("The customer deleted this message")).toBeVisible();
  expect(screen.queryByText("old")).toBeNull();
  expect(screen.queryByRole("button")).toBeNull();
});

it("names content that it cannot show, echoes, templates and pressed buttons", async () => {
  await show({ text: "", unsupported: "poll" });
  expect(screen.getByText(/Cannot be shown here: a poll/)).toBeVisible();
});

it("says where an echo was written", async () => {
  const author = { kind: "agent" as const, id: "", name: "Business app" };
  const details = { echo: true, app: "Business app" };
  await show({ direction: "out", author, details, delivery: "sent" }, { can_delete: true });
  expect(screen.getByText("written in Business app")).toBeVisible();
  expect(screen.queryByRole("button", { name: /What to do/ })).toBeNull();
});

it("marks a pressed button and a template", async () => {
  await show({ text: "Yes", payload: "yes-1" });
  expect(screen.getByRole("img", { name: "Pressed a button" })).toBeVisible();
});

it("counts reactions by emoji, and takes away one's own", async () => {
  const reactions = [
    { by: "x", name: "Ayşe", emoji: "🙏", at: 1 },
    { by: "agent1", name: "Deniz", emoji: "🙏", at: 2 },
  ];
  const asked = stubHub({ "PUT /conversations/c1/messages/3/reaction": message(3, { rev: 2 }) });
  await show({ reactions }, { can_react: true });
  const chip = screen.getByRole("button", { name: "🙏 by Ayşe, Deniz" });
  expect(chip).toHaveAttribute("aria-pressed", "true");
  await userEvent.click(chip);
  expect(asked[0]?.body).toEqual({ emoji: "" });
});

it("reacts by the keyboard alone", async () => {
  const asked = stubHub({ "PUT /conversations/c1/messages/3/reaction": message(3, { rev: 2 }) });
  const page = await show({}, { can_react: true });
  screen.getByRole("button", { name: "React with an emoji" }).focus();
  await userEvent.keyboard("{Enter}");
  expect(await screen.findByRole("button", { name: "👍 thumbs up" })).toHaveFocus();
  expect(await faultsOf(page)).toEqual([]);
  await userEvent.keyboard("{Tab}{Enter}");
  expect(asked[0]?.body).toEqual({ emoji: "👏" });
});

it("quotes by its button where the channel can", async () => {
  await show({ text: "When?" }, { can_quote: true });
  await userEvent.click(screen.getByRole("button", { name: "Reply to this message" }));
  expect(asks).toEqual([
    { kind: "quote", quote: { seq: 3, name: "Ayşe", text: "When?", inbox_id: "i1" } },
  ]);
});

const OURS: Partial<Message> = {
  direction: "out",
  author: { kind: "agent", id: "agent1", name: "Deniz" },
  delivery: "delivered",
  text: "Tomorow",
};

it("changes the text of what was sent", async () => {
  const after = message(3, { ...OURS, rev: 2, text: "Tomorrow" });
  const asked = stubHub({ "PATCH /conversations/c1/messages/3": after });
  await show(OURS, { can_edit: true });
  await userEvent.click(screen.getByRole("button", { name: "What to do with this message" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Change the text" }));
  const field = await screen.findByRole("textbox", { name: "New text" });
  await userEvent.clear(field);
  await userEvent.type(field, "Tomorrow");
  await userEvent.click(screen.getByRole("button", { name: "Change it" }));
  expect(asked[0]).toMatchObject({ method: "PATCH", body: { text: "Tomorrow" } });
});

it("asks before it takes a message back, and tells why it could not", async () => {
  const refusal = { code: "conflict", message: "this is too old", field: "" };
  stubHub({
    "DELETE /conversations/c1/messages/3": Response.json(refusal, { status: 409 }),
  });
  await show(OURS, { can_delete: true });
  await userEvent.click(screen.getByRole("button", { name: "What to do with this message" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Take it back" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("cannot be brought back");
  await userEvent.click(screen.getByRole("button", { name: "Take it back" }));
  expect(await screen.findByText("This is too old")).toBeVisible();
});
