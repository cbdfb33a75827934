import { ActionIcon } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bookmark, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { type SavedView, VIEWS, type View } from "@/api/types";
import { readInboxSearch } from "@/search_params";
import css from "@/shell/navigation.module.css";
import { useCan } from "@/shell/session";
import { toastProblem, toastUndo } from "@/ui/toast";
import { savedViewsQuery } from "../queries";

/** Filters that people gave a name, in the side bar. */
export function SavedViews() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const canShare = useCan("macro:write");
  const views = useQuery(savedViewsQuery).data ?? [];
  if (views.length === 0) return null;
  const refresh = () => void client.invalidateQueries({ queryKey: keys.savedViews });
  const remove = ({ id, name, filter, is_shared }: SavedView) =>
    need(api.DELETE("/api/v1/views/{view_id}", { params: { path: { view_id: id } } }))
      .then(() => {
        refresh();
        toastUndo(t("saved_views.deleted", { name }), () => {
          need(api.POST("/api/v1/views", { body: { name, filter, is_shared } }))
            .then(refresh)
            .catch(toastProblem);
        });
      })
      .catch(toastProblem);
  return (
    <section>
      <h2 className={css.group}>{t("saved_views.title")}</h2>
      <ul className={css.list}>
        {views.map((view) => (
          <li key={view.id} className={css.withButton}>
            <Link
              to="/inbox/$view"
              params={{ view: viewOf(view) }}
              search={readInboxSearch({ ...view.filter })}
              className={css.link}
              activeProps={{ "data-chosen": true }}
            >
              <Bookmark size={16} aria-hidden="true" />
              <span className={css.text}>{view.name}</span>
            </Link>
            {(!view.is_shared || canShare) && (
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={t("common.delete", { name: view.name })}
                onClick={() => void remove(view)}
              >
                <X size={13} />
              </ActionIcon>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

const viewOf = ({ filter }: SavedView): View => VIEWS.find((one) => one === filter.view) ?? "all";
