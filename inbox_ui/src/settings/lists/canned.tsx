import { ActionIcon, Button, Code, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { ApiError } from "@/api/errors";
import { keys } from "@/api/keys";
import { cannedQuery } from "@/api/queries";
import type { Canned } from "@/api/types";
import { useCan } from "@/shell/session";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { problemText, toastProblem, toastUndo } from "@/ui/toast";
import { SettingsPage } from "../page";
import css from "../settings.module.css";

type Values = Pick<Canned, "shortcut" | "text">;

const create = (body: Values) => need(api.POST("/api/v1/canned", { body }));

export function CannedPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const canEdit = useCan("canned:write");
  const query = useQuery(cannedQuery);
  const canned = query.data;
  const [edited, setEdited] = useState<Canned | "new">();
  const refresh = () => void client.invalidateQueries({ queryKey: keys.canned });
  const remove = useMutation({
    mutationFn: (one: Canned) =>
      need(api.DELETE("/api/v1/canned/{canned_id}", { params: { path: { canned_id: one.id } } })),
    onSuccess: (_, { shortcut, text }) => {
      refresh();
      const undo = () => void create({ shortcut, text }).then(refresh).catch(toastProblem);
      toastUndo(t("canned.deleted", { name: shortcut }), undo);
    },
    onError: toastProblem,
  });
  const add = canEdit && (
    <Button leftSection={<Plus size={16} />} onClick={() => setEdited("new")}>
      {t("canned.add")}
    </Button>
  );
  return (
    <SettingsPage title={t("settings.canned")} text={t("canned.text")} action={add}>
      <Waiting query={query} />
      {canned?.length === 0 && <Empty title={t("canned.none")} text={t("canned.none_text")} />}
      {canned && canned.length > 0 && (
        <ul className={css.rows}>
          {canned.map((one) => (
            <li key={one.id} className={css.tight}>
              <div className={css.main}>
                <Code>/{one.shortcut}</Code>
                <span className={css.grow}>{one.text}</span>
              </div>
              {canEdit && (
                <>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={t("common.edit", { name: one.shortcut })}
                    onClick={() => setEdited(one)}
                  >
                    <Pencil size={15} />
                  </ActionIcon>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={t("common.delete", { name: one.shortcut })}
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
        title={t(edited === "new" ? "canned.add" : "canned.edit_one")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        {edited && (
          <CannedForm
            canned={edited === "new" ? undefined : edited}
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

function CannedForm({ canned, onSaved }: { canned: Canned | undefined; onSaved: () => void }) {
  const { t } = useTranslation();
  const form = useForm<Values>({
    initialValues: { shortcut: canned?.shortcut ?? "", text: canned?.text ?? "" },
    validate: {
      shortcut: (value) => (/^[\p{L}\p{N}_-]+$/u.test(value) ? null : t("canned.shortcut_rule")),
    },
  });
  const save = useMutation({
    mutationFn: (body: Values) =>
      canned
        ? need(
            api.PUT("/api/v1/canned/{canned_id}", {
              params: { path: { canned_id: canned.id } },
              body,
            }),
          )
        : create(body),
    onSuccess: onSaved,
    onError: (error) => {
      const field =
        error instanceof ApiError && error.problem.field === "text" ? "text" : "shortcut";
      form.setFieldError(field, problemText(error));
    },
  });
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="sm">
        <TextInput
          label={t("canned.shortcut")}
          description={t("canned.shortcut_rule")}
          required
          data-autofocus
          {...form.getInputProps("shortcut")}
        />
        <Textarea
          label={t("canned.answer")}
          description={t("canned.variables", {
            names:
              "{{ contact.name }}, {{ contact.first_name }}, {{ agent.name }}, {{ workspace.name }}",
          })}
          required
          autosize
          minRows={4}
          maxRows={14}
          {...form.getInputProps("text")}
        />
        <Button type="submit" loading={save.isPending}>
          {t("common.save")}
        </Button>
      </Stack>
    </form>
  );
}
