import { screen } from "@testing-library/react";
import { beforeAll, expect, it } from "vitest";
import type { Queue } from "@/api/types";
import { startI18n } from "@/i18n";
import { queue } from "@/test/samples";
import { stage, stubHub } from "@/test/stage";
import { TargetList } from "./target_list";

beforeAll(() => startI18n("en"));

async function show(change: Partial<Queue>) {
  stubHub({ "GET /presence-reasons": [] });
  const queues = [{ queue: queue("Returns", change), now: undefined }];
  await stage(
    <TargetList
      targets={{ agents: [], teams: [], queues }}
      label="Where to"
      chosen={undefined}
      onChoose={() => {}}
      onLeave={() => {}}
    />,
  );
  return await screen.findByRole("option");
}

it("says how many wait in a queue and who has room", async () => {
  const row = await show({ waiting: 3, agents_available: 2, agents_free: 1 });
  expect(row).toHaveTextContent("Returns3 waiting · 1 free");
});

it("warns of a queue in which nobody is available", async () => {
  const row = await show({ is_open: false, waiting: 0, agents_available: 0, agents_free: 0 });
  expect(row).toHaveTextContent("ReturnsClosed now · 0 waiting · nobody available");
});
