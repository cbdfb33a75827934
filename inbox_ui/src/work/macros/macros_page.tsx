import { ActionIcon, Button, Modal } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { Macro } from "@/api/types";
import { SettingsPage } from "@/settings/page";
import css from "@/settings/settings.module.css";
import { useCan } from "@/shell/session";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { toastProblem, toastUndo } from "@/ui/toast";
import { macrosQuery } from "../queries";
import { MacroForm } from "./macro_form";

export function MacrosPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const canEdit = useCan("macro:write");
  const query = useQuery(macrosQuery);
  const macros = query.data;
  const [edited, setEdited] = useState<Macro | "new">();
  const refresh = () => void client.invalidateQueries({ queryKey: keys.macros });
  const remove = useMutation({
    mutationFn: ({ id }: Macro) =>
      need(api.DELETE("/api/v1/macros/{macro_id}", { params: { path: { macro_id: id } } })),
    onSuccess: (_, { name, steps }) => {
      refresh();
      toastUndo(t("macros.deleted", { name }), () => {
        need(api.POST("/api/v1/macros", { body: { name, steps } }))
          .then(refresh)
          .catch(toastProblem);
      });
    },
    onError: toastProblem,
  });
  const add = canEdit && (
    <Button leftSection={<Plus size={16} />} onClick={() => setEdited("new")}>
      {t("macros.add")}
    </Button>
  );
  return (
    <SettingsPage title={t("settings.macros")} text={t("macros.text")} action={add}>
      <Waiting query={query} />
      {macros?.length === 0 && <Empty title={t("macros.none")} text={t("macros.none_text")} />}
      {macros && macros.length > 0 && (
        <ul className={css.rows}>
          {macros.map((one) => (
            <li key={one.id}>
              <span className={css.grow}>
                {one.name}{" "}
                <small>{one.steps.map(({ kind }) => t(`macros.step_${kind}`)).join(" → ")}</small>
              </span>
              {canEdit && (
                <>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={t("common.edit", { name: one.name })}
                    onClick={() => setEdited(one)}
                  >
                    <Pencil size={15} />
                  </ActionIcon>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={t("common.delete", { name: one.name })}
                    onClick={() => remove.mutate(one)}
                  >
                    <Trash2 size={15} />
                  </ActionIcon>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      <Modal
        opened={edited !== undefined}
        onClose={() => setEdited(undefined)}
        size="lg"
        title={t(edited === "new" ? "macros.add" : "macros.edit_one")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        {edited && (
          <MacroForm
            macro={edited === "new" ? undefined : edited}
            onSaved={() => {
              setEdited(undefined);
              refresh();
            }}
          />
        )}
      </Modal>
    </SettingsPage>
  );
}
