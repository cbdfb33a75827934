import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeAll, expect, it, vi } from "vitest";
import type { Way } from "@/api/types";
import { startI18n } from "@/i18n";
import { way } from "@/test/samples";
import { faultsOf, stage } from "@/test/stage";
import { WayNote } from "./way_note";
import { WaySwitch } from "./way_switch";

beforeAll(() => startI18n("en"));

const HOUR_MS = 3_600_000;

async function note(change: Partial<Way>, can = {}) {
  const onTemplates = vi.fn();
  const onWays = vi.fn();
  const page = await stage(
    <WayNote way={way("Shop", can, change)} hasOthers onTemplates={onTemplates} onWays={onWays} />,
  );
  return { onTemplates, onWays, page: page.container };
}

it("says until when an answer is possible, and counts the last minutes", async () => {
  await note({ window_until: Date.now() + 90 * 60_000 });
  expect(screen.getByText(/You can answer until .* \(90 minutes left\)/)).toBeVisible();
});

it("does not hurry people who have all day", async () => {
  await note({ window_until: Date.now() + 20 * HOUR_MS });
  expect(screen.getByText(/You can answer until/)).not.toHaveTextContent("left");
});

it("offers a template where the window has closed", async () => {
  const can = { can_templates: true, reply_window_h: 24 };
  const { onTemplates, page } = await note({ state: "window_closed" }, can);
  expect(screen.getByRole("status")).toHaveTextContent("has not written by Shop for 24 hours");
  await userEvent.click(screen.getByRole("button", { name: "Send a template" }));
  expect(onTemplates).toHaveBeenCalled();
  expect(await faultsOf(page)).toEqual([]);
});

it("says who does not want messages, and leads to the other ways", async () => {
  const { onWays } = await note({ state: "opted_out", address: "+48 600" });
  expect(screen.getByRole("status")).toHaveTextContent("+48 600 asked for no more messages");
  expect(screen.queryByRole("button", { name: "Send a template" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Try another channel" }));
  expect(onWays).toHaveBeenCalled();
});

it("says that messages wait for a paused inbox", async () => {
  await note({ state: "paused" });
  expect(screen.getByRole("status")).toHaveTextContent("What you send waits");
});

it("switches the way by keyboard, and shows each one's state in words", async () => {
  const ways = [
    way("Shop", { is_live: false }, { address: "+48 1" }),
    way("SMS", { is_live: false }, { address: "+48 2", state: "opted_out" }),
  ];
  const onChoose = vi.fn();
  function Switch() {
    const [isOpen, setOpen] = useState(false);
    return (
      <WaySwitch ways={ways} way={ways[0]} isOpen={isOpen} onOpen={setOpen} onChoose={onChoose} />
    );
  }
  await stage(<Switch />);
  screen.getByRole("button", { name: /Send by.*Shop.*open/ }).focus();
  await userEvent.keyboard("{Enter}");
  const other = await screen.findByRole("menuitem", { name: /SMS.*\+48 2.*wants no messages/ });
  await userEvent.click(other);
  expect(onChoose).toHaveBeenCalledWith(ways[1]);
});
