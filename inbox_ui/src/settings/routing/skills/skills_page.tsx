import { ActionIcon, Badge, Button, Modal, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { Skill } from "@/api/types";
import { skillsQuery } from "@/routing/queries";
import { useCan } from "@/shell/session";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { problemText, toastProblem, toastUndo } from "@/ui/toast";
import { SettingsPage } from "../../page";
import css from "../../settings.module.css";
import { SkillMatrix } from "./matrix";

type Values = Pick<Skill, "name" | "language">;

const create = (body: Values) => need(api.POST("/api/v1/skills", { body }));

/** What agents can do, who can do it, and how well. */
export function SkillsPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const canEdit = useCan("queue:write");
  const query = useQuery(skillsQuery);
  const skills = query.data ?? [];
  const [edited, setEdited] = useState<Skill | "new">();
  const refresh = () => void client.invalidateQueries({ queryKey: keys.skills });
  const remove = useMutation({
    mutationFn: ({ id }: Skill) =>
      need(api.DELETE("/api/v1/skills/{skill_id}", { params: { path: { skill_id: id } } })),
    onSuccess: (_, { name, language }) => {
      refresh();
      const undo = () => void create({ name, language }).then(refresh).catch(toastProblem);
      toastUndo(t("skill.deleted", { name }), undo);
    },
    onError: toastProblem,
  });
  const add = canEdit && (
    <Button leftSection={<Plus size={16} />} onClick={() => setEdited("new")}>
      {t("skill.add")}
    </Button>
  );
  const isEmpty = query.data?.length === 0;
  return (
    <SettingsPage title={t("settings.skills")} text={t("skill.text")} action={!isEmpty && add}>
      <Waiting query={query} />
      {isEmpty && (
        <Empty title={t("skill.none")} text={t("skill.none_text")}>
          {add}
        </Empty>
      )}
      {skills.length > 0 && (
        <>
          <ul className={css.rows} aria-label={t("settings.skills")}>
            {skills.map((skill) => (
              <li key={skill.id} className={css.tight}>
                <span className={css.grow}>
                  {skill.name}
                  <small>{t("skill.agents", { count: skill.agents })}</small>
                </span>
                {skill.language && <Badge variant="default">{t("skill.is_language")}</Badge>}
                {canEdit && (
                  <>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size="lg"
                      aria-label={t("common.edit", { name: skill.name })}
                      onClick={() => setEdited(skill)}
                    >
                      <Pencil size={15} />
                    </ActionIcon>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size="lg"
                      aria-label={t("common.delete", { name: skill.name })}
                      onClick={() => remove.mutate(skill)}
                    >
                      <Trash2 size={15} />
                    </ActionIcon>
                  </>
                )}
              </li>
            ))}
          </ul>
          <SkillMatrix skills={skills} />
        </>
      )}
      <Modal
        opened={edited !== undefined}
        onClose={() => setEdited(undefined)}
        title={t(edited === "new" ? "skill.add" : "skill.edit")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        {edited && (
          <SkillForm
            skill={edited === "new" ? undefined : edited}
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

const LANGUAGES =
  "ar az bg cs da de el en es et fa fi fr he hi hr hu it ja ka kk ko ku lt lv nl no pl pt ro ru sk sl sq sr sv tr uk uz zh".split(
    " ",
  );

function SkillForm({ skill, onSaved }: { skill: Skill | undefined; onSaved: () => void }) {
  const { t, i18n } = useTranslation();
  const names = new Intl.DisplayNames([i18n.language], { type: "language" });
  const named = (code: string) => {
    const name = names.of(code) ?? code;
    return name.charAt(0).toLocaleUpperCase(i18n.language) + name.slice(1);
  };
  const form = useForm<Values>({
    initialValues: { name: skill?.name ?? "", language: skill?.language ?? "" },
    validate: { name: (name) => (name.trim() ? null : t("common.needed")) },
  });
  const save = useMutation({
    mutationFn: (body: Values) =>
      skill
        ? need(
            api.PUT("/api/v1/skills/{skill_id}", {
              params: { path: { skill_id: skill.id } },
              body,
            }),
          )
        : create(body),
    onSuccess: onSaved,
    onError: (error) => form.setFieldError("name", problemText(error)),
  });
  const chooseLanguage = (code: string | null) => {
    form.setFieldValue("language", code ?? "");
    if (code && !form.values.name.trim()) form.setFieldValue("name", named(code));
  };
  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="sm">
        <TextInput
          label={t("skill.name")}
          placeholder={t("skill.name_example")}
          required
          data-autofocus
          {...form.getInputProps("name")}
        />
        <Select
          label={t("skill.language")}
          description={t("skill.language_help")}
          placeholder={t("skill.no_language")}
          clearable
          searchable
          value={form.values.language || null}
          data={LANGUAGES.map((code) => ({ value: code, label: named(code) })).sort((a, b) =>
            a.label.localeCompare(b.label),
          )}
          onChange={chooseLanguage}
        />
        <Button type="submit" loading={save.isPending}>
          {t("common.save")}
        </Button>
      </Stack>
    </form>
  );
}
