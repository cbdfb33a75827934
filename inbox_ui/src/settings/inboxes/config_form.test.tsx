import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeAll, expect, it } from "vitest";
import { startI18n } from "@/i18n";
import { field } from "@/test/samples";
import { ConfigForm } from "./config_form";
import { type Config, defaultsOf, grouped, missing, toConfig } from "./fields";

const FIELDS = [
  field("address", { is_required: true }),
  field("receive", {
    type: "choice",
    choices: [
      ["pull", "Pull"],
      ["push", "Push"],
    ],
    default: "pull",
  }),
  field("host", { is_required: true, when: { receive: ["pull"] }, group: "pull" }),
  field("password", {
    type: "secret",
    is_required: true,
    when: { receive: ["pull"] },
    group: "pull",
  }),
  field("port", { type: "number", default: 993, group: "pull" }),
  field("seen", { type: "boolean", default: true }),
];

beforeAll(() => startI18n("en"));

function Form({ onConfig }: { onConfig: (config: Config) => void }) {
  const [config, setConfig] = useState(defaultsOf(FIELDS));
  const change = (name: string, value: unknown) => {
    const next = { ...config, [name]: value };
    setConfig(next);
    onConfig(next);
  };
  return (
    <MantineProvider env="test">
      <ConfigForm
        fields={FIELDS}
        config={config}
        faults={{ address: "Not an address." }}
        secretsSet={["password"]}
        onChange={change}
      />
    </MantineProvider>
  );
}

it("makes a form out of the fields, with faults beside them", async () => {
  let config: Config = {};
  render(
    <Form
      onConfig={(next) => {
        config = next;
      }}
    />,
  );
  expect(screen.getByText("Not an address.")).toBeVisible();
  await userEvent.type(screen.getByLabelText(/host/), "mail.example.com");
  await userEvent.click(screen.getByLabelText("seen"));
  expect(config).toMatchObject({ host: "mail.example.com", seen: false, port: 993 });
});

it("never shows a secret that is set", () => {
  render(<Form onConfig={() => {}} />);
  expect(screen.getByLabelText("password")).toHaveValue("");
  expect(screen.getByLabelText("password")).toHaveAttribute(
    "placeholder",
    "Set; type to replace it",
  );
});

it("hides fields whose condition does not hold", async () => {
  render(<Form onConfig={() => {}} />);
  await userEvent.click(screen.getByRole("combobox", { name: "receive" }));
  await userEvent.click(await screen.findByRole("option", { name: "Push", hidden: true }));
  expect(screen.queryByLabelText(/host/)).toBeNull();
});

it("asks only for what is in sight and has no value yet", () => {
  const config = defaultsOf(FIELDS);
  expect(missing(FIELDS, config, [])).toEqual(["address", "host", "password"]);
  expect(missing(FIELDS, config, ["password"])).toEqual(["address", "host"]);
  expect(missing(FIELDS, { ...config, receive: "push" }, [])).toEqual(["address"]);
});

it("leaves out untouched secrets and what is not in sight", () => {
  const config = { ...defaultsOf(FIELDS), address: "a", host: "h" };
  expect(toConfig(FIELDS, config)).toEqual({
    address: "a",
    receive: "pull",
    host: "h",
    port: 993,
    seen: true,
  });
  expect(toConfig(FIELDS, { ...config, receive: "push" })).not.toHaveProperty("host");
});

it("keeps groups in the order of their first field", () => {
  expect(grouped(FIELDS).map(([name, members]) => [name, members.length])).toEqual([
    ["main", 3],
    ["pull", 3],
  ]);
});
