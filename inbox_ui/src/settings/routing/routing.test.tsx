import { QueryClient } from "@tanstack/react-query";
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, it } from "vitest";
import { agentsQuery } from "@/api/queries";
import { startI18n, t } from "@/i18n";
import { agentSkillsQuery } from "@/routing/queries";
import { queue } from "@/test/samples";
import { faultsOf, stage, stubHub } from "@/test/stage";
import { CapacityCard } from "./capacity";
import { badSpans, newSchedule, toClock, toMinutes } from "./hours/clock_text";
import { HoursListPage } from "./hours/hours_list";
import { moved } from "./order";
import { faultsOf as queueFaults } from "./queues/check";
import { QueueListPage } from "./queues/queue_list";
import { newQueue } from "./queues/values";
import { unitOf } from "./seconds_input";
import { SkillMatrix } from "./skills/matrix";

beforeAll(() => startI18n("en"));

const AGENTS = [
  { id: "a", name: "Ayşe", is_active: true },
  { id: "b", name: "Bora", is_active: true },
];
const MAY = { permissions: ["queue:read", "queue:write"] };

it("says the next step while there is no queue, and asks for little", async () => {
  const asked = stubHub({
    "GET /queues": [],
    "GET /teams": [],
    "GET /agents": AGENTS,
    "GET /inboxes": [],
    "GET /schedules": [],
  });
  const { container } = await stage(<QueueListPage />, MAY);
  expect(await screen.findByText("No queues yet")).toBeVisible();
  expect(await faultsOf(container)).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Add a queue" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.click(dialog.getByRole("button", { name: "Create the queue" }));
  expect(dialog.getByText("Please fill this in.")).toBeVisible();
  expect(asked.some(({ method }) => method === "POST")).toBe(false);
});

it("moves a queue by keyboard and keeps the new places only", async () => {
  const all = ["Support", "Returns", "Press"].map((name, position) =>
    queue(name, { name, position }),
  );
  const asked = stubHub({
    "GET /queues": all,
    "GET /teams": [],
    "PUT /queues/Support": all[0],
    "PUT /queues/Returns": all[1],
  });
  await stage(<QueueListPage />, MAY);
  await userEvent.click(await screen.findByRole("button", { name: "Move Returns up" }));
  const put = asked.filter(({ method }) => method === "PUT");
  expect(put.map(({ path, body }) => [path, (body as { position: number }).position])).toEqual([
    ["/queues/Returns", 0],
    ["/queues/Support", 1],
  ]);
});

it("fills the matrix of skills by digits and arrows", async () => {
  const asked = stubHub({
    "GET /agents": AGENTS,
    "GET /agents/skills": [{ agent_id: "a", skills: { other: 2 }, capacity: { chat: 5 } }],
    "PUT /agents/a/skills": { agent_id: "a", skills: {}, capacity: {} },
    "PUT /agents/b/skills": { agent_id: "b", skills: {}, capacity: {} },
  });
  const skills = [{ id: "s1", name: "English", language: "en", agents: 0 }];
  const { container } = await stage(<SkillMatrix skills={skills} />, MAY, new QueryClient());
  await userEvent.click(await screen.findByRole("textbox", { name: "Ayşe: English" }));
  await userEvent.keyboard("4");
  expect(screen.getByRole("textbox", { name: "Bora: English" })).toHaveFocus();
  await userEvent.keyboard("2{ArrowUp}");
  expect(screen.getByRole("textbox", { name: "Ayşe: English" })).toHaveFocus();
  await expect
    .poll(() => asked.filter(({ method }) => method === "PUT").map((p) => p.body))
    .toEqual([
      { skills: { other: 2, s1: 4 }, capacity: { chat: 5 } },
      { skills: { s1: 2 }, capacity: {} },
    ]);
  expect(await faultsOf(container)).toEqual([]);
});

it("makes hours in the workspace's zone, however late that is known", async () => {
  let arrive: (workspace: unknown) => void = () => {};
  const asked = stubHub({
    "GET /schedules": [],
    "GET /workspace": new Promise((resolve) => {
      arrive = resolve;
    }),
    "POST /schedules": { id: "h" },
  });
  await stage(<HoursListPage />, MAY);
  await screen.findByText(t("hours.none"));
  await userEvent.click(screen.getByRole("button", { name: "Add hours" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.type(dialog.getByRole("textbox"), "Office{Enter}");
  const made = () => asked.filter(({ method }) => method === "POST").map(({ body }) => body);
  expect(made()).toEqual([]);
  arrive({ time_zone: "Asia/Tokyo" });
  await expect.poll(made).toMatchObject([{ name: "Office", time_zone: "Asia/Tokyo" }]);
});

it.each([
  [
    "levels",
    <SkillMatrix key="s" skills={[{ id: "s1", name: "English", language: "en", agents: 0 }]} />,
  ],
  ["numbers", <CapacityCard key="c" />],
])("takes no %s before it knows what stands beside them", async (_, card) => {
  let arrive: (rows: unknown[]) => void = () => {};
  stubHub({
    "GET /agents": AGENTS,
    "GET /workspace": { capacity: {} },
    "GET /agents/skills": new Promise((resolve) => {
      arrive = resolve;
    }),
  });
  const client = new QueryClient();
  client.setQueryData(agentsQuery.queryKey, AGENTS as never);
  await stage(card, MAY, client);
  await expect.poll(() => client.isFetching({ queryKey: agentSkillsQuery.queryKey })).toBe(1);
  expect(screen.queryByRole("table")).toBeNull();
  arrive([]);
  expect(await screen.findByRole("table")).toBeVisible();
});

it("finds what a queue still lacks, beside the field", () => {
  const fresh = newQueue("Support", 0);
  expect(queueFaults(fresh, t)).toEqual({});
  const rule = { after_wait_s: 0, over_length: 0, queue_id: "", text: "" };
  const found = queueFaults(
    {
      ...fresh,
      schedule_id: "h",
      outside: { action: "queue", queue_id: "", text: "" },
      overflow: [
        { ...rule, action: "queue", after_wait_s: 5 },
        { ...rule, action: "message", text: "Hello" },
      ],
      form: [{ key: "k", label: "Size", kind: "choice", options: [], is_required: false, say: "" }],
    },
    t,
  );
  expect(Object.keys(found)).toEqual(["outside.queue_id", "overflow.0", "overflow.1", "form.0"]);
});

it("reads and writes hours, midnight at the end of a day included", () => {
  expect([toClock(540), toClock(1440)]).toEqual(["09:00", "00:00"]);
  expect([toMinutes("18:30", true), toMinutes("00:00", true), toMinutes("00:00", false)]).toEqual([
    1110, 1440, 0,
  ]);
  const fresh = newSchedule("Office", "Europe/Istanbul");
  expect([fresh.holidays_country, badSpans(fresh)]).toEqual(["TR", []]);
  const bad = {
    ...fresh,
    week: {
      ...fresh.week,
      tue: [{ start: 600, end: 540 }],
      wed: [
        { start: 0, end: 9 },
        { start: 5, end: 20 },
      ],
    },
    dates: [{ date: "", name: "", spans: [] }],
  };
  expect(badSpans(bad)).toEqual(["tue", "wed", "dates.0"]);
});

it("moves one of a list, and chooses the unit that people say", () => {
  expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
  expect(moved(["a", "b", "c"], 2, -5)).toEqual(["c", "a", "b"]);
  expect([45, 90, 300, 7200, 172_800, 0].map(unitOf)).toEqual([
    "seconds",
    "seconds",
    "minutes",
    "hours",
    "days",
    "minutes",
  ]);
});
