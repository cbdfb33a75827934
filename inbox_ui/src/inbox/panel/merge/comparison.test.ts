import { expect, it } from "vitest";
import { contact } from "@/test/samples";
import { factsOf, isContested, sideOf, takenFields } from "./comparison";

const mine = contact({ id: "a", name: "Ann", company: "Shop", fields: { size: "M", shoe: "40" } });
const other = contact({ id: "b", name: "Anna", about: "tall", fields: { size: "L" } });
const facts = factsOf(mine, other, (field) => field);

it("compares what at least one of them has", () => {
  expect(facts.map(({ field }) => field)).toEqual([
    "name",
    "company",
    "about",
    "field:size",
    "field:shoe",
  ]);
  expect(facts.filter(isContested).map(({ field }) => field)).toEqual(["name", "field:size"]);
});

it("keeps what the one that stays has, and fills in the rest", () => {
  expect(takenFields(facts, {}, "mine")).toEqual(["about"]);
  expect(takenFields(facts, {}, "other")).toEqual(["company", "field:shoe"]);
});

it("takes what was chosen, whichever stays", () => {
  const chosen = { name: "other", "field:size": "mine" } as const;
  expect(takenFields(facts, chosen, "mine")).toEqual(["name", "about"]);
  expect(takenFields(facts, chosen, "other")).toEqual(["company", "field:size", "field:shoe"]);
});

it("never chooses an empty value", () => {
  for (const keep of ["mine", "other"] as const) {
    for (const fact of facts) expect(fact[sideOf(fact, {}, keep)]).not.toBe("");
  }
});
