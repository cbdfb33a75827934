import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeAll, expect, it } from "vitest";
import { startI18n } from "@/i18n";
import { faultsOf, stage } from "@/test/stage";
import SmsCounter from "./sms_counter";

beforeAll(() => startI18n("en"));

function Writing({ start }: { start: string }) {
  const [text, setText] = useState(start);
  return (
    <>
      <output>{text}</output>
      <SmsCounter text={text} onChange={setText} />
    </>
  );
}

it("counts a plain text", async () => {
  const page = await stage(<Writing start="Hello" />);
  expect(screen.getByText("1 segment")).toBeVisible();
  expect(screen.getByText("5 characters")).toBeVisible();
  expect(screen.getByText("155 more fit")).toBeVisible();
  expect(screen.getByText("GSM-7")).toBeVisible();
  expect(await faultsOf(page.container)).toEqual([]);
});

it("shows the letters that make it dear, and writes without them only when told to", async () => {
  const text = "Zażółć".repeat(15);
  await stage(<Writing start={text} />);
  expect(screen.getByText("2 segments")).toBeVisible();
  expect(screen.getAllByRole("mark").map((one) => one.textContent)).toEqual(["ż", "ó", "ł", "ć"]);
  await userEvent.click(screen.getByRole("button", { name: "Write without accents: 1 segment" }));
  expect(screen.getByText("1 segment")).toBeVisible();
  expect(screen.getByText("Zazolc".repeat(15))).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Undo" }));
  expect(screen.getByText(text)).toBeVisible();
});

it("offers no plain form that saves nothing", async () => {
  await stage(<Writing start="Zażółć" />);
  expect(screen.getAllByRole("mark")).toHaveLength(4);
  expect(screen.queryByRole("button")).toBeNull();
});

it("offers no plain form where there is none", async () => {
  await stage(<Writing start="你好" />);
  expect(screen.queryByRole("button")).toBeNull();
});
