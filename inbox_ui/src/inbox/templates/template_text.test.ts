import { expect, it } from "vitest";
import { template } from "@/test/samples";
import {
  exampleOf,
  filledIn,
  languageName,
  missingSlots,
  pieces,
  proposals,
  sampleOf,
  titleOf,
} from "./template_text";

it("fills in header and body, each with its own slots", () => {
  const one = template({
    header: "Order {{1}}",
    footer: "Shop",
    slots: [
      { name: "header.1", kind: "text", example: "" },
      { name: "1", kind: "text", example: "" },
      { name: "2", kind: "text", example: "" },
    ],
  });
  expect(filledIn(one, { "header.1": "A-7", "1": "Ada", "2": "A-7" })).toBe(
    "Order A-7\nHello Ada, your order A-7 is ready.\nShop",
  );
  expect(filledIn(one, { "1": "Ada" })).toContain("{{2}}");
});

it("knows what is missing", () => {
  expect(missingSlots(template(), { "1": "Ada", "2": "  " }).map(({ name }) => name)).toEqual([
    "2",
  ]);
});

it("proposes the contact's name where the text greets", () => {
  expect(proposals(template(), "Ayşe")).toEqual({ "1": "Ayşe" });
  const later = template({ body: "Your order is ready. Thank you for your patience, {{1}}." });
  expect(proposals(later, "Ayşe")).toEqual({});
  const named = template({ slots: [{ name: "customer_name", kind: "text", example: "" }] });
  expect(proposals(named, "Ayşe")).toEqual({ customer_name: "Ayşe" });
});

it("asks for the end of an address, not for all of it", () => {
  const slot = { name: "button.0", kind: "text", example: "https://a.example/track/7" } as const;
  const one = template({ buttons: ["Track https://a.example/track/{{button.0}}"], slots: [slot] });
  expect(exampleOf(slot, one)).toBe("7");
  expect(pieces(one.buttons[0] ?? "", one, {}).at(-1)).toMatchObject({ example: "7" });
  expect(exampleOf({ name: "1", kind: "text", example: "Ada" }, template())).toBe("Ada");
});

it("reads as people read", () => {
  expect(titleOf(template())).toBe("order ready");
  expect(titleOf(template({ title: "Order is ready" }))).toBe("Order is ready");
  expect(sampleOf(template())).toBe("Hello Ada, your order A-1 is ready.");
  expect(languageName("pl", "en")).toBe("Polish");
  expect(languageName("en_US", "en")).toContain("English");
  expect(languageName("?", "en")).toBe("?");
});
