import { useTranslation } from "react-i18next";
import { Empty } from "@/ui/empty";
import { Newcomer, useIsNewcomer } from "./newcomer";

/** Beside the list while no conversation is open: the newcomer's check-list, or a hint. */
export function NothingChosen() {
  const { t } = useTranslation();
  if (useIsNewcomer()) return <Newcomer />;
  return <Empty title={t("inbox.choose")} text={t("inbox.choose_text")} />;
}
