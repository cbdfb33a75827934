import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { agentsQuery } from "@/api/queries";
import { myQueuesQuery } from "@/routing/queries";
import { useMe } from "@/shell/session";
import { clockTime } from "@/ui/time";
import { setPresence } from "./change";
import css from "./presence.module.css";

/** Somebody else made me away: says who and why, and goes back with one click. */
export function AwayNotice() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const me = useMe();
  const desk = useQuery(myQueuesQuery).data?.desk;
  const agents = useQuery(agentsQuery).data ?? [];
  const isByOther =
    desk !== undefined &&
    desk.chosen !== "available" &&
    desk.set_by !== "" &&
    desk.set_by !== me.agent_id;
  const who = agents.find(({ id }) => id === desk?.set_by)?.name ?? t("common.colleague");
  return (
    <div role="status" aria-live="polite">
      {isByOther && (
        <div className={css.notice}>
          <span>
            {desk.set_by === "system"
              ? t("presence.by_system", { time: clockTime(desk.since) })
              : t("presence.by_colleague", {
                  who,
                  state: t(`presence.${desk.chosen}`),
                  time: clockTime(desk.since),
                })}
          </span>
          <Button size="compact-sm" onClick={() => setPresence(client, "available")}>
            {t("presence.back")}
          </Button>
        </div>
      )}
    </div>
  );
}
