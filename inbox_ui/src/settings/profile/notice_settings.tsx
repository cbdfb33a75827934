import { Button, Stack, Switch } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { Me } from "@/api/types";
import { beep } from "@/shell/beep";
import { useMe } from "@/shell/session";
import { toastProblem } from "@/ui/toast";
import { Card } from "../page";
import css from "../settings.module.css";

/** Desktop notifications are asked for only by this button. */
export function NoticeSettings() {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const isSupported = "Notification" in window;
  const [permission, setPermission] = useState(isSupported ? Notification.permission : "denied");
  const save = useMutation({
    mutationFn: (prefs: Record<string, string>) =>
      need(api.PATCH("/api/v1/me", { body: { prefs: { ...me.prefs, ...prefs } } })),
    onSuccess: (after: Me) => client.setQueryData(keys.me, after),
    onError: toastProblem,
  });
  const flag = (name: string) => ({
    checked: me.prefs[name] === "on",
    onChange: (event: React.ChangeEvent<HTMLInputElement>) =>
      save.mutate({ [name]: event.currentTarget.checked ? "on" : "off" }),
  });
  return (
    <Card title={t("profile.notices")}>
      <Stack gap="sm">
        {permission === "default" && (
          <Button
            variant="default"
            style={{ alignSelf: "flex-start" }}
            onClick={() => void Notification.requestPermission().then(setPermission)}
          >
            {t("profile.allow_notices")}
          </Button>
        )}
        {permission === "granted" && <p className={css.good}>{t("profile.notices_on")}</p>}
        {permission === "denied" && <p className={css.soft}>{t("profile.notices_denied")}</p>}
        <Switch
          label={t("profile.sound")}
          {...flag("sound")}
          onClick={(event) => event.currentTarget.checked && beep()}
        />
        <Switch
          label={t("profile.send_on_enter")}
          description={t("profile.send_on_enter_text")}
          {...flag("send_on_enter")}
        />
      </Stack>
    </Card>
  );
}
