import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { useConnection } from "@/live/live";
import { toastProblem } from "@/ui/toast";
import { useCan } from "./session";
import css from "./shell.module.css";

/** Shorter breaks than this are nobody's business. */
const PATIENCE_MS = 2500;

export function ConnectionBanner() {
  const { t } = useTranslation();
  const { downSince } = useConnection();
  const [isDown, setDown] = useState(false);
  useEffect(() => {
    setDown(false);
    if (downSince === 0) return;
    const timer = setTimeout(() => setDown(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [downSince]);
  return (
    <div role="status" aria-live="polite">
      {isDown && (
        <div className={css.banner}>
          {navigator.onLine ? t("shell.reconnecting") : t("shell.offline")}
        </div>
      )}
    </div>
  );
}

/** After a restore nothing goes out until an administrator says so. */
export function HeldBanner() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const canRelease = useCan("system:write");
  const release = useMutation({
    mutationFn: () => need(api.POST("/api/v1/system/release")),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.me }),
    onError: toastProblem,
  });
  return (
    <div className={css.banner} role="alert">
      {t("shell.held")}
      {canRelease && (
        <Button size="compact-sm" onClick={() => release.mutate()} loading={release.isPending}>
          {t("shell.release")}
        </Button>
      )}
    </div>
  );
}
