import { Button, Skeleton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { Empty } from "@/ui/empty";
import { Time } from "@/ui/now";
import { ScrollRegion } from "@/ui/scroll_region";
import { problemText } from "@/ui/toast";
import { SettingsPage } from "../page";
import css from "../settings.module.css";

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
      {log.isPending && <Skeleton height={240} />}
      {log.isError && <Empty title={problemText(log.error)} />}
      {log.isSuccess && entries.length === 0 && <Empty title={t("audit.none")} />}
      {entries.length > 0 && (
        <ScrollRegion className={css.scroll} label={t("settings.audit")}>
          <table className={css.table}>
            <thead>
              <tr>
                <th>{t("audit.at")}</th>
                <th>{t("audit.actor")}</th>
                <th>{t("audit.action")}</th>
                <th>{t("audit.target")}</th>
                <th>{t("audit.ip")}</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <tr key={entry.id}>
                  <td>
                    <Time at={entry.at} />
                  </td>
                  <td>{entry.actor}</td>
                  <td>{entry.action}</td>
                  <td>{entry.target}</td>
                  <td>{entry.ip}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
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
