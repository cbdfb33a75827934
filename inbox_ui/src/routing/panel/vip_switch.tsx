import { Switch } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import type { Contact } from "@/api/types";
import { patchContact } from "@/live/apply";
import { useCan } from "@/shell/session";
import { toastProblem } from "@/ui/toast";

/** Goes before others in every queue. */
export function VipSwitch({ contact }: { contact: Contact }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const canEdit = useCan("contact:write");
  const save = useMutation({
    mutationFn: (is_vip: boolean) =>
      need(
        api.PATCH("/api/v1/contacts/{contact_id}", {
          params: { path: { contact_id: contact.id } },
          body: { is_vip },
        }),
      ),
    onSuccess: (after) => patchContact(client, after),
    onError: toastProblem,
  });
  return (
    <Switch
      size="xs"
      label={t("vip.label")}
      description={t("vip.help")}
      disabled={!canEdit}
      checked={save.isPending ? (save.variables ?? false) : contact.is_vip}
      onChange={(event) => save.mutate(event.currentTarget.checked)}
    />
  );
}
