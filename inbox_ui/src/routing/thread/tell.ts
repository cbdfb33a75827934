import type { TFunction } from "i18next";
import type { Message } from "@/api/types";
import { duration, lengthOf } from "@/ui/time";

export interface RoutingNames {
  agent: (id: string) => string;
  queue: (id: string) => string;
  team: (id: string) => string;
  outcome: (id: string) => string;
}

type Details = Message["details"];

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const span = (ms: unknown): string =>
  Number(ms) >= 60_000 ? duration(Number(ms)) : lengthOf(Math.floor(Number(ms) / 1000));

const QUIET = new Set(["offered", "offer_missed", "sla_warned", "wrapped_up"]);

/** Of no interest when reading along, or told by its neighbour: hidden until "Show details". */
export const isQuiet = ({ activity, details }: Message): boolean =>
  QUIET.has(activity) || (activity === "assigned" && text(details.told_by) !== "");

/** What routing did, in words; nothing for all other activities. */
export function tellRouting(
  message: Message,
  t: TFunction,
  names: RoutingNames,
): string | undefined {
  const { activity, details } = message;
  const who = names.agent(text(details.agent_id));
  const queue = text(details.queue_id) ? names.queue(text(details.queue_id)) : "";
  switch (activity) {
    case "queued":
      return t(`activity.queued_${text(details.why) || "manual"}`, {
        queue,
        from: text(details.from_queue_id) ? names.queue(text(details.from_queue_id)) : "",
      });
    case "offered":
      return t("activity.offered", { who: list(details.agent_ids).map(names.agent).join(", ") });
    case "offer_missed":
      return t(`activity.missed_${text(details.why) || "timeout"}`, { who });
    case "assigned":
      return text(details.by) === "routing" ? gotByRouting(details, t, names) : undefined;
    case "left_line":
      return t(`activity.left_line_${text(details.why) || "moved"}`, {
        queue,
        time: span(details.waited_ms),
      });
    case "transferred":
      return transferred(message, t, names);
    case "invited":
      return t("activity.invited", { who: authorOf(message, t, names), to: who });
    case "taken_over":
      return t("activity.taken_over", {
        who: authorOf(message, t, names),
        from: names.agent(text(details.from_agent_id)),
      });
    case "closed":
      return text(details.disposition)
        ? t("activity.closed_with", {
            who: authorOf(message, t, names),
            outcome: names.outcome(text(details.disposition)),
          })
        : undefined;
    case "sla_warned":
    case "sla_broken":
      return t(`activity.${activity}`, { target: t(`sla.${text(details.target) || "first"}`) });
    case "wrapped_up":
      return t("activity.wrapped_up", { who, time: span(details.wrap_up_ms) });
    case "disposition":
      return t("activity.disposition", {
        who: authorOf(message, t, names),
        outcome: names.outcome(text(details.disposition)),
      });
    default:
      return undefined;
  }
}

function gotByRouting(details: Details, t: TFunction, names: RoutingNames): string {
  const who = names.agent(text(details.assignee_id));
  const waited = Number(details.waited_ms);
  return waited >= 1000
    ? t("activity.got_after", { who, time: span(waited) })
    : t("activity.got", { who });
}

function transferred(message: Message, t: TFunction, names: RoutingNames): string {
  const { agent_id, queue_id, team_id, note } = message.details;
  const to = text(agent_id)
    ? names.agent(text(agent_id))
    : text(team_id)
      ? names.team(text(team_id))
      : names.queue(text(queue_id));
  const said = t("activity.transferred", { who: authorOf(message, t, names), to });
  return text(note) ? `${said} “${text(note)}”` : said;
}

function authorOf({ author }: Message, t: TFunction, names: RoutingNames): string {
  if (author.name) return author.name;
  return author.kind === "agent" ? names.agent(author.id) : t(`author.${author.kind}`);
}
