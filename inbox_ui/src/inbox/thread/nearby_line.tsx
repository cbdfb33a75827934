import { useQuery } from "@tanstack/react-query";
import { Eye, PencilLine } from "lucide-react";
import { useTranslation } from "react-i18next";
import { agentsQuery } from "@/api/queries";
import { type Presence, useNearby } from "@/live/nearby";
import { useMe } from "@/shell/session";
import css from "./pane.module.css";

const NOBODY: Record<string, Presence> = {};

/** The customer types; a colleague is here too or is writing an answer already. */
export function Nearby({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const agents = useQuery(agentsQuery).data ?? [];
  const isTyping = useNearby((state) => (state.typing[conversationId] ?? 0) > Date.now());
  const here = useNearby((state) => state.colleagues[conversationId] ?? NOBODY);
  const others = Object.entries(here).filter(([id]) => id !== me.agent_id);
  const namesOf = (typing: boolean) =>
    others
      .filter(([, presence]) => presence.isTyping === typing)
      .map(([id]) => agents.find((agent) => agent.id === id)?.name ?? t("common.colleague"))
      .join(", ");
  const writing = namesOf(true);
  const looking = namesOf(false);
  return (
    <div className={css.nearby} role="status" aria-live="polite">
      {isTyping && <div>{t("thread.customer_types")}</div>}
      {writing && (
        <div className={css.collision}>
          <PencilLine size={13} aria-hidden="true" />
          {t("thread.colleague_types", { names: writing })}
        </div>
      )}
      {looking && (
        <div className={css.collision}>
          <Eye size={13} aria-hidden="true" />
          {t("thread.colleague_looks", { names: looking })}
        </div>
      )}
    </div>
  );
}
