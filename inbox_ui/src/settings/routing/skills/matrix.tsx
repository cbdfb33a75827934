import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { agentsQuery } from "@/api/queries";
import type { AgentSkills, Skill } from "@/api/types";
import { agentSkillsQuery } from "@/routing/queries";
import { Waiting } from "@/ui/fault";
import { ScrollRegion } from "@/ui/scroll_region";
import { toastProblem } from "@/ui/toast";
import { Card } from "../../page";
import css from "../routing.module.css";

const NOBODY: Omit<AgentSkills, "agent_id"> = { skills: {}, capacity: {} };

/** Agents × skills: a digit sets a level and goes on, 0 takes it away, the arrows move. */
export function SkillMatrix({ skills }: { skills: Skill[] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const agents = (useQuery(agentsQuery).data ?? []).filter(({ is_active }) => is_active);
  const levels = useQuery(agentSkillsQuery);
  const table = useRef<HTMLTableElement>(null);
  const of = (id: string) => levels.data?.find(({ agent_id }) => agent_id === id) ?? NOBODY;
  const save = useMutation({
    mutationFn: ({ agent_id, skills, capacity }: AgentSkills) =>
      need(
        api.PUT("/api/v1/agents/{agent_id}/skills", {
          params: { path: { agent_id } },
          body: { skills, capacity },
        }),
      ),
    // One agent after another, so that no answer overtakes a later change.
    scope: { id: "agent-skills" },
    onMutate: (next) =>
      client.setQueryData<AgentSkills[]>(keys.agentSkills, (known = []) => [
        ...known.filter(({ agent_id }) => agent_id !== next.agent_id),
        next,
      ]),
    onError: (error) => {
      toastProblem(error);
      void client.invalidateQueries({ queryKey: keys.agentSkills });
    },
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.skills }),
  });
  const set = (agent_id: string, skill_id: string, level: number) => {
    const known = client
      .getQueryData<AgentSkills[]>(keys.agentSkills)
      ?.find((one) => one.agent_id === agent_id);
    const { [skill_id]: _, ...others } = known?.skills ?? {};
    save.mutate({
      agent_id,
      skills: level ? { ...others, [skill_id]: level } : others,
      capacity: known?.capacity ?? {},
    });
  };
  const focus = (row: number, column: number) =>
    table.current
      ?.querySelector<HTMLInputElement>(`[data-row="${row}"][data-column="${column}"]`)
      ?.focus();
  const onKey = (event: KeyboardEvent, row: number, column: number) => {
    const step = STEPS[event.key];
    if (step) {
      event.preventDefault();
      focus(row + step[0], column + step[1]);
      return;
    }
    const [agent, skill] = [agents[row], skills[column]];
    const level = event.key === "Delete" || event.key === "Backspace" ? 0 : Number(event.key);
    if (!agent || !skill || event.key.trim() === "" || !(level >= 0 && level <= 5)) return;
    event.preventDefault();
    set(agent.id, skill.id, level);
    if (/^[0-5]$/.test(event.key)) focus(row + 1, column);
  };
  // One level is saved with all the others of a person: they must be known first.
  if (!levels.data) return <Waiting query={levels} />;
  return (
    <Card title={t("skill.matrix")}>
      <p className={css.soft}>{t("skill.matrix_help")}</p>
      <ScrollRegion className={css.table} label={t("skill.matrix")}>
        <table ref={table}>
          <thead>
            <tr>
              <th scope="col">{t("skill.person")}</th>
              {skills.map(({ id, name }) => (
                <th key={id} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {agents.map((agent, row) => (
              <tr key={agent.id}>
                <th scope="row">{agent.name}</th>
                {skills.map((skill, column) => {
                  const level = of(agent.id).skills[skill.id] ?? 0;
                  return (
                    <td key={skill.id}>
                      <input
                        className={css.level}
                        inputMode="numeric"
                        data-row={row}
                        data-column={column}
                        data-set={level > 0 || undefined}
                        aria-label={t("skill.level_of", { name: agent.name, skill: skill.name })}
                        value={level || ""}
                        placeholder="–"
                        onChange={(event) => {
                          // Screen keyboards send no keys.
                          const typed = Number(event.currentTarget.value.slice(-1));
                          if (typed >= 0 && typed <= 5) set(agent.id, skill.id, typed);
                        }}
                        onFocus={(event) => event.currentTarget.select()}
                        onKeyDown={(event) => onKey(event, row, column)}
                      />
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Card>
  );
}

const STEPS: Record<string, [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Enter: [1, 0],
};
