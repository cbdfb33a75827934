import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { countsQuery } from "@/api/queries";
import { Empty } from "@/ui/empty";
import { Newcomer } from "./newcomer";

/** Beside the list while no conversation is open: the newcomer's check-list, or a hint. */
export function NothingChosen() {
  const { t } = useTranslation();
  const counts = useQuery(countsQuery).data;
  if (counts && counts.all === 0 && counts.snoozed === 0) return <Newcomer />;
  return <Empty title={t("inbox.choose")} text={t("inbox.choose_text")} />;
}
