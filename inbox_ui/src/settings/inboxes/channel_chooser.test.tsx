import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeAll, expect, it, vi } from "vitest";
import type { Channel } from "@/api/types";
import { startI18n } from "@/i18n";
import { abilities, field, inbox } from "@/test/samples";
import { faultsOf, stage, stubHub } from "@/test/stage";
import { AlarmField } from "./alarm_field";
import { ChannelChooser } from "./channel_chooser";
import { ConfigForm } from "./config_form";
import { ownChoices } from "./fields";
import { rememberFresh } from "./fresh_secrets";
import { HealthState } from "./health_line";
import { SetUp } from "./set_up";

beforeAll(() => startI18n("en"));

const channel = (name: string, address_kind: string, fields: string[] = []): Channel => ({
  name,
  title: name.toUpperCase(),
  about: `About ${name}`,
  icon_url: "",
  capabilities: abilities({ address_kind }),
  fields: fields.map((one) => field(one)),
});

const CHANNELS = [
  channel("mail", "email"),
  channel("text", "phone"),
  channel("own", "handle", ["callback_url"]),
  channel("bird", "handle"),
  channel("site", "visitor"),
];

it("groups channels by where customers write", async () => {
  const onChoose = vi.fn();
  const page = await stage(<ChannelChooser channels={CHANNELS} onChoose={onChoose} />);
  const groups = screen.getAllByRole("heading", { level: 2 }).map((one) => one.textContent);
  expect(groups).toEqual([
    "Website and e-mail",
    "By telephone number",
    "Chat apps",
    "Anything else",
  ]);
  const other = within(screen.getByRole("region", { name: "Anything else" }));
  await userEvent.click(other.getByRole("button", { name: /OWN/ }));
  expect(onChoose).toHaveBeenCalledWith(CHANNELS[2]);
  expect(await faultsOf(page.container)).toEqual([]);
});

it("finds a channel by name or by what it is about", async () => {
  await stage(<ChannelChooser channels={CHANNELS} onChoose={() => {}} />);
  await userEvent.type(screen.getByRole("searchbox"), "about bird");
  expect(screen.getAllByRole("button").map((one) => one.textContent)).toEqual(["BIRDAbout bird"]);
});

it("makes up secrets of one's own choice, and only those", async () => {
  const fields = [
    field("verify_token", { type: "secret", label: "Verify token" }),
    field("app_secret", { type: "secret", label: "App secret" }),
  ];
  const onChange = vi.fn();
  await stage(
    <ConfigForm fields={fields} config={{}} faults={{}} secretsSet={[]} onChange={onChange} />,
  );
  await userEvent.click(screen.getByRole("button", { name: "Make one up" }));
  expect(onChange).toHaveBeenCalledWith("verify_token", expect.stringMatching(/^[0-9a-f]{32}$/));
  expect(ownChoices(fields, { verify_token: "v", app_secret: "s" })).toEqual([
    { label: "Verify token", value: "v" },
  ]);
});

it("shows what to enter at the other end, with secrets just made up", async () => {
  rememberFresh("i1", [{ label: "Verify token", value: "abc123" }]);
  const settings = {
    inbox: inbox("i1"),
    config: {} as Record<string, never>,
    secrets_set: ["verify_token"],
    join_group: "main",
    alarm_after_minutes: 0,
    entry_queue_id: "",
    acknowledgement: "",
    away_text: "",
    hook_url: "https://hub.example/hooks/x",
  };
  await stage(<SetUp settings={settings} />);
  expect(screen.getByText("https://hub.example/hooks/x")).toBeVisible();
  expect(screen.getByText("abc123")).toBeVisible();
  expect(screen.getByRole("button", { name: "Copy: Verify token" })).toBeVisible();
});

it("sets the alarm in the unit that people think in", async () => {
  stubHub({});
  function Field() {
    const [minutes, setMinutes] = useState(180);
    return (
      <>
        <output>{minutes}</output>
        <AlarmField minutes={minutes} onChange={setMinutes} />
      </>
    );
  }
  await stage(<Field />);
  const count = screen.getByRole("textbox", { name: /Warn when nothing comes in/ });
  expect(count).toHaveValue("3");
  await userEvent.clear(count);
  expect(screen.getByRole("status")).toHaveTextContent("0");
  await userEvent.type(count, "5");
  expect(screen.getByRole("status")).toHaveTextContent("300");
});

it("says when a connected inbox is strangely quiet", async () => {
  const quiet = inbox("i1");
  await stage(<HealthState inbox={{ ...quiet, health: { ...quiet.health, is_quiet: true } }} />);
  expect(screen.getByText("Connected, but quiet")).toBeVisible();
});
