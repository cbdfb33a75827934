import { ActionIcon, Anchor, Button, Group, NumberInput, Select, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Need } from "@/api/types";
import { skillsQuery } from "@/routing/queries";
import css from "../routing.module.css";
import { SecondsInput } from "../seconds_input";
import { Section } from "./section";
import type { QueueForm } from "./values";

/** Which skills the work needs, and what becomes of that when nobody with them is free. */
export function SkillsSection({ form }: { form: QueueForm }) {
  const { t } = useTranslation();
  const skills = useQuery(skillsQuery).data ?? [];
  const { needs, match_language, language_relax_s } = form.values;
  const set = (next: Need[]) => form.setFieldValue("needs", next);
  const nameOf = (id: string) => skills.find((one) => one.id === id)?.name ?? t("skill.gone");
  const free = skills.filter(({ id }) => !needs.some(({ skill_id }) => skill_id === id));
  const names = needs.map(({ skill_id, level }) => `${nameOf(skill_id)} ${level}+`);
  if (match_language) names.push(t("queue.match_language_short"));
  return (
    <Section
      name="skills"
      title={t("queue.skills")}
      summary={names.join(", ") || t("queue.skills_none")}
    >
      {skills.length === 0 ? (
        <p className={css.soft}>
          {t("queue.no_skills")}{" "}
          <Anchor component={Link} to="/settings/skills">
            {t("skill.add_first")}
          </Anchor>
        </p>
      ) : (
        <Select
          label={t("queue.add_need")}
          placeholder={t("queue.choose_skill")}
          value={null}
          data={free.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(skill_id) => skill_id && set([...needs, { skill_id, level: 1, steps: [] }])}
        />
      )}
      {needs.length > 0 && (
        <ul className={css.list} aria-label={t("queue.skills")}>
          {needs.map((need) => (
            <NeedRow
              key={need.skill_id}
              need={need}
              name={nameOf(need.skill_id)}
              onChange={(next) => set(needs.map((one) => (one === need ? next : one)))}
              onRemove={() => set(needs.filter((one) => one !== need))}
            />
          ))}
        </ul>
      )}
      <Switch
        label={t("queue.match_language")}
        description={t("queue.match_language_help")}
        {...form.getInputProps("match_language", { type: "checkbox" })}
      />
      {match_language && (
        <SecondsInput
          label={t("queue.language_relax")}
          none={t("queue.never")}
          value={language_relax_s}
          onChange={(value) => form.setFieldValue("language_relax_s", value)}
        />
      )}
    </Section>
  );
}

interface RowProps {
  need: Need;
  name: string;
  onChange: (need: Need) => void;
  onRemove: () => void;
}

const LEVELS = ["1", "2", "3", "4", "5"];

function NeedRow({ need, name, onChange, onRemove }: RowProps) {
  const { t } = useTranslation();
  const { level, steps } = need;
  const setStep = (index: number, step: [number, number]) =>
    onChange({ ...need, steps: steps.map((one, i) => (i === index ? step : one)) });
  const add = () => {
    const [after = 0, last = level] = steps.at(-1) ?? [];
    onChange({ ...need, steps: [...steps, [after + 60, Math.max(0, last - 1)]] });
  };
  return (
    <li className={css.item}>
      <b className={css.wide}>{name}</b>
      <Select
        w={185}
        aria-label={t("queue.level_of", { name })}
        allowDeselect={false}
        value={String(level)}
        data={LEVELS.map((one) => ({ value: one, label: t("skill.level_from", { level: one }) }))}
        onChange={(value) => onChange({ ...need, level: Number(value) })}
      />
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t("common.delete", { name })}
        onClick={onRemove}
      >
        <X size={15} />
      </ActionIcon>
      {steps.map(([after = 0, enough = 0], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps have nothing else to tell them apart.
        <Group key={index} className={css.whole ?? ""} gap="xs">
          <NumberInput
            w={170}
            size="xs"
            aria-label={t("queue.step_after", { name })}
            prefix={`${t("queue.after")} `}
            suffix={` ${t("unit.s")}`}
            min={1}
            max={86_400}
            value={after}
            onChange={(value) => setStep(index, [Number(value) || 1, enough])}
          />
          <Select
            w={190}
            size="xs"
            aria-label={t("queue.step_level", { name })}
            allowDeselect={false}
            value={String(enough)}
            data={[
              { value: "0", label: t("queue.step_gone") },
              ...LEVELS.slice(0, Math.max(0, level - 1)).map((one) => ({
                value: one,
                label: t("skill.level_enough", { level: one }),
              })),
            ]}
            onChange={(value) => setStep(index, [after, Number(value)])}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={t("queue.step_remove", { name })}
            onClick={() => onChange({ ...need, steps: steps.filter((_, i) => i !== index) })}
          >
            <X size={13} />
          </ActionIcon>
        </Group>
      ))}
      <Button
        size="compact-xs"
        variant="subtle"
        leftSection={<Plus size={13} />}
        disabled={steps.length > 5}
        onClick={add}
      >
        {t("queue.add_step")}
      </Button>
    </li>
  );
}
