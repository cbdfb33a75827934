import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { agentsQuery, channelsQuery, inboxesQuery, labelsQuery } from "@/api/queries";
import { queuesQuery } from "@/routing/queries";
import type { Report, Row } from "./queries";
import type { Filter } from "./search";

/** What a row is called: channels have their names in their own texts, what was deleted has none. */
export function useRowName(family: Report["family"]): (row: Pick<Row, "key" | "name">) => string {
  const { t } = useTranslation();
  const channels = useQuery(channelsQuery).data ?? [];
  return ({ key, name }) => {
    if (family === "total") return t("reports.total");
    if (family === "channel") return channels.find((one) => one.name === key)?.title ?? key;
    return name || t("reports.gone");
  };
}

/** The names of everything that the log shows by its id. */
export function useLogNames() {
  const { t } = useTranslation();
  const channels = useQuery(channelsQuery).data ?? [];
  const agents = useQuery(agentsQuery).data ?? [];
  const labels = useQuery(labelsQuery).data ?? [];
  const inboxes = useQuery(inboxesQuery).data ?? [];
  const queues = useQuery(queuesQuery).data ?? [];
  // Queues may share an outcome.
  const outcomes = new Map(
    queues.flatMap((queue) => queue.dispositions.map((one) => [one.id, one] as const)),
  );
  const known: Record<Filter, { id: string; name: string }[]> = {
    queue_id: queues,
    agent_id: agents,
    inbox_id: inboxes,
    channel: channels.map(({ name, title }) => ({ id: name, name: title })),
    label: labels,
    outcome: [...outcomes.values()],
  };
  const nameOf = (kind: Filter, id: string): string =>
    id ? (known[kind].find((one) => one.id === id)?.name ?? t("reports.gone")) : "";
  return { known, nameOf };
}
