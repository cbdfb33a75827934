import { ActionIcon, Button, Menu, Progress } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CheckCircle2, Clock, Flag, Tag, UserPlus, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { agentsQuery, labelsQuery } from "@/api/queries";
import type { Conversation, ConversationChange } from "@/api/types";
import { inverse } from "@/inbox/change";
import { presetsAt } from "@/inbox/header/snooze";
import { PRIORITIES } from "@/inbox/priority";
import { useMe } from "@/shell/session";
import { useUi } from "@/shell/ui_state";
import { soonTime } from "@/ui/time";
import { problemText, toast, toastUndo } from "@/ui/toast";
import css from "./bulk.module.css";
import { changeMany } from "./run";
import { chooseAll, chooseNone, useSelection } from "./selection";

type ChangeFor = (conversation: Conversation) => ConversationChange;

/** What can be done with all chosen conversations at once; undone as one. */
export function BulkBar({ rows }: { rows: readonly Conversation[] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const ids = useSelection((state) => state.ids);
  const listIds = useUi((state) => state.listIds);
  const [progress, setProgress] = useState<{ done: number; of: number }>();
  const chosen = rows.filter(({ id }) => ids.has(id));
  if (chosen.length === 0 && !progress) return null;
  const run = async (targets: readonly Conversation[], changeFor: ChangeFor, isUndo = false) => {
    setProgress({ done: 0, of: targets.length });
    const { changed, failed } = await changeMany(client, targets, changeFor, (done) =>
      setProgress({ done, of: targets.length }),
    );
    setProgress(undefined);
    if (failed[0]) {
      const problem = problemText(failed[0].error);
      toast(t("bulk.failed", { count: failed.length, problem }));
    }
    if (isUndo || changed.length === 0) return;
    chooseNone();
    toastUndo(t("bulk.changed", { count: changed.length }), () => {
      void run(changed, (before) => inverse(before, changeFor(before)), true);
    });
  };
  const all = (changeFor: ChangeFor) => void run(chosen, changeFor);
  return (
    <section className={css.bar} aria-label={t("bulk.title")}>
      {progress ? (
        <>
          <Progress
            className={css.progress}
            value={(100 * progress.done) / progress.of}
            aria-label={t("bulk.progress")}
          />
          <span className={css.count}>
            {progress.done} / {progress.of}
          </span>
        </>
      ) : (
        <>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("bulk.none")}
            onClick={chooseNone}
          >
            <X size={16} />
          </ActionIcon>
          <span className={css.count}>{t("bulk.chosen", { count: chosen.length })}</span>
          {chosen.length < listIds.length && (
            <Button size="compact-xs" variant="subtle" onClick={() => chooseAll(listIds)}>
              {t("bulk.all", { count: listIds.length })}
            </Button>
          )}
          <span className={css.gap} />
          <Assign onPick={(assignee_id) => all(() => ({ assignee_id }))} />
          <Labels
            onPick={(id) =>
              all(({ labels }) => ({ labels: [...labels.filter((one) => one !== id), id] }))
            }
          />
          <Choice label={t("actions.priority")} icon={<Flag size={16} />}>
            {PRIORITIES.map((p) => (
              <Menu.Item key={p} onClick={() => all(() => ({ priority: p }))}>
                {t(`priority.${p}`)}
              </Menu.Item>
            ))}
          </Choice>
          <Choice label={t("actions.snooze")} icon={<Clock size={16} />}>
            {presetsAt(Date.now()).map(([preset, until]) => (
              <Menu.Item
                key={preset}
                rightSection={<small>{soonTime(until, Date.now())}</small>}
                onClick={() => all(() => ({ state: "snoozed", snoozed_until: until }))}
              >
                {t(`snooze.${preset}`)}
              </Menu.Item>
            ))}
          </Choice>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("actions.close")}
            title={t("actions.close")}
            onClick={() => all(() => ({ state: "closed" }))}
          >
            <CheckCircle2 size={16} />
          </ActionIcon>
        </>
      )}
    </section>
  );
}

function Assign({ onPick }: { onPick: (id: string) => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const agents = (useQuery(agentsQuery).data ?? []).filter(({ is_active }) => is_active);
  const sorted = [...agents].sort(
    (a, b) => Number(b.id === me.agent_id) - Number(a.id === me.agent_id),
  );
  return (
    <Choice label={t("actions.assign")} icon={<UserPlus size={16} />}>
      {sorted.map(({ id, name }) => (
        <Menu.Item key={id} onClick={() => onPick(id)}>
          {id === me.agent_id ? t("assign.me", { name }) : name}
        </Menu.Item>
      ))}
      <Menu.Item onClick={() => onPick("")}>{t("assign.nobody")}</Menu.Item>
    </Choice>
  );
}

function Labels({ onPick }: { onPick: (id: string) => void }) {
  const { t } = useTranslation();
  const labels = useQuery(labelsQuery).data ?? [];
  if (labels.length === 0) return null;
  return (
    <Choice label={t("actions.labels")} icon={<Tag size={16} />}>
      {labels.map(({ id, name }) => (
        <Menu.Item key={id} onClick={() => onPick(id)}>
          {name}
        </Menu.Item>
      ))}
    </Choice>
  );
}

function Choice(props: { label: string; icon: ReactNode; children: ReactNode }) {
  const { label, icon, children } = props;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={label} title={label}>
          {icon}
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah={320} style={{ overflowY: "auto" }}>
        {children}
      </Menu.Dropdown>
    </Menu>
  );
}
