import { expect, it } from "vitest";
import { withoutMark } from "./mail_body";

it("shows the address of an answer as people know it", () => {
  expect(withoutMark("hello+z5d5xd3i5tc56ps26wwbkfyccn4o@shop.example")).toBe("hello@shop.example");
  expect(withoutMark("anna+news@shop.example")).toBe("anna+news@shop.example");
});
