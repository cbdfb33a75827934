import { Button, Select, Skeleton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ChannelIcon } from "@/ui/channel_icon";
import { Empty } from "@/ui/empty";
import { Fault } from "@/ui/fault";
import { ScrollRegion } from "@/ui/scroll_region";
import { ExportMenu } from "./export_menu";
import { momentText, numberText } from "./format";
import { useLogNames } from "./names";
import type { Span } from "./period";
import { type LogRow, logQuery } from "./queries";
import css from "./reports.module.css";
import {
  type Family,
  FILTERS,
  type Filter,
  type LogState,
  periodOf,
  type ReportSearch,
} from "./search";

interface Props {
  search: ReportSearch;
  span: Span;
  zone: string;
  onChange: (part: Partial<ReportSearch>) => void;
}

type Names = ReturnType<typeof useLogNames>;

const STATES = ["open", "snoozed", "closed"] as const;
const SHOWN_STATES = [...STATES, "merged"] as const;
const TITLES = {
  queue_id: "queue",
  agent_id: "agent",
  inbox_id: "inbox",
  channel: "channel",
  label: "label",
  outcome: "outcome",
} as const;

/** Conversations that began in the period, or that make up a number of it; a row leads to each. */
export function LogTab({ search, span, zone, onChange }: Props) {
  const { t } = useTranslation();
  const names = useLogNames();
  const filters = Object.fromEntries(FILTERS.map((name) => [name, search[name] ?? ""]));
  const { start, end } = span;
  const { family, key = "", field } = search;
  const number = family && field ? { family, key, field } : {};
  const query = { start, end, state: search.state ?? "", ...filters, ...number } as const;
  const log = useInfiniteQuery(logQuery(query));
  const rows = log.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className={css.body}>
      <div className={css.bar}>
        <Filters search={search} names={names} onChange={onChange} />
        <ExportMenu of="log" query={{ ...query, zone }} />
      </div>
      {family && field ? (
        <Behind number={{ family, key, field }} names={names} search={search} />
      ) : (
        <p className={css.note}>{t("reports.begun_text")}</p>
      )}
      {log.isPending && <Skeleton height={260} />}
      {log.isError && <Fault error={log.error} onRetry={() => void log.refetch()} />}
      {log.isSuccess && rows.length === 0 && !log.hasNextPage && (
        <Empty title={t("reports.no_log")} text={t("reports.no_log_text")} />
      )}
      {rows.length > 0 && (
        <LogTable rows={rows} names={names} zone={zone} hasTimes={field !== undefined} />
      )}
      {log.hasNextPage && (
        <Button
          variant="default"
          loading={log.isFetchingNextPage}
          onClick={() => void log.fetchNextPage()}
        >
          {t("reports.more")}
        </Button>
      )}
    </div>
  );
}

function Filters({
  search,
  names,
  onChange,
}: Pick<Props, "search" | "onChange"> & { names: Names }) {
  const { t } = useTranslation();
  return (
    <fieldset className={css.choices}>
      <legend className="hidden-visually">{t("reports.filters")}</legend>
      {FILTERS.map((name) => {
        const known = names.known[name].map((one) => ({ value: one.id, label: one.name }));
        const chosen = search[name];
        if (chosen && !known.some((one) => one.value === chosen)) {
          known.push({ value: chosen, label: t("reports.gone") });
        }
        return (
          known.length > 0 && (
            <Select
              key={name}
              label={t(`reports.families.${TITLES[name]}`)}
              data={known}
              value={chosen ?? null}
              placeholder={t("reports.any")}
              searchable
              clearable
              clearButtonProps={{
                "aria-label": t("reports.clear", { name: t(`reports.families.${TITLES[name]}`) }),
              }}
              onChange={(value) => onChange({ [name]: value ?? "" })}
            />
          )
        );
      })}
      <Select
        label={t("reports.columns.state")}
        data={[
          { value: "", label: t("reports.states.any") },
          ...STATES.map((value) => ({ value, label: t(`reports.states.${value}`) })),
        ]}
        value={search.state ?? ""}
        allowDeselect={false}
        onChange={(value) => onChange({ state: (value || undefined) as LogState })}
      />
    </fieldset>
  );
}

