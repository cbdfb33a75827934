import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { Delivery } from "@/api/types";
import { startI18n } from "@/i18n";
import { message } from "@/test/samples";
import { DeliveryTrouble } from "./delivery";

const asked: [path: string, body: unknown][] = [];

beforeAll(() => startI18n("en"));
beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push([new URL(request.url).pathname, await request.json()]);
    return Response.json(message(3, { delivery: "accepted" }));
  });
});

function show(delivery: Delivery, reason = "") {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <DeliveryTrouble message={message(3, { direction: "out", delivery, reason })} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return screen.queryAllByRole("button").map((button) => button.textContent);
}

it("lets a person say what became of a message of unknown outcome", async () => {
  expect(show("unknown", "outcome_unknown")).toEqual([
    "It did arrive",
    "It did not arrive",
    "Send again",
  ]);
  expect(screen.getByText(/did not answer/)).toHaveTextContent("it may arrive twice");
  await userEvent.click(screen.getByRole("button", { name: "It did not arrive" }));
  expect(asked).toEqual([
    ["/api/v1/conversations/c1/messages/3/resolve", { action: "mark_failed" }],
  ]);
});

it("offers only to send again what certainly failed", () => {
  expect(show("failed", "opted_out")).toEqual(["Send again"]);
});

it("says nothing where all is well", () => {
  expect(show("delivered")).toEqual([]);
});
