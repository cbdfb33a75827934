import { NumberInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { agentsQuery, workspaceQuery } from "@/api/queries";
import type { AgentSkills, Workspace } from "@/api/types";
import { agentSkillsQuery } from "@/routing/queries";
import { Waiting } from "@/ui/fault";
import { ScrollRegion } from "@/ui/scroll_region";
import { toastProblem } from "@/ui/toast";
import { Card } from "../page";
import css from "./routing.module.css";

const KINDS = ["call", "chat", "mail"] as const;
type Kind = (typeof KINDS)[number];
type Capacity = Record<string, number>;
/** As the hub has it where nothing is set. */
const DEFAULTS: Record<Kind, number> = { call: 1, chat: 3, mail: 10 };

/** How many of a kind fill an agent: everybody's numbers, and those of single people. */
export function CapacityCard() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const workspace = useQuery(workspaceQuery);
  const agents = (useQuery(agentsQuery).data ?? []).filter(({ is_active }) => is_active);
  const own = useQuery(agentSkillsQuery);
  const saveAll = useMutation({
    mutationFn: (capacity: Capacity) =>
      need(api.PATCH("/api/v1/workspace", { body: { capacity } })),
    onSuccess: (after) => client.setQueryData<Workspace>(keys.workspace, after),
    onError: toastProblem,
  });
  const saveOne = useMutation({
    mutationFn: ({ agent_id, skills, capacity }: AgentSkills) =>
      need(
        api.PUT("/api/v1/agents/{agent_id}/skills", {
          params: { path: { agent_id } },
          body: { skills, capacity },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.agentSkills }),
    onError: toastProblem,
  });
  // Each number is saved with what stands beside it: that must be known first.
  const unknown = [workspace, own].find(({ data }) => !data);
  if (unknown) return <Waiting query={unknown} />;
  const everybody = (workspace.data?.capacity ?? {}) as Capacity;
  return (
    <Card title={t("capacity.title")}>
      <p className={css.soft}>{t("capacity.text")}</p>
      <ScrollRegion className={css.table} label={t("capacity.title")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("skill.person")}</th>
              {KINDS.map((kind) => (
                <th key={kind} scope="col">
                  {t(`capacity.${kind}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Row
              name={t("capacity.everybody")}
              capacity={{ ...DEFAULTS, ...everybody }}
              fallback={DEFAULTS}
              onSave={(capacity) => saveAll.mutate(capacity)}
            />
            {agents.map(({ id, name }) => {
              const mine = own.data?.find(({ agent_id }) => agent_id === id);
              return (
                <Row
                  key={id}
                  name={name}
                  capacity={mine?.capacity ?? {}}
                  fallback={{ ...DEFAULTS, ...everybody }}
                  onSave={(capacity) =>
                    saveOne.mutate({ agent_id: id, skills: mine?.skills ?? {}, capacity })
                  }
                />
              );
            })}
          </tbody>
        </table>
      </ScrollRegion>
    </Card>
  );
}

interface RowProps {
  name: string;
  capacity: Capacity;
  fallback: Capacity;
  onSave: (capacity: Capacity) => void;
}

function Row({ name, capacity, fallback, onSave }: RowProps) {
  const { t } = useTranslation();
  const set = (kind: Kind, text: string) => {
    const { [kind]: before, ...others } = capacity;
    const next = Number(text) || 0;
    if (next !== (before ?? 0)) onSave(next ? { ...others, [kind]: next } : others);
  };
  return (
    <tr>
      <th scope="row">{name}</th>
      {KINDS.map((kind) => (
        <td key={kind}>
          <NumberInput
            key={capacity[kind] ?? 0}
            w={84}
            size="xs"
            min={1}
            max={1000}
            aria-label={t("capacity.of", { name, kind: t(`capacity.${kind}`) })}
            placeholder={String(fallback[kind] ?? "")}
            defaultValue={capacity[kind] ?? ""}
            onBlur={(event) => set(kind, event.currentTarget.value)}
          />
        </td>
      ))}
    </tr>
  );
}
