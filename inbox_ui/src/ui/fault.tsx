import { Button, Skeleton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/errors";
import { Empty } from "./empty";
import { problemText } from "./toast";

interface Props {
  error: unknown;
  onRetry?: (() => void) | undefined;
}

/** Stands where something could not be loaded: says why, and offers the one thing that helps. */
export function Fault({ error, onRetry }: Props) {
  const { t } = useTranslation();
  const status = error instanceof ApiError ? error.status : undefined;
  if (status === 404) {
    return (
      <Empty title={t("shell.not_found")} text={t("shell.not_found_text")}>
        <Link to="/">{t("shell.to_inbox")}</Link>
      </Empty>
    );
  }
  if (status === 403) {
    return (
      <Empty title={t("fault.not_allowed")} text={t("fault.not_allowed_text")}>
        <Link to="/">{t("shell.to_inbox")}</Link>
      </Empty>
    );
  }
  const isAway = error instanceof ApiError && error.isUnreachable;
  const title = t(isAway ? "fault.unreachable" : "shell.fault");
  return (
    <Empty title={title} text={problemText(error)}>
      {onRetry && (
        <Button variant="default" onClick={onRetry}>
          {t("common.again")}
        </Button>
      )}
    </Empty>
  );
}

interface WaitingProps {
  query: { isPending: boolean; error: unknown; data: unknown; refetch: () => unknown };
}

/** What a list shows until it is there; nothing once it is. */
export function Waiting({ query }: WaitingProps) {
  if (query.data !== undefined) return null;
  if (query.isPending) return <Skeleton height={160} />;
  return <Fault error={query.error} onRetry={() => void query.refetch()} />;
}
