import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import { LANGUAGES, showLanguage, startI18n, t } from "@/i18n";
import { message } from "@/test/samples";
import { isQuiet, tellRouting } from "./tell";
import { passedBy, readTrace, tellTrace } from "./trace";

beforeAll(() => startI18n("en"));

const names = {
  agent: (id: string) => ({ a: "Ayşe", b: "Bora" })[id] ?? id,
  queue: (id: string) => ({ q1: "Support", q2: "Returns" })[id] ?? id,
  team: (id: string) => id,
  outcome: (id: string) => ({ sold: "Sold" })[id] ?? id,
  skill: (id: string) => ({ en: "English" })[id] ?? id,
};

type Told = [activity: string, details: Record<string, unknown>];

const trace = {
  strategy: "longest_idle",
  because: "longest_idle",
  chosen: ["a"],
  suited: 2,
  passed: [
    { agent_id: "b", why: "full" },
    { agent_id: "c", why: "away" },
    { agent_id: "d", why: "full" },
  ],
  relaxed: ["en"],
  waited_ms: 95_000,
  place: 0,
};

it("tells a choice in sentences", () => {
  const read = readTrace(trace);
  expect(read && tellTrace(read, t, names)).toEqual([
    "Ayşe had been free for the longest time.",
    "2 people could have taken it.",
    "No longer fully asked for: English.",
    "It had waited 1 min.",
  ]);
  expect(read && passedBy(read)).toEqual([
    ["full", ["b", "d"]],
    ["away", ["c"]],
  ]);
});

it("says nothing of what is no trace", () => {
  expect([readTrace(undefined), readTrace({}), readTrace("x")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

describe.each(Object.keys(LANGUAGES))("activities in %s", (language) => {
  beforeAll(() => showLanguage(language));
  const each = (activity: string, whys: string[], details: Told[1]): Told[] =>
    whys.map((why) => [activity, { ...details, why }]);
  const told: Told[] = [
    ...each("queued", ["entry", "transfer", "overflow", "reopened", "manual"], {
      queue_id: "q1",
      from_queue_id: "q2",
    }),
    ["offered", { agent_ids: ["a", "b"] }],
    ...each("offer_missed", ["declined", "timeout", "gone", "cancelled"], { agent_id: "a" }),
    ["assigned", { assignee_id: "a", by: "routing", waited_ms: 5000 }],
    ...each("left_line", ["closed", "moved", "spam"], { queue_id: "q1", waited_ms: 65_000 }),
    ["transferred", { queue_id: "q2", note: "wants money back" }],
    ["invited", { agent_id: "b" }],
    ["taken_over", { from_agent_id: "b" }],
    ["closed", { disposition: "sold" }],
    ["sla_warned", { target: "first" }],
    ["sla_broken", { target: "resolve" }],
    ["wrapped_up", { agent_id: "a", wrap_up_ms: 30_000 }],
    ["disposition", { disposition: "sold" }],
  ];

  it.each(told)("tells %s %o", (activity, details) => {
    const one = message(1, { kind: "activity", activity, details });
    const words = tellRouting(one, t, names) ?? "";
    expect(words).not.toMatch(/^$|activity\.|\{\{|undefined/);
  });
});

it("leaves what routing doesn't know to others, and hides only what is quiet", () => {
  expect(tellRouting(message(1, { activity: "snoozed" }), t, names)).toBeUndefined();
  expect(tellRouting(message(1, { activity: "closed" }), t, names)).toBeUndefined();
  const quiet = (activity: string, details: Told[1] = {}) =>
    isQuiet(message(1, { kind: "activity", activity, details }));
  expect(["offered", "wrapped_up", "assigned", "transferred"].map((one) => quiet(one))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(["", "answer", "transferred"].map((told_by) => quiet("assigned", { told_by }))).toEqual([
    false,
    true,
    true,
  ]);
});

it("has words for every reason, choice and strategy of the hub", async () => {
  await showLanguage("en");
  const whys =
    "away offline full wrap_up skill language declined not_preferred later busy_offer".split(" ");
  const strategies =
    "ring_all ring_progressively longest_idle round_robin top_down agent_order least_talk fewest_handled least_loaded random".split(
      " ",
    );
  const keys = [
    ...whys.map((why) => `trace.why_${why}`),
    ...["preferred", "only_one", "manual", "accepted"].map((one) => `trace.because_${one}`),
    ...strategies.flatMap((one) => [`trace.by_${one}`, `strategy.${one}`, `strategy.${one}_text`]),
  ];
  expect(keys.filter((key) => !i18next.exists(key))).toEqual([]);
});
