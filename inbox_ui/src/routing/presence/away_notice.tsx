import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { agentsQuery } from "@/api/queries";
import { myQueuesQuery } from "@/routing/queries";
import { useMe } from "@/shell/session";
import { clockTime } from "@/ui/time";
import { setPresence } from "./change";
import css from "./presence.module.css";

/** Why nothing is offered to me, and the way back with one click. */
export function AwayNotice() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const text = useReason();
  return (
    <div role="status" aria-live="polite">
      {text && (
        <div className={css.notice}>
          <span>{text}</span>
          <Button size="compact-sm" onClick={() => setPresence(client, "available")}>
            {t("presence.back")}
          </Button>
        </div>
      )}
    </div>
  );
}

/** What others did is told everywhere; that I am away without a reason, where I look for work. */
function useReason(): string {
  const { t } = useTranslation();
  const me = useMe();
  const { desk, queues = [] } = useQuery(myQueuesQuery).data ?? {};
  const agents = useQuery(agentsQuery).data ?? [];
  const isInInbox = useLocation({ select: ({ pathname }) => pathname.startsWith("/inbox") });
  if (!desk || desk.chosen === "available") return "";
  const { set_by, since, chosen, reason_id } = desk;
  if (set_by === "system") return t("presence.by_system", { time: clockTime(since) });
  if (set_by && set_by !== me.agent_id) {
    const who = agents.find(({ id }) => id === set_by)?.name ?? t("common.colleague");
    const state = t(`presence.${chosen}`);
    return t("presence.by_colleague", { who, state, time: clockTime(since) });
  }
  const isForgotten = chosen === "away" && !reason_id && queues.length > 0;
  return isForgotten && isInInbox ? t("presence.go_available") : "";
}
