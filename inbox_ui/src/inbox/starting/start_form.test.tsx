import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, it, vi } from "vitest";
import type { Inbox } from "@/api/types";
import { startI18n } from "@/i18n";
import { inbox, template } from "@/test/samples";
import { faultsOf, stage, stubHub } from "@/test/stage";
import { openingOf } from "./opening";
import StartForm from "./start_form";

beforeAll(() => startI18n("en"));

const SMS = inbox("SMS", { can_start: true, address_kind: "phone", counts_segments: true });
const PARROT = inbox("Parrot", {
  can_start: true,
  address_kind: "phone",
  reply_window_h: 24,
  can_templates: true,
});
const HERON = inbox("Heron", { address_kind: "handle" });
const CHAT = inbox("Chat", { address_kind: "visitor" });

async function show(inboxes: Inbox[], started: unknown = undefined, permissions: string[] = []) {
  const asked = stubHub({
    "GET /inboxes": inboxes,
    "GET /inboxes/Parrot/templates": [template()],
    "POST /conversations": started ?? { conversation: { id: "c9" } },
  });
  const onClose = vi.fn();
  const page = await stage(<StartForm onClose={onClose} />, { permissions });
  return { asked, onClose, page: page.container };
}

const sent = (asked: Awaited<ReturnType<typeof show>>["asked"]) =>
  asked.filter(({ method }) => method === "POST").map(({ body }) => body);

async function choose(name: RegExp) {
  await userEvent.click(await screen.findByRole("combobox", { name: "From" }));
  await userEvent.click(await screen.findByRole("option", { name }));
}

it("begins with a text where the channel lets one", async () => {
  const { asked, onClose, page } = await show([SMS, PARROT]);
  await userEvent.type(await screen.findByLabelText("To"), " +48600100200 ");
  await userEvent.type(screen.getByLabelText("Message"), "Dzień dobry");
  expect(await screen.findByText("1 segment")).toBeVisible();
  expect(await faultsOf(page)).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Send" }));
  await waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(sent(asked)).toEqual([
    expect.objectContaining({
      inbox_id: "SMS",
      address: "+48600100200",
      text: "Dzień dobry",
      template: null,
    }),
  ]);
});

it("begins with a template where the network asks for one", async () => {
  const { asked, onClose, page } = await show([SMS, PARROT]);
  await choose(/^Parrot/);
  expect(screen.getByText(/lets you begin with a template/)).toBeVisible();
  expect(screen.queryByLabelText("Message")).toBeNull();
  const preview = await screen.findByRole("region", { name: "Preview" });
  await userEvent.type(screen.getByLabelText(/Name/), "Ayşe");
  expect(preview).toHaveTextContent("Hello Ayşe, your order A-1 is ready.");
  await userEvent.type(screen.getByLabelText(/Variable 2/), "B-9");
  expect(await faultsOf(page)).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Send" }));
  expect(screen.getByLabelText("To")).toHaveFocus();
  expect(screen.getByLabelText("To")).toBeInvalid();
  expect(sent(asked)).toEqual([]);
  await userEvent.type(screen.getByLabelText("To"), "+48600100200");
  await userEvent.click(screen.getByRole("button", { name: "Send" }));
  await waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(sent(asked)).toEqual([
    expect.objectContaining({
      inbox_id: "Parrot",
      name: "Ayşe",
      text: "",
      template: {
        name: "order_ready",
        language: "en",
        values: [
          { name: "1", value: "Ayşe" },
          { name: "2", value: "B-9" },
        ],
      },
    }),
  ]);
});

it("says why the hub refused the template", async () => {
  const problem = { code: "opted_out", message: "they want no messages", field: "" };
  const { asked } = await show([PARROT], Response.json(problem, { status: 409 }));
  await userEvent.type(await screen.findByLabelText("To"), "+48600100200");
  await userEvent.type(await screen.findByLabelText(/Variable 1/), "Ayşe");
  await userEvent.type(screen.getByLabelText(/Variable 2/), "B-9");
  await userEvent.click(screen.getByRole("button", { name: "Send" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("They want no messages");
  await userEvent.click(screen.getByRole("button", { name: "Send" }));
  await waitFor(() => expect(sent(asked)).toHaveLength(2));
  const [first, second] = sent(asked) as { client_id: string }[];
  expect(second?.client_id).toBe(first?.client_id);
});

it("says why nobody can be written to first, and asks for nothing then", async () => {
  await show([SMS, HERON, CHAT]);
  await choose(/^Heron/);
  expect(screen.getByText(/On Heron customers write first/)).toBeVisible();
  await choose(/^Chat/);
  expect(screen.getByText(/Visitors of Chat have no address/)).toBeVisible();
  expect(screen.queryByLabelText("To")).toBeNull();
  expect(screen.queryByRole("button", { name: "Send" })).toBeNull();
});

it("tells that a paused inbox keeps the message", async () => {
  await show([{ ...SMS, is_paused: true }]);
  expect(await screen.findByText(/SMS is paused/)).toBeVisible();
  expect(screen.getByRole("button", { name: "Send" })).toBeEnabled();
});

it("leads to a new inbox where none can begin, for those who may add one", async () => {
  await show([CHAT], undefined, ["inbox:write"]);
  expect(await screen.findByText("No inbox can write first")).toBeVisible();
  expect(screen.getByRole("link")).toHaveAttribute("href", "/settings/inboxes/new");
});

it("knows how each channel begins", () => {
  const openings = [SMS, PARROT, HERON, CHAT].map((one) => openingOf(one.capabilities));
  expect(openings).toEqual(["text", "template", "answers_only", "visitor"]);
  const closed = inbox("x", { can_start: true, reply_window_h: 24 });
  expect(openingOf(closed.capabilities)).toBe("answers_only");
});
