import { Badge, Button, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import type { Skill } from "@/api/types";
import { skillsQuery } from "@/routing/queries";
import { useCan } from "@/shell/session";
import { problemText } from "@/ui/toast";
import { EditableList } from "../../editable_list";
import css from "../../settings.module.css";
import { SkillMatrix } from "./matrix";

type Values = Pick<Skill, "name" | "language">;

const create = (body: Values) => need(api.POST("/api/v1/skills", { body }));

/** What agents can do, who can do it, and how well. */
export function SkillsPage() {
  const { t } = useTranslation();
  const skills = useQuery(skillsQuery).data ?? [];
  return (
    <EditableList
      title={t("settings.skills")}
      area="skill"
      query={skillsQuery}
      canEdit={useCan("queue:write")}
      nameOf={({ name }) => name}
      remove={(skill_id) =>
        need(api.DELETE("/api/v1/skills/{skill_id}", { params: { path: { skill_id } } }))
      }
      restore={({ id }) =>
        need(api.POST("/api/v1/skills/{skill_id}/restore", { params: { path: { skill_id: id } } }))
      }
      row={({ name, agents, language }) => (
        <>
          <span className={css.grow}>
            {name}
            <small>{t("skill.agents", { count: agents })}</small>
          </span>
          {language && <Badge variant="default">{t("skill.is_language")}</Badge>}
        </>
      )}
      form={(skill, onSaved) => <SkillForm skill={skill} onSaved={onSaved} />}
    >
      {skills.length > 0 && <SkillMatrix skills={skills} />}
    </EditableList>
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
