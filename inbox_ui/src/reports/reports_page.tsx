import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { workspaceQuery } from "@/api/queries";
import { useCan } from "@/shell/session";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { useNow } from "@/ui/now";
import { LogTab } from "./log_tab";
import { spanOf } from "./period";
import { PeriodPicker } from "./period_picker";
import { ReportTab } from "./report_tab";
import css from "./reports.module.css";
import { periodOf, type ReportSearch, TABS } from "./search";

/** What happened, in numbers: by queue, agent, channel, label and outcome, and the log behind them. */
export function ReportsPage() {
  const { t } = useTranslation();
  const mayRead = useCan("report:read");
  const workspace = useQuery(workspaceQuery);
  if (!mayRead) {
    return (
      <Empty title={t("reports.only_supervisors")} text={t("reports.only_supervisors_text")}>
        <Link to="/">{t("shell.to_inbox")}</Link>
      </Empty>
    );
  }
  if (!workspace.data) return <Waiting query={workspace} />;
  return <Body zone={workspace.data.time_zone} />;
}

function Body({ zone: ownZone }: { zone: string }) {
  const { t } = useTranslation();
  const search: ReportSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const { tab = "overview", period = "week", zone = ownZone, from, to } = search;
  // A report that moved on with every second would never be read.
  const minute = Math.floor(useNow() / 60_000) * 60_000;
  const span = useMemo(
    () => spanOf({ period, zone, from, to }, minute),
    [period, zone, from, to, minute],
  );
  const change = (part: Partial<ReportSearch>) =>
    void navigate({ to: "/reports", search: { ...search, ...part }, replace: true });
  return (
    <div className={css.page}>
      <header className={css.head}>
        <h1>{t("reports.title")}</h1>
        <PeriodPicker search={{ ...search, period, zone }} ownZone={ownZone} onChange={change} />
      </header>
      <nav className={css.tabs} aria-label={t("reports.tabs.label")}>
        {TABS.map((one) => (
          <Link
            key={one}
            to="/reports"
            search={tabSearch(search, one)}
            className={css.tab}
            data-active={one === tab || undefined}
            aria-current={one === tab ? "page" : undefined}
          >
            {t(`reports.tabs.${one}`)}
          </Link>
        ))}
      </nav>
      {tab === "log" ? (
        <LogTab search={search} span={span} zone={zone} onChange={change} />
      ) : (
        <ReportTab key={tab} tab={tab} search={search} span={span} zone={zone} onChange={change} />
      )}
    </div>
  );
}

/** The period goes along from tab to tab, rows and filters do not. */
function tabSearch(search: ReportSearch, tab: ReportSearch["tab"]): ReportSearch {
  return { ...(tab ? { tab } : {}), ...periodOf(search) };
}
