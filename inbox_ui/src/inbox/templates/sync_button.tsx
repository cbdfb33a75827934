import { Button, Progress } from "@mantine/core";
import { RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { problemText } from "@/ui/toast";
import css from "./templates.module.css";
import type { useTemplates } from "./use_templates";

/** Fetches the templates from the network; says that it does, and what came of it. */
export function SyncButton({ sync }: { sync: ReturnType<typeof useTemplates>["sync"] }) {
  const { t } = useTranslation();
  return (
    <div className={css.sync}>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<RefreshCw size={14} />}
        disabled={sync.isPending}
        onClick={() => sync.mutate()}
      >
        {t(sync.isPending ? "template.syncing" : "template.sync")}
      </Button>
      {sync.isPending && (
        <Progress value={100} animated size="xs" aria-label={t("template.syncing")} />
      )}
      <span role="status" data-bad={sync.isError || undefined}>
        {sync.isError && problemText(sync.error)}
        {sync.isSuccess && t("template.synced", { count: sync.data.length })}
      </span>
    </div>
  );
}
