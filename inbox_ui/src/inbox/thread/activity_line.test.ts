import { beforeAll, expect, it } from "vitest";
import { startI18n, t } from "@/i18n";
import { message } from "@/test/samples";
import { describe } from "./activity_line";

beforeAll(() => startI18n("en"));

const same = (id: string) => id;
const names = { agent: same, queue: same, team: same, outcome: same, label: same };

const told = (details: Record<string, unknown>) =>
  describe(message(1, { kind: "activity", activity: "delivery_failed", details }), t, names);

it("names the address that a message did not reach, where it says something to people", () => {
  expect(told({ address: "ann@shop.example" })).toBe(
    "A message to ann@shop.example could not be delivered",
  );
  expect(told({ address: "" })).toBe("A message could not be delivered");
});
