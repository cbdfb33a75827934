import { Button, Tooltip } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { mergesQuery } from "@/api/queries";
import type { Contact, Merge } from "@/api/types";
import { Time } from "@/ui/now";
import panel from "../panel.module.css";
import css from "./merge.module.css";
import { called, undoMerge } from "./merging";

/** Who was merged into this contact, each with its undo. */
export function MergeHistory({ contact }: { contact: Contact }) {
  const { t } = useTranslation();
  const merges = useQuery(mergesQuery(contact.id)).data ?? [];
  if (merges.length === 0) return null;
  return (
    <section>
      <h2 className={panel.title}>{t("merge.history")}</h2>
      <ul className={css.history}>
        {merges.map((merge) => (
          <Line key={merge.id} merge={merge} />
        ))}
      </ul>
    </section>
  );
}

function Line({ merge }: { merge: Merge }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const undo = useMutation({ mutationFn: () => undoMerge(client, merge.id) });
  const loser = called(merge.loser);
  const isUndone = merge.state === "undone";
  const isWorking = merge.state === "merging" || merge.state === "undoing";
  return (
    <li>
      <span>
        {isUndone
          ? t("merge.history_undone", { loser, by: merge.undone_by })
          : t("merge.history_line", { loser, by: merge.by })}{" "}
        <small>
          <Time at={isUndone ? merge.undone_at : merge.at} />
        </small>
      </span>
      {isWorking && <small>{t("merge.working")}</small>}
      {merge.state === "merged" && (
        <Tooltip label={t("merge.undo_later_first")} disabled={merge.can_undo}>
          <Button
            size="compact-xs"
            variant="default"
            leftSection={<Undo2 size={13} />}
            aria-label={t("merge.undo_of", { loser })}
            aria-disabled={!merge.can_undo}
            {...(merge.can_undo ? {} : { "data-disabled": true })}
            loading={undo.isPending}
            onClick={() => merge.can_undo && undo.mutate()}
          >
            {t("common.undo")}
          </Button>
        </Tooltip>
      )}
    </li>
  );
}
