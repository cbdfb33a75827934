import { Button, Code, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { ApiError } from "@/api/errors";
import { cannedQuery } from "@/api/queries";
import type { Canned } from "@/api/types";
import { useCan } from "@/shell/session";
import { problemText } from "@/ui/toast";
import { EditableList } from "../editable_list";
import css from "../settings.module.css";

type Values = Pick<Canned, "shortcut" | "text">;

const create = (body: Values) => need(api.POST("/api/v1/canned", { body }));

export function CannedPage() {
  const { t } = useTranslation();
  return (
    <EditableList
      title={t("settings.canned")}
      area="canned"
      query={cannedQuery}
      canEdit={useCan("canned:write")}
      nameOf={({ shortcut }) => shortcut}
      remove={(canned_id) =>
        need(api.DELETE("/api/v1/canned/{canned_id}", { params: { path: { canned_id } } }))
      }
      restore={({ shortcut, text }) => create({ shortcut, text })}
      row={({ shortcut, text }) => (
        <div className={css.main}>
          <Code>/{shortcut}</Code>
          <span className={css.grow}>{text}</span>
        </div>
      )}
      form={(canned, onSaved) => <CannedForm canned={canned} onSaved={onSaved} />}
      dialogSize="lg"
    />
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
