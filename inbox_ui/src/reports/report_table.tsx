import { Link } from "@tanstack/react-router";
import { ArrowDown, ArrowUp } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { ScrollRegion } from "@/ui/scroll_region";
import { numberText, type Unit, unitOfField } from "./format";
import { Formula } from "./formula_hint";
import { useRowName } from "./names";
import { type Measure, numberOf, type Report, type Row } from "./queries";
import css from "./reports.module.css";
import { FILTER_OF, periodOf, type ReportSearch, type Tab } from "./search";
import { type Order, sorted } from "./sort";

interface Props {
  tab: Exclude<Tab, "log">;
  report: Report;
  search: ReportSearch;
}

interface Column {
  name: string;
  title: string;
  unit: Unit;
  measure?: Measure;
}

/** The number whose conversations stand behind a measure. */
const MEASURED_OF: Record<string, string> = { service_level: "in_level" };

/** A row for each key and one for all together; every head sorts. */
export function ReportTable({ tab, report, search }: Props) {
  const { t, i18n } = useTranslation();
  const nameOf = useRowName(report.family);
  const [order, setOrder] = useState<Order>({ by: "", isUp: true });
  const columns: Column[] = [
    ...report.fields.map((name) => ({
      name,
      title: t(`reports.fields.${name}`),
      unit: unitOfField(name),
    })),
    ...report.measures.map((measure) => ({
      name: measure.name,
      title: t(`reports.measures.${measure.name}`),
      unit: measure.unit,
      measure,
    })),
  ];
  const rows = tab === "overview" ? [] : sorted(report.rows, order, nameOf, i18n.language);
  const sort = (by: string) =>
    setOrder((now) => ({ by, isUp: now.by === by ? !now.isUp : by === "" }));
  return (
    <ScrollRegion className={css.scroll} label={t(`reports.tabs.${tab}`)}>
      <table className={css.table}>
        <thead>
          <tr>
            <Head
              order={order}
              name=""
              title={t(`reports.families.${report.family}`)}
              onSort={sort}
            />
            {columns.map((column) => (
              <Head key={column.name} order={order} {...column} onSort={sort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row">
                <ToLog search={search} of={rowFilter(tab, row)}>
                  {nameOf(row)}
                </ToLog>
              </th>
              {columns.map((column) => (
                <Cell
                  key={column.name}
                  family={report.family}
                  row={row}
                  column={column}
                  search={search}
                />
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t("reports.total")}</th>
            {columns.map((column) => (
              <Cell
                key={column.name}
                family="total"
                row={report.total}
                column={column}
                search={search}
              />
            ))}
          </tr>
        </tfoot>
      </table>
    </ScrollRegion>
  );
}

interface HeadProps {
  order: Order;
  name: string;
  title: string;
  measure?: Measure;
  onSort: (by: string) => void;
}

function Head({ order, name, title, measure, onSort }: HeadProps) {
  const { t } = useTranslation();
  const isChosen = order.by === name;
  const Arrow = order.isUp ? ArrowUp : ArrowDown;
  const button = (
    <button
      type="button"
      className={css.sort}
      title={t("reports.by", { name: title })}
      onClick={() => onSort(name)}
    >
      {title}
      {isChosen && <Arrow size={13} aria-hidden="true" />}
    </button>
  );
  const way = order.isUp ? "ascending" : "descending";
  return (
    <th scope="col" aria-sort={isChosen ? way : "none"}>
      {measure ? <Formula measure={measure}>{button}</Formula> : button}
    </th>
  );
}

interface CellProps {
  family: Report["family"];
  row: Row;
  column: Column;
  search: ReportSearch;
}

function Cell({ family, row, column, search }: CellProps) {
  const value = numberOf(row, column.name);
  const text = numberText(value, column.unit);
  const field = column.unit === "count" ? column.name : MEASURED_OF[column.name];
  const isLink = field !== undefined && !!value && family !== "inbox";
  return (
    <td>
      {isLink ? (
        <ToLog search={search} of={{ family, field, ...(row.key ? { key: row.key } : {}) }}>
          {text}
        </ToLog>
      ) : (
        text
      )}
    </td>
  );
}

const rowFilter = (tab: Props["tab"], { key }: Row): ReportSearch =>
  tab === "overview" ? {} : { [FILTER_OF[tab]]: key };

/** Conversations of the same days: of a row, or those behind a number. */
function ToLog({
  search,
  of,
  children,
}: {
  search: ReportSearch;
  of: ReportSearch;
  children: ReactNode;
}) {
  return (
    <Link to="/reports" search={{ ...of, tab: "log", ...periodOf(search) }}>
      {children}
    </Link>
  );
}
