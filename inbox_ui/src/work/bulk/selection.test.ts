import { beforeEach, expect, it } from "vitest";
import { choose, chooseAll, chooseNone, useSelection } from "./selection";

const LIST = ["a", "b", "c", "d", "e"];
const chosen = () => [...useSelection.getState().ids].sort();

beforeEach(chooseNone);

it("chooses one by one and lets go of them again", () => {
  choose("b", false, LIST);
  choose("d", false, LIST);
  choose("b", false, LIST);
  expect(chosen()).toEqual(["d"]);
});

it("chooses a range from the last one, in either direction", () => {
  choose("d", false, LIST);
  choose("b", true, LIST);
  expect(chosen()).toEqual(["b", "c", "d"]);
});

it("takes a range without a beginning for a single choice", () => {
  choose("c", true, LIST);
  expect(chosen()).toEqual(["c"]);
});

it("chooses all and none", () => {
  chooseAll(LIST);
  expect(chosen()).toEqual(LIST);
  chooseNone();
  expect(chosen()).toEqual([]);
});
