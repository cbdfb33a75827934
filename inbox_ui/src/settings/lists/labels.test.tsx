import { Notifications } from "@mantine/notifications";
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, it } from "vitest";
import { startI18n } from "@/i18n";
import { faultsOf, stage, stubHub } from "@/test/stage";
import { LabelsPage } from "./labels";

beforeAll(() => startI18n("en"));

const LABEL = { id: "l1", name: "Delivery", color: "teal" };

async function show(labels = [LABEL], permissions = ["label:write"]) {
  const asked = stubHub({
    "GET /labels": labels,
    "PUT /labels/l1": LABEL,
    "DELETE /labels/l1": { ok: true },
    "POST /labels/l1/restore": LABEL,
  });
  const page = await stage(
    <>
      <LabelsPage />
      <Notifications />
    </>,
    { permissions },
  );
  const told = () => asked.filter(({ method }) => method !== "GET");
  return { told, page: page.container };
}

it("offers the first step where there is nothing", async () => {
  await show([]);
  await userEvent.click(await screen.findByRole("button", { name: "Add a label" }));
  expect(await screen.findByRole("dialog", { name: "Add a label" })).toBeVisible();
});

it("changes one in a dialog that closes when it is saved", async () => {
  const { told, page } = await show();
  expect(await screen.findByRole("list", { name: "Labels" })).toHaveTextContent("Delivery");
  expect(await faultsOf(page)).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Edit Delivery" }));
  const dialog = await screen.findByRole("dialog", { name: "Edit the label" });
  await userEvent.type(within(dialog).getByRole("textbox"), "s");
  await userEvent.click(within(dialog).getByRole("button", { name: "Save" }));
  expect(told()).toMatchObject([{ method: "PUT", body: { name: "Deliverys", color: "teal" } }]);
  expect(screen.queryByRole("dialog")).toBeNull();
});

it("deletes at once and brings back what was deleted", async () => {
  const { told } = await show();
  await userEvent.click(await screen.findByRole("button", { name: "Delete Delivery" }));
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  expect(told()).toMatchObject([
    { method: "DELETE", path: "/labels/l1" },
    { method: "POST", path: "/labels/l1/restore" },
  ]);
});

it("is only looked at by who may not change it", async () => {
  await show([LABEL], []);
  await screen.findByText("Delivery");
  expect(screen.queryByRole("button")).toBeNull();
});
