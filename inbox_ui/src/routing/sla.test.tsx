import { render, screen } from "@testing-library/react";
import { beforeAll, expect, it } from "vitest";
import { startI18n } from "@/i18n";
import { conversation } from "@/test/samples";
import { clockOf, SlaClock } from "./sla";

beforeAll(() => startI18n("en"));

const sla = (change: object) =>
  conversation({
    sla: { first_due: 0, next_due: 0, resolve_due: 0, warned: [], broken: [], ...change },
  });

it("shows the promise that ends first", () => {
  expect(clockOf(sla({ next_due: 500, resolve_due: 900 }))).toEqual({
    target: "next",
    due: 500,
    tone: "ok",
  });
  expect(clockOf(sla({}))).toBeUndefined();
  expect(clockOf({ ...sla({ next_due: 500 }), state: "closed" })).toBeUndefined();
});

it.each([
  [{ first_due: 700_000 }, "first answer: 10 min left"],
  [{ first_due: 125_000, warned: ["first"] }, "first answer: 30 sec left"],
  [{ resolve_due: 40_000, broken: ["resolve"] }, "resolution: late by 1 min"],
])("says %o in words", (change, words) => {
  render(<SlaClock conversation={sla(change)} now={100_000} />);
  expect(screen.getByText(words)).toBeInTheDocument();
});
