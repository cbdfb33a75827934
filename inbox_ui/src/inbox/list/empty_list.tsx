import { Button } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { ListFilter } from "@/api/keys";
import { Newcomer, useIsNewcomer } from "@/inbox/newcomer";
import { PHONE } from "@/shell/navigation";
import { Empty } from "@/ui/empty";

/** Says why there is nothing here and where to look next. */
export function EmptyList({ filter }: { filter: ListFilter }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { view, ...search } = filter;
  const isPhone = useMediaQuery(PHONE) ?? false;
  const isNewcomer = useIsNewcomer();
  if (Object.keys(search).length > 0) {
    return (
      <Empty title={t("empty.filtered")}>
        <Button
          variant="default"
          onClick={() => void navigate({ to: "/inbox/$view", params: { view }, search: {} })}
        >
          {t("filter.clear")}
        </Button>
      </Empty>
    );
  }
  if (isPhone && isNewcomer && view === "all") return <Newcomer />;
  return (
    <Empty title={t(`empty.${view}`)} text={t(`empty.${view}_text`)}>
      {view !== "all" && (
        <Link to="/inbox/$view" params={{ view: view === "mine" ? "unassigned" : "all" }}>
          {t(view === "mine" ? "empty.to_unassigned" : "empty.to_all")}
        </Link>
      )}
    </Empty>
  );
}