const KIND_OF: Partial<Record<Family, Filter>> = {
  queue: "queue_id",
  agent: "agent_id",
  channel: "channel",
  label: "label",
  outcome: "outcome",
};

interface BehindProps {
  number: { family: Family; key: string; field: string };
  names: Names;
  search: ReportSearch;
}

/** Which number it is that the list makes up. */
function Behind({ number: { family, key, field }, names, search }: BehindProps) {
  const { t } = useTranslation();
  const kind = KIND_OF[family];
  const name = kind ? names.nameOf(kind, key) : t("reports.total");
  return (
    <div className={css.note}>
      <p>
        <b>{t("reports.behind", { number: t(`reports.fields.${field}`), name })}</b>
      </p>
      <p>{t("reports.behind_text")}</p>
      <Link to="/reports" search={{ tab: "log", ...periodOf(search) }}>
        {t("reports.behind_end")}
      </Link>
    </div>
  );
}

interface TableProps {
  rows: LogRow[];
  names: Names;
  zone: string;
  hasTimes: boolean;
}

function LogTable({ rows, names, zone, hasTimes }: TableProps) {
  const { t } = useTranslation();
  return (
    <ScrollRegion className={css.scroll} label={t("reports.tabs.log")}>
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">{t("reports.columns.contact")}</th>
            {hasTimes && <th scope="col">{t("reports.heads.times")}</th>}
            <th scope="col" className={css.words}>
              {t("reports.columns.created_at")}
            </th>
            <th scope="col" className={css.words}>
              {t("reports.columns.queue")}
            </th>
            <th scope="col" className={css.words}>
              {t("reports.columns.agent")}
            </th>
            <th scope="col" className={css.words}>
              {t("reports.columns.state")}
            </th>
            <th scope="col" className={css.words}>
              {t("reports.columns.labels")}
            </th>
            <th scope="col" className={css.words}>
              {t("reports.columns.outcome")}
            </th>
            <th scope="col">{t("reports.heads.waited")}</th>
            <th scope="col">{t("reports.heads.first_answer")}</th>
            <th scope="col">{t("reports.columns.messages")}</th>
            <th scope="col" className={css.words}>
              {t("reports.columns.sla_broken")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <LogLine
              key={row.conversation_id}
              row={row}
              names={names}
              zone={zone}
              hasTimes={hasTimes}
            />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function LogLine({ row, names, zone, hasTimes }: Omit<TableProps, "rows"> & { row: LogRow }) {
  const { t } = useTranslation();
  const state = SHOWN_STATES.find((one) => one === row.state) ?? "open";
  const conversationId = row.conversation_id;
  return (
    <tr>
      <th scope="row">
        <Link to="/inbox/$view/$conversationId" params={{ view: "all", conversationId }}>
          <ChannelIcon channel={row.channel} size={14} />
          {row.contact_name || t("reports.columns.contact")}
        </Link>
      </th>
      {hasTimes && <td>{numberText(row.times, "count")}</td>}
      <td className={css.words}>{momentText(row.created_at, zone)}</td>
      <td className={css.words}>{names.nameOf("queue_id", row.queue_id)}</td>
      <td className={css.words}>{names.nameOf("agent_id", row.assignee_id)}</td>
      <td className={css.words}>{t(`reports.states.${state}`)}</td>
      <td className={css.words}>
        {row.labels.map((label) => names.nameOf("label", label)).join(", ")}
      </td>
      <td className={css.words}>{names.nameOf("outcome", row.disposition)}</td>
      <td>{numberText(row.waited_ms || null, "ms")}</td>
      <td>{numberText(row.first_answer_ms || null, "ms")}</td>
      <td>{numberText(row.messages, "count")}</td>
      <td className={css.words}>
        {row.sla_broken.map((target) => t(`reports.targets.${target}`)).join(", ")}
      </td>
    </tr>
  );
}
