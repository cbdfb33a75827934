import { Select, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Empty } from "@/ui/empty";
import { Fault } from "@/ui/fault";
import { Chart } from "./chart";
import { ExportMenu } from "./export_menu";
import { dayText, momentText, unitOfField } from "./format";
import { useRowName } from "./names";
import type { Span } from "./period";
import { numberOf, type Report, reportQuery } from "./queries";
import { ReportTable } from "./report_table";
import css from "./reports.module.css";
import { FAMILIES, type ReportSearch, type Tab } from "./search";
import { Tiles } from "./tiles";

interface Props {
  tab: Exclude<Tab, "log">;
  search: ReportSearch;
  span: Span;
  zone: string;
  onChange: (part: Partial<ReportSearch>) => void;
}

const FIRST_SHOWN: Record<Exclude<Tab, "log">, string> = {
  overview: "created",
  queues: "queued",
  agents: "answered",
  channels: "created",
  labels: "closed",
  outcomes: "closed",
};

/** One family: a chart over time, and a row for each key. */
export function ReportTab({ tab, search, span, zone, onChange }: Props) {
  const { t } = useTranslation();
  const query = { family: FAMILIES[tab], zone, key: search.key ?? "", ...span };
  const report = useQuery(reportQuery(query));
  if (report.isError) return <Fault error={report.error} onRetry={() => void report.refetch()} />;
  const data = report.data;
  if (!data || data.family !== query.family) return <Waiting />;
  return (
    <div className={css.body} aria-busy={report.isPlaceholderData}>
      <p className={css.state}>
        {data.counted_until > 0 &&
          t("reports.until", { time: momentText(data.counted_until, zone) })}{" "}
        {data.counted_from > span.start &&
          t("reports.history", { day: dayText(data.counted_from, zone) })}
      </p>
      {tab === "overview" && <Tiles report={data} />}
      <div className={css.bar}>
        <Shown report={data} tab={tab} search={search} onChange={onChange} />
        <ExportMenu of="reports" query={query} />
      </div>
      {isEmpty(data) ? (
        <Empty title={t("reports.nothing")} text={t("reports.nothing_text")} />
      ) : (
        <>
          <ShownChart report={data} tab={tab} search={search} span={span} zone={zone} />
          <ReportTable tab={tab} report={data} search={search} />
        </>
      )}
    </div>
  );
}

const isEmpty = (report: Report) =>
  report.rows.length === 0 && Object.values(report.total.tally).every((value) => !value);

/** What the chart can show: sums over a point, so nothing that is only the largest of many. */
function shownOf(report: Report, tab: Props["tab"], search: ReportSearch) {
  const names = [
    ...report.fields.filter((name) => !name.startsWith("longest")),
    ...report.measures.map(({ name }) => name),
  ];
  const wish = search.show ?? FIRST_SHOWN[tab];
  return { names, name: names.includes(wish) ? wish : (names[0] ?? wish) };
}

function Shown({
  report,
  tab,
  search,
  onChange,
}: Omit<Props, "span" | "zone"> & { report: Report }) {
  const { t } = useTranslation();
  const nameOf = useRowName(report.family);
  const { names, name } = shownOf(report, tab, search);
  const fields = new Set(report.fields);
  return (
    <div className={css.choices}>
      <Select
        label={t("reports.chart.of")}
        data={names.map((value) => ({
          value,
          label: t(fields.has(value) ? `reports.fields.${value}` : `reports.measures.${value}`),
        }))}
        value={name}
        allowDeselect={false}
        onChange={(value) => value && onChange({ show: value })}
      />
      {tab !== "overview" && (
        <Select
          label={t("reports.chart.row")}
          data={[
            { value: "", label: t("reports.chart.all_rows") },
            ...report.rows.map((row) => ({ value: row.key, label: nameOf(row) })),
          ]}
          value={search.key ?? ""}
          allowDeselect={false}
          searchable
          onChange={(value) => onChange({ key: value ?? "" })}
        />
      )}
    </div>
  );
}

function ShownChart({
  report,
  tab,
  search,
  span,
  zone,
}: Omit<Props, "onChange"> & { report: Report }) {
  const { t } = useTranslation();
  const { name } = shownOf(report, tab, search);
  const measure = report.measures.find((one) => one.name === name);
  const title = t(measure ? `reports.measures.${name}` : `reports.fields.${name}`);
  return (
    <Chart
      title={title}
      unit={measure ? measure.unit : unitOfField(name)}
      step={span.step}
      zone={zone}
      points={report.points.map((point) => ({ at: point.at, value: numberOf(point, name) }))}
    />
  );
}

function Waiting() {
  return (
    <div className={css.body}>
      <Skeleton height={38} width={320} />
      <Skeleton height={260} />
      <Skeleton height={200} />
    </div>
  );
}
