import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, it, vi } from "vitest";
import { startI18n } from "@/i18n";
import { template, way } from "@/test/samples";
import { faultsOf, stage, stubHub } from "@/test/stage";
import TemplatePicker, { type ChosenTemplate } from "./template_picker";

beforeAll(() => startI18n("en"));

const ALL = [
  template(),
  template({ id: "t2", name: "welcome", language: "tr", body: "Merhaba", slots: [] }),
  template({ id: "t3", name: "sale", state: "rejected", reason: "Too loud", slots: [] }),
];

async function show(permissions: string[] = []) {
  const asked = stubHub({
    "GET /inboxes/i1/templates": ALL,
    "POST /inboxes/i1/templates/sync": [...ALL, template({ id: "t4", name: "fresh" })],
  });
  const onSend = vi.fn<(chosen: ChosenTemplate) => void>();
  const one = way("i1", { can_templates: true });
  await stage(
    <TemplatePicker ways={[one]} way={one} contactName="Ayşe" onSend={onSend} onClose={() => {}} />,
    { permissions },
  );
  await screen.findByRole("list", { name: "Templates" });
  await screen.findByRole("button", { name: /order ready/ });
  return { asked, onSend };
}

const names = () =>
  within(screen.getByRole("list", { name: "Templates" }))
    .getAllByRole("button")
    .map((one) => one.querySelector("b")?.textContent);

it("offers what is approved, and finds by words", async () => {
  await show();
  expect(names()).toEqual(["order ready", "welcome"]);
  await userEvent.type(screen.getByRole("textbox", { name: "Search templates" }), "merha");
  expect(names()).toEqual(["welcome"]);
});

it("previews live, asks for what is missing, and sends", async () => {
  const { onSend } = await show();
  const preview = screen.getByRole("region", { name: "Preview" });
  expect(preview).toHaveTextContent("Hello Ayşe, your order A-1 is ready.");
  await userEvent.click(screen.getByRole("button", { name: "Send" }));
  expect(onSend).not.toHaveBeenCalled();
  expect(screen.getByText("Please fill this in.")).toBeVisible();
  await userEvent.type(screen.getByLabelText(/Variable 2/), "B-9");
  expect(preview).toHaveTextContent("Hello Ayşe, your order B-9 is ready.");
  expect(await faultsOf(screen.getByRole("dialog"))).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Send" }));
  expect(onSend.mock.calls[0]?.[0]).toMatchObject({
    template: { id: "t1" },
    values: { "1": "Ayşe", "2": "B-9" },
    text: "Hello Ayşe, your order B-9 is ready.",
  });
});

it("fetches them from the network for those who may", async () => {
  const { asked } = await show(["inbox:write"]);
  await userEvent.click(screen.getByRole("button", { name: "Fetch from the network" }));
  expect(await screen.findByText("4 templates fetched")).toBeVisible();
  expect(names()).toContain("fresh");
  expect(asked.at(-1)).toMatchObject({ method: "POST", path: "/inboxes/i1/templates/sync" });
});

it("shows agents no button that they may not press", async () => {
  await show();
  expect(screen.queryByRole("button", { name: "Fetch from the network" })).toBeNull();
});
