import { useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ListFilter } from "@/api/keys";
import { ConversationList } from "./conversation_list";
import { Filters } from "./filters";
import css from "./list.module.css";
import { ViewTabs } from "./view_tabs";

/** Title, tabs, filters and the list itself. */
export function ListPane() {
  const { t } = useTranslation();
  const { view } = useParams({ from: "/app/inbox/$view" });
  const search = useSearch({ from: "/app/inbox/$view" });
  const filter = useMemo<ListFilter>(() => ({ view, ...search }), [view, search]);
  const { conversationId } = useParams({ strict: false });
  const Title = conversationId ? "h2" : "h1";
  return (
    <div className={css.pane}>
      <div className={css.head}>
        <Title className={css.title}>{t(`views.${view}`)}</Title>
        <Filters view={view} search={search} />
      </div>
      <ViewTabs />
      <ConversationList filter={filter} />
    </div>
  );
}
