import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { agentsQuery, inboxesQuery } from "@/api/queries";
import type { AuditEntry } from "@/api/types";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { dateTime, exactTime } from "@/ui/time";
import { SettingsPage } from "../page";
import css from "../settings.module.css";
import { placeOf, sentence } from "./audit_entry";

/** Who changed what; every entry seals the one before it. */
export function AuditPage() {
  const { t } = useTranslation();
  const log = useInfiniteQuery({
    queryKey: keys.audit,
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      need(api.GET("/api/v1/audit", { params: { query: { after: pageParam } } })),
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const entries = log.data?.pages.flatMap((page) => page.items) ?? [];
  const isBroken = log.data?.pages.some((page) => !page.is_intact) ?? false;
  return (
    <SettingsPage title={t("settings.audit")} text={t("audit.text")}>
      {isBroken && (
        <p className={css.fault} role="alert">
          {t("audit.broken")}
        </p>
      )}
      <Waiting query={log} />
      {log.isSuccess && entries.length === 0 && (
        <Empty title={t("audit.none")} text={t("audit.none_text")} />
      )}
      {entries.length > 0 && (
        <ul className={css.rows}>
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ul>
      )}
      {log.hasNextPage && (
        <Button
          variant="default"
          loading={log.isFetchingNextPage}
          onClick={() => void log.fetchNextPage()}
        >
          {t("common.show_more")}
        </Button>
      )}
    </SettingsPage>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const agents = useQuery(agentsQuery).data ?? [];
  const inboxes = useQuery(inboxesQuery).data ?? [];
  const { conversationId, contactId } = placeOf(entry);
  return (
    <li>
      <span className={css.grow}>
        {sentence(entry, t, { agents, inboxes })}{" "}
        {conversationId && (
          <Link to="/inbox/$view/$conversationId" params={{ view: "all", conversationId }}>
            {t("audit.open")}
          </Link>
        )}
        {contactId && (
          <Link to="/contacts/$contactId" params={{ contactId }}>
            {t("audit.open")}
          </Link>
        )}
        <small>
          <time dateTime={new Date(entry.at).toISOString()} title={exactTime(entry.at)}>
            {dateTime(entry.at)}
          </time>
          {entry.ip && ` · ${entry.ip}`}
        </small>
      </span>
    </li>
  );
}
