import { describe, expect, it } from "vitest";
import { restartDelay, retryDelay } from "./backoff";

describe("backoff", () => {
  it("doubles its bound from 1 s to 30 s and never passes it", () => {
    const bounds = [0, 1, 2, 3, 4, 5, 6, 1000].map((attempt) => retryDelay(attempt, () => 1));
    expect(bounds).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it("spreads over the whole range", () => {
    expect(retryDelay(3, () => 0)).toBe(0);
    expect(retryDelay(3, () => 0.5)).toBe(4000);
    expect(restartDelay(() => 0.5)).toBe(15_000);
  });
});
