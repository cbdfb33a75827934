import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { countsQuery } from "@/api/queries";
import css from "./list.module.css";

const TABS = ["mine", "unassigned", "all"] as const;

/** The three views that people go between all day; the others are in the side bar. */
export function ViewTabs() {
  const { t } = useTranslation();
  const counts = useQuery(countsQuery).data;
  return (
    <nav className={css.tabs} aria-label={t("inbox.views")}>
      {TABS.map((view) => (
        <Link
          key={view}
          to="/inbox/$view"
          params={{ view }}
          className={css.tab}
          activeProps={{ "data-active": true }}
          activeOptions={{ includeSearch: false }}
        >
          {t(`views.${view}`)}
          {counts && counts[view] > 0 && <span className={css.number}>{counts[view]}</span>}
        </Link>
      ))}
    </nav>
  );
}
