import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { agentsQuery, labelsQuery } from "@/api/queries";
import type { Message } from "@/api/types";
import { queuesQuery, teamsQuery } from "@/routing/queries";
import { type RoutingNames, tellRouting } from "@/routing/thread/tell";
import { WhyButton } from "@/routing/thread/why";
import { Time } from "@/ui/now";
import { dateTime } from "@/ui/time";
import css from "./message.module.css";

interface Names extends RoutingNames {
  label: (id: string) => string;
}

/** What happened, in words. Kinds from a newer hub get a general line. */
export function ActivityLine({ message }: { message: Message }) {
  const { t } = useTranslation();
  const agents = useQuery(agentsQuery).data ?? [];
  const labels = useQuery(labelsQuery).data ?? [];
  const queues = useQuery(queuesQuery).data ?? [];
  const teams = useQuery(teamsQuery).data ?? [];
  const names: Names = {
    agent: (id) => agents.find((one) => one.id === id)?.name ?? t("common.colleague"),
    queue: (id) => queues.find((one) => one.id === id)?.name ?? t("queue.gone"),
    team: (id) => teams.find((one) => one.id === id)?.name ?? t("team.gone"),
    outcome: (id) =>
      queues.flatMap((one) => one.dispositions).find((one) => one.id === id)?.name ?? id,
    label: (id) => labels.find((one) => one.id === id)?.name ?? id,
  };
  const into = message.activity === "merged" ? String(message.details.into ?? "") : "";
  return (
    <p className={css.activity}>
      {tellRouting(message, t, names) ?? describe(message, t, names)}{" "}
      <WhyButton message={message} />{" "}
      {into && (
        <Link to="/inbox/$view/$conversationId" params={{ view: "all", conversationId: into }}>
          {t("activity.open_merged")}
        </Link>
      )}
      · <Time at={message.at} />
    </p>
  );
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

export function describe(message: Message, t: TFunction, names: Names): string {
  const { activity, details, author } = message;
  const who =
    author.name || (author.kind === "agent" ? names.agent(author.id) : t(`author.${author.kind}`));
  switch (activity) {
    case "assigned":
      return text(details.assignee_id) === author.id
        ? t("activity.took", { who })
        : t("activity.assigned", { who, to: names.agent(text(details.assignee_id)) });
    case "labeled":
      return labeled(details, who, t, names);
    case "snoozed":
      return details.until
        ? t("activity.snoozed", { who, until: dateTime(Number(details.until)) })
        : t("activity.snoozed_open", { who });
    case "priority":
      return t("activity.priority", { who, priority: t(`priority.${Number(details.priority)}`) });
    case "subject":
      return t("activity.subject", { who, subject: text(details.subject) });
    case "joined":
      return t("activity.joined", { name: text(details.name) || who });
    case "details":
      return t("activity.details", {
        facts: [text(details.name), text(details.email)].filter(Boolean).join(", "),
      });
    case "followed_up":
      return t("activity.followed_up", { address: text(details.address) });
    case "opted_out":
    case "opted_in":
    case "unreachable":
    case "reachable":
      return t(`activity.${activity}`, { address: text(details.address) });
    case "delivery_failed":
      return details.address
        ? t("activity.delivery_failed_to", { address: text(details.address) })
        : t("activity.delivery_failed");
    case "address_moved":
      return t("activity.address_moved", { from: text(details.old), to: text(details.new) });
    case "created":
    case "unassigned":
    case "woken":
    case "closed":
    case "reopened":
    case "spam":
    case "not_spam":
    case "merged":
      return t(`activity.${activity}`, { who });
    default:
      return t("activity.other", { who, what: activity.replaceAll("_", " ") });
  }
}

function labeled(
  details: Record<string, unknown>,
  who: string,
  t: TFunction,
  names: Names,
): string {
  const added = list(details.added).map(names.label);
  const removed = list(details.removed).map(names.label);
  const parts = [
    added.length
      ? t("activity.labels_added", { count: added.length, names: added.join(", ") })
      : "",
    removed.length
      ? t("activity.labels_removed", { count: removed.length, names: removed.join(", ") })
      : "",
  ];
  return `${who} ${parts.filter(Boolean).join(", ")}`;
}
