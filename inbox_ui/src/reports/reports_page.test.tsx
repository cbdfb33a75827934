import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { startI18n } from "@/i18n";
import { faultsOf, stage, stubHub } from "@/test/stage";
import { LogTab } from "./log_tab";
import type { Span } from "./period";
import type { Report } from "./queries";
import { ReportTab } from "./report_tab";
import { sorted } from "./sort";

vi.mock("./drawing", () => ({ draw: () => () => {} }));

const SPAN: Span = { start: 1_780_000_000_000, end: 1_780_172_800_000, step: "day" };

const row = (key: string, name: string, answered: number, asa: number | null) => ({
  key,
  name,
  tally: { answered, queued: answered + 1 },
  measures: { asa },
});

const report = (rows: ReturnType<typeof row>[]) =>
  ({
    family: "queue",
    ...SPAN,
    zone: "UTC",
    counted_until: SPAN.start,
    counted_from: 0,
    fields: ["queued", "answered"],
    total: row("", "", 9, 61_000),
    rows,
    points: [{ at: SPAN.start, tally: { queued: 9 }, measures: { asa: null } }],
    measures: [{ name: "asa", unit: "ms", formula: "wait_ms / answered" }],
  }) as unknown as Report;

const ROWS = [row("q1", "Sales", 7, 65_000), row("q2", "Help", 2, null), row("q3", "", 0, 5_000)];

const logRow = (change: Record<string, unknown>) => ({
  conversation_id: "c1",
  contact_name: "Ayşe",
  channel: "",
  inbox_id: "",
  queue_id: "q1",
  assignee_id: "",
  state: "closed",
  labels: [],
  disposition: "",
  created_at: SPAN.start,
  waited_ms: 5_000,
  first_answer_ms: 0,
  closed_at: 0,
  messages: 3,
  sla_broken: ["first"],
  times: 0,
  ...change,
});

const LISTS = { "GET /channels": [], "GET /queues": [], "GET /agents": [], "GET /labels": [] };

function hub(answers: Record<string, unknown>) {
  return stubHub({ ...LISTS, "GET /inboxes": [], ...answers });
}

async function show(rows: ReturnType<typeof row>[]) {
  hub({ "GET /reports": report(rows) });
  await stage(<ReportTab tab="queues" search={{}} span={SPAN} zone="UTC" onChange={() => {}} />);
}

beforeEach(async () => {
  vi.unstubAllGlobals();
  await startI18n("en");
});

it("shows a row for each key, with a dash where there is nothing to divide by", async () => {
  await show(ROWS);
  const table = await screen.findByRole("region", { name: "Queues" });
  expect(within(table).getByRole("row", { name: /Sales/ })).toHaveTextContent("871:05");
  expect(within(table).getByRole("row", { name: /Help/ })).toHaveTextContent("–");
  expect(within(table).getByRole("row", { name: /\(deleted\)/ })).toBeInTheDocument();
  expect(within(table).getByRole("row", { name: /Total/ })).toHaveTextContent("1:01");
});

it("says a measure's formula in words, on focus too", async () => {
  await show(ROWS);
  const hint = await screen.findByRole("button", {
    name: /How Average wait .* Waiting time ÷ Answered/,
  });
  hint.focus();
  expect(await screen.findByText("Waiting time ÷ Answered")).toBeInTheDocument();
});

it("sorts by any column, what has no number last", async () => {
  await show(ROWS);
  const table = await screen.findByRole("region", { name: "Queues" });
  await userEvent.click(within(table).getByRole("button", { name: "Average wait (ASA)" }));
  const names = () =>
    within(table)
      .getAllByRole("rowheader")
      .map((cell) => cell.textContent);
  expect(names()).toEqual(["Sales", "(deleted)", "Help", "Total"]);
  await userEvent.click(within(table).getByRole("button", { name: "Average wait (ASA)" }));
  expect(names()).toEqual(["(deleted)", "Sales", "Help", "Total"]);
});

