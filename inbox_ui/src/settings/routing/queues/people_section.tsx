import { ActionIcon, MultiSelect, NumberInput, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { agentsQuery } from "@/api/queries";
import { teamsQuery } from "@/routing/queries";
import { Avatar } from "@/ui/avatar";
import { moved, OrderButtons, useDragOrder } from "../order";
import css from "../routing.module.css";
import { Section } from "./section";
import type { QueueForm } from "./values";

/** Who works here: people by name, and whole teams. */
export function PeopleSection({ form }: { form: QueueForm }) {
  const { t } = useTranslation();
  const agents = useQuery(agentsQuery).data ?? [];
  const teams = useQuery(teamsQuery).data ?? [];
  const { members, team_ids, strategy } = form.values;
  const nameOf = (id: string) => agents.find((one) => one.id === id)?.name ?? t("common.colleague");
  const set = (next: typeof members) => form.setFieldValue("members", next);
  const move = (from: number, to: number) => set(moved(members, from, to));
  const row = useDragOrder(move);
  const hasTiers = strategy === "agent_order";
  const hasOrder = hasTiers || ["top_down", "round_robin", "ring_progressively"].includes(strategy);
  const inTeams = teams.filter(({ id }) => team_ids.includes(id));
  const count = new Set([
    ...members.map(({ agent_id }) => agent_id),
    ...inTeams.flatMap(({ agent_ids }) => agent_ids),
  ]).size;
  const free = agents.filter(
    ({ id, is_active }) => is_active && !members.some(({ agent_id }) => agent_id === id),
  );
  return (
    <Section
      name="people"
      title={t("queue.people")}
      summary={count ? t("queue.people_count", { count }) : t("queue.people_none")}
    >
      <Select
        label={t("queue.add_member")}
        description={t("queue.add_member_help")}
        placeholder={t("queue.choose_person")}
        searchable
        value={null}
        error={form.errors.members}
        nothingFoundMessage={t("common.nothing")}
        data={free.map(({ id, name }) => ({ value: id, label: name }))}
        onChange={(agent_id) => agent_id && set([...members, { agent_id, tier: 1 }])}
      />
      {members.length > 0 && (
        <ul className={css.list} aria-label={t("queue.people")}>
          {members.map((member, index) => (
            <li key={member.agent_id} className={css.item} {...(hasOrder ? row(index) : {})}>
              {hasOrder && (
                <OrderButtons
                  name={nameOf(member.agent_id)}
                  index={index}
                  count={members.length}
                  onMove={move}
                />
              )}
              <Avatar name={nameOf(member.agent_id)} size={24} />
              <span className={css.wide}>{nameOf(member.agent_id)}</span>
              {hasTiers && (
                <NumberInput
                  w={110}
                  size="xs"
                  aria-label={t("queue.tier_of", { name: nameOf(member.agent_id) })}
                  prefix={`${t("queue.tier")} `}
                  min={1}
                  max={9}
                  value={member.tier}
                  onChange={(tier) =>
                    set(members.map((m) => (m === member ? { ...m, tier: Number(tier) || 1 } : m)))
                  }
                />
              )}
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t("common.delete", { name: nameOf(member.agent_id) })}
                onClick={() => set(members.filter((m) => m !== member))}
              >
                <X size={15} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
      <MultiSelect
        label={t("queue.teams")}
        description={t("queue.teams_help")}
        searchable
        placeholder={teams.length === 0 ? t("queue.no_teams") : ""}
        data={teams.map(({ id, name }) => ({ value: id, label: name }))}
        {...form.getInputProps("team_ids")}
      />
    </Section>
  );
}
