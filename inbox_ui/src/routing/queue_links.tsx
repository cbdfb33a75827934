import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { QueueNow } from "@/api/types";
import { duration } from "@/ui/time";
import { useSecond } from "./clock";
import { myQueuesQuery, queuesQuery } from "./queries";
import css from "./queue_links.module.css";

/** My queues in the side bar: who waits, for how long, and how many of us have room. */
export function QueueLinks() {
  const { t } = useTranslation();
  const mine = useQuery(myQueuesQuery).data?.queues ?? [];
  const all = useQuery(queuesQuery).data ?? [];
  if (mine.length === 0) return null;
  return (
    <section>
      <h2 className={css.group}>{t("queue.mine")}</h2>
      <ul className={css.list}>
        {mine.map((now) => (
          <QueueLink
            key={now.queue_id}
            now={now}
            name={all.find(({ id }) => id === now.queue_id)?.name ?? ""}
          />
        ))}
      </ul>
    </section>
  );
}

function QueueLink({ now, name }: { now: QueueNow; name: string }) {
  const { t } = useTranslation();
  const second = useSecond();
  const waiting = now.waiting + now.offered;
  const longest = now.longest_since ? second - now.longest_since : 0;
  return (
    <li>
      <Link
        to="/inbox/$view"
        params={{ view: "all" }}
        search={{ queue_id: now.queue_id }}
        className={css.link}
        activeProps={{ "data-chosen": true }}
      >
        <span className={css.mark} data-alert={now.alerts.length > 0 || undefined} />
        <span className={css.main}>
          <span className={css.name}>{name}</span>
          <small className={css.facts}>
            {now.is_open ? (
              <>
                <Users size={11} aria-hidden="true" />
                {t("queue.free_agents", { count: now.agents_free })}
              </>
            ) : (
              t("queue.closed_now")
            )}
            {waiting > 0 && longest >= 60_000 && ` · ${duration(longest)}`}
          </small>
        </span>
        {waiting > 0 && (
          <span className={css.count} title={t("queue.waiting", { count: waiting })}>
            <span aria-hidden="true">{waiting}</span>
            <span className="hidden-visually">{t("queue.waiting", { count: waiting })}</span>
          </span>
        )}
      </Link>
    </li>
  );
}
