import { Combobox, TextInput, useCombobox } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Inbox, ListOrdered, Search, Users } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSecond } from "@/routing/clock";
import { LoadBar } from "@/routing/presence/load_bar";
import presence from "@/routing/presence/presence.module.css";
import { lookOf, stateOf } from "@/routing/presence/words";
import { reasonsQuery } from "@/routing/queries";
import { Avatar } from "@/ui/avatar";
import { lengthOf } from "@/ui/time";
import type { Target } from "./commands";
import css from "./header.module.css";
import type { AgentTarget, QueueTarget, Targets } from "./targets";

interface Props {
  targets: Targets;
  label: string;
  chosen: Target | undefined;
  /** Also "back into the inbox's list". */
  hasInbox?: boolean;
  onChoose: (target: Target, name: string) => void;
  /** Escape. */
  onLeave: () => void;
}

interface Row {
  target: Target;
  name: string;
  content: ReactNode;
}

const keyOf = ({ kind, id }: Target): string => `${kind}:${id}`;

/** Everybody and every line to choose from: typed into, moved in with the arrows. */
export function TargetList({ targets, label, chosen, hasInbox = false, onChoose, onLeave }: Props) {
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const combobox = useCombobox({ opened: true, onOpenedChange: (isOpen) => isOpen || onLeave() });
  const wanted = query.trim().toLocaleLowerCase();
  const groups = groupsOf(targets, hasInbox, t("transfer.to_inbox"))
    .map(({ name, rows }) => ({
      name,
      rows: rows.filter((row) => row.name.toLocaleLowerCase().includes(wanted)),
    }))
    .filter(({ rows }) => rows.length > 0);
  const all = groups.flatMap(({ rows }) => rows);
  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(value) => {
        const row = all.find(({ target }) => keyOf(target) === value);
        if (row) onChoose(row.target, row.name);
      }}
    >
      <Combobox.EventsTarget>
        <TextInput
          label={label}
          data-autofocus
          placeholder={t("transfer.search")}
          leftSection={<Search size={15} />}
          value={query}
          onChange={(event) => {
            setQuery(event.currentTarget.value);
            combobox.resetSelectedOption();
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || combobox.getSelectedOptionIndex() >= 0) return;
            // Nothing walked to: what was typed means the first that is left.
            event.preventDefault();
            const [first] = all;
            if (first && wanted) onChoose(first.target, first.name);
          }}
        />
      </Combobox.EventsTarget>
      <Combobox.Options className={css.targets} aria-label={label}>
        {groups.map(({ name, rows }) => (
          <Combobox.Group key={name} label={t(`transfer.${name}`)}>
            {rows.map((row) => (
              <Combobox.Option
                key={keyOf(row.target)}
                value={keyOf(row.target)}
                active={chosen !== undefined && keyOf(chosen) === keyOf(row.target)}
                className={css.target}
              >
                {row.content}
              </Combobox.Option>
            ))}
          </Combobox.Group>
        ))}
        {all.length === 0 && <Combobox.Empty>{t("common.nothing")}</Combobox.Empty>}
      </Combobox.Options>
    </Combobox>
  );
}

function groupsOf({ agents, teams, queues }: Targets, hasInbox: boolean, inbox: string) {
  const inboxRow: Row = {
    target: { kind: "inbox", id: "" },
    name: inbox,
    content: (
      <>
        <Inbox size={18} aria-hidden="true" /> {inbox}
      </>
    ),
  };
  return [
    {
      name: "queues",
      rows: [
        ...queues.map((one) => ({
          target: { kind: "queue", id: one.queue.id } as Target,
          name: one.queue.name,
          content: <QueueRow {...one} />,
        })),
        ...(hasInbox ? [inboxRow] : []),
      ],
    },
    {
      name: "agents",
      rows: agents.map((one) => ({
        target: { kind: "agent", id: one.agent.id } as Target,
        name: one.agent.name,
        content: <AgentRow {...one} />,
      })),
    },
    {
      name: "teams",
      rows: teams.map(({ id, name, agent_ids }) => ({
        target: { kind: "team", id } as Target,
        name,
        content: <TeamRow name={name} size={agent_ids.length} />,
      })),
    },
  ] satisfies { name: string; rows: Row[] }[];
}

function AgentRow({ agent, desk }: AgentTarget) {
  const { t } = useTranslation();
  const reasons = useQuery(reasonsQuery).data ?? [];
  const now = useSecond();
  return (
    <>
      <Avatar name={agent.name} size={22} />
      <span className={css.grow}>{agent.name}</span>
      {desk && (
        <small className={css.soft}>
          <span className={presence.dot} data-look={lookOf(desk, now)} />
          {stateOf(desk, reasons, t)}
        </small>
      )}
      {desk && <LoadBar load={desk.load} held={desk.held.length} />}
    </>
  );
}

function TeamRow({ name, size }: { name: string; size: number }) {
  const { t } = useTranslation();
  return (
    <>
      <Users size={18} aria-hidden="true" />
      <span className={css.grow}>{name}</span>
      <small className={css.soft}>{t("team.size", { count: size })}</small>
    </>
  );
}

function QueueRow({ queue, now }: QueueTarget) {
  const { t } = useTranslation();
  const facts = [
    queue.is_open ? "" : t("queue.closed_now"),
    t("queue.waiting", { count: queue.waiting }),
    now?.wait_s ? t("queue.wait_about", { time: lengthOf(now.wait_s) }) : "",
    queue.agents_available
      ? t("queue.free_agents", { count: queue.agents_free })
      : t("queue.nobody_available"),
  ];
  return (
    <>
      <ListOrdered size={18} aria-hidden="true" />
      <span className={css.grow}>{queue.name}</span>
      <small className={css.soft}>{facts.filter(Boolean).join(" · ")}</small>
    </>
  );
}