it("leads from a number to the conversations behind it", async () => {
  await show(ROWS);
  const table = await screen.findByRole("region", { name: "Queues" });
  const sales = within(table).getByRole("row", { name: /Sales/ });
  const links = within(sales).getAllByRole("link");
  expect(links.map((link) => link.textContent)).toEqual(["Sales", "8", "7"]);
  expect(links[0]?.getAttribute("href")).toContain("queue_id=q1");
  const answered = links[2]?.getAttribute("href");
  expect(answered).toContain("family=queue&field=answered&key=q1");
  expect(answered).not.toContain("queue_id");
});

it("says which number the list makes up, and how often each was counted", async () => {
  const asked = hub({
    "GET /queues": [{ id: "q1", name: "Sales", dispositions: [] }],
    "GET /log": { items: [logRow({ state: "merged", times: 3 })], next: null },
  });
  const search = { tab: "log", family: "queue", key: "q1", field: "transfers" } as const;
  await stage(<LogTab search={search} span={SPAN} zone="UTC" onChange={() => {}} />);
  expect(await screen.findByText(/number Transferred: Sales/)).toBeInTheDocument();
  const line = await screen.findByRole("row", { name: /Ayşe/ });
  expect(line).toHaveTextContent(/Ayşe3.*Merged/);
  const log = asked.find(({ path }) => path === "/log");
  expect(log?.query).toMatchObject({ family: "queue", key: "q1", field: "transfers" });
  const leave = screen.getByRole("link", { name: "Show the whole log instead" });
  expect(leave.getAttribute("href")).not.toContain("field");
});

it("offers both files with the period, in the reader's language", async () => {
  await show(ROWS);
  await userEvent.click(await screen.findByRole("button", { name: "Export" }));
  const file = await screen.findByRole("menuitem", { name: "Excel (XLSX)" });
  expect(file.getAttribute("href")).toContain("family=queue");
  expect(file.getAttribute("href")).toContain("format=xlsx");
});

it("has the chart's numbers as a table, and no fault of accessibility", async () => {
  await show(ROWS);
  await screen.findByRole("region", { name: "Queues" });
  await userEvent.click(screen.getByText("The chart as a table"));
  expect(screen.getByRole("figure")).toHaveTextContent("9");
  expect(await faultsOf(screen.getByRole("main"))).toEqual([]);
});

it("says so where nothing was counted", async () => {
  hub({ "GET /reports": { ...report([]), total: { ...row("", "", 0, null), tally: {} } } });
  await stage(<ReportTab tab="queues" search={{}} span={SPAN} zone="UTC" onChange={() => {}} />);
  expect(await screen.findByText("Nothing was counted in this time")).toBeInTheDocument();
});

it("lists conversations by the filters of the address", async () => {
  const asked = hub({
    "GET /queues": [
      { id: "q1", name: "Sales", dispositions: [{ id: "sold", name: "Sold" }] },
      { id: "q2", name: "Help", dispositions: [{ id: "sold", name: "Sold" }] },
    ],
    "GET /log": { items: [logRow({})], next: null },
  });
  const search = { tab: "log", queue_id: "q1" } as const;
  await stage(<LogTab search={search} span={SPAN} zone="UTC" onChange={() => {}} />);
  const line = await screen.findByRole("row", { name: /Ayşe/ });
  expect(line).toHaveTextContent("0:05");
  expect(screen.getByText("Conversations that began in these days.")).toBeInTheDocument();
  expect(within(line).getByRole("link").getAttribute("href")).toContain("/inbox/all/c1");
  const log = asked.find(({ path }) => path === "/log");
  expect(log?.query).toMatchObject({ queue_id: "q1", start: String(SPAN.start) });
  expect(await faultsOf(screen.getByRole("main"))).toEqual([]);
});

it("orders names as the language does", () => {
  const rows = ["Çelik", "Cem", "İnci", "Işık"].map((name) => row(name, name, 0, null));
  const names = sorted(rows as never, { by: "", isUp: true }, ({ name }) => name, "tr");
  expect(names.map(({ name }) => name)).toEqual(["Cem", "Çelik", "Işık", "İnci"]);
});
