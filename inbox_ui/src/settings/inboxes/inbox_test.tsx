import { Button, Group, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import type { Inbox } from "@/api/types";
import { problemText } from "@/ui/toast";
import css from "../settings.module.css";

interface Props {
  inboxId: string;
  capabilities: Inbox["capabilities"];
}

/** Are the credentials good; and, where one may write first, a real message to oneself. */
export function InboxTest({ inboxId, capabilities }: Props) {
  const { t } = useTranslation();
  const [to, setTo] = useState("");
  const test = useMutation({
    mutationFn: (address: string) =>
      need(
        api.POST("/api/v1/inboxes/{inbox_id}/test", {
          params: { path: { inbox_id: inboxId } },
          body: { to: address },
        }),
      ),
  });
  const said = test.data;
  return (
    <>
      <Group gap="xs" align="flex-end">
        <Button variant="default" loading={test.isPending} onClick={() => test.mutate("")}>
          {t("inboxes.check")}
        </Button>
        {capabilities.can_start && (
          <>
            <TextInput
              label={t("inboxes.send_to")}
              placeholder={t(`identity.${capabilities.address_kind}`)}
              value={to}
              onChange={(event) => setTo(event.currentTarget.value)}
            />
            <Button
              variant="default"
              disabled={!to.trim()}
              loading={test.isPending}
              onClick={() => test.mutate(to.trim())}
            >
              {t("inboxes.send_test")}
            </Button>
          </>
        )}
      </Group>
      <div role="status">
        {said?.ok && (
          <p className={css.good}>{t(test.variables ? "inboxes.test_sent" : "inboxes.good")}</p>
        )}
        {said && !said.ok && <p className={css.fault}>{said.message || said.code}</p>}
        {test.isError && <p className={css.fault}>{problemText(test.error)}</p>}
      </div>
    </>
  );
}
