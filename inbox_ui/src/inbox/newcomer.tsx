import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Circle, CircleCheck } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { agentsQuery, cannedQuery, countsQuery, inboxesQuery, labelsQuery } from "@/api/queries";
import { queuesQuery } from "@/routing/queries";
import { useCan } from "@/shell/session";
import { useMark } from "@/ui/use_mark";
import css from "./newcomer.module.css";

const HIDDEN = "first_steps.hidden";
const PLAYED = "first_steps.played";

/** Nobody has written yet. */
function useIsEmpty(): boolean {
  const counts = useQuery(countsQuery).data;
  return counts?.all === 0 && counts.snoozed === 0;
}

/** The first steps stay for who runs the place until they are put away; others need them only while
 * there is nothing to do. */
export function useIsNewcomer(): boolean {
  const isEmpty = useIsEmpty();
  const isAdmin = useCan("inbox:write");
  const [isHidden] = useMark(HIDDEN);
  return isEmpty || (isAdmin && !isHidden);
}

/** The first steps; each is ticked by what is there. */
export function Newcomer() {
  const { t } = useTranslation();
  const isEmpty = useIsEmpty();
  const [hasPlayed, setPlayed] = useMark(PLAYED);
  const [, putAway] = useMark(HIDDEN);
  const isAdmin = useCan("inbox:write");
  const mayRoute = useCan("queue:write");
  const inboxes = useQuery(inboxesQuery).data ?? [];
  const queues = useQuery(queuesQuery).data ?? [];
  const agents = useQuery(agentsQuery).data ?? [];
  const labels = useQuery(labelsQuery).data ?? [];
  const canned = useQuery(cannedQuery).data ?? [];
  return (
    <section className={css.card} aria-labelledby="first-steps">
      <h2 id="first-steps">{t("newcomer.title")}</h2>
      <p>{t(isEmpty ? "newcomer.text" : "newcomer.later_text")}</p>
      <ol className={css.steps}>
        <Step isDone={hasPlayed} text={t("newcomer.demo_text")}>
          <a href="/demo" target="_blank" rel="noreferrer" onClick={setPlayed}>
            {t("newcomer.demo")}
          </a>
        </Step>
        {isAdmin && (
          <Step isDone={inboxes.length > 1} text={t("newcomer.inbox_text")}>
            <Link to="/settings/inboxes/new">{t("newcomer.inbox")}</Link>
          </Step>
        )}
        {isAdmin && (
          <Step isDone={agents.length > 1} text={t("newcomer.people_text")}>
            <Link to="/settings/people">{t("newcomer.people")}</Link>
          </Step>
        )}
        {mayRoute && (
          <Step isDone={queues.length > 0} text={t("newcomer.queue_text")}>
            <Link to="/settings/queues">{t("newcomer.queue")}</Link>
          </Step>
        )}
        <Step isDone={labels.length > 0} text={t("newcomer.labels_text")}>
          <Link to="/settings/labels">{t("newcomer.labels")}</Link>
        </Step>
        <Step isDone={canned.length > 0} text={t("newcomer.canned_text")}>
          <Link to="/settings/canned">{t("newcomer.canned")}</Link>
        </Step>
      </ol>
      {!isEmpty && (
        <Button variant="subtle" size="compact-sm" onClick={putAway}>
          {t("newcomer.hide")}
        </Button>
      )}
    </section>
  );
}

function Step({ isDone, text, children }: { isDone: boolean; text: string; children: ReactNode }) {
  const { t } = useTranslation();
  const Mark = isDone ? CircleCheck : Circle;
  return (
    <li data-done={isDone || undefined}>
      <Mark size={18} role="img" aria-label={t(isDone ? "newcomer.done" : "newcomer.open")} />
      <span>
        {children}
        <small>{text}</small>
      </span>
    </li>
  );
}
