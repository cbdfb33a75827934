import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { ArrowLeft, Ellipsis } from "lucide-react";
import { useTranslation } from "react-i18next";
import { isAvailable, labelOf } from "@/actions/action";
import { actionById } from "@/actions/app";
import { useActionContext } from "@/actions/context";
import { labelsQuery } from "@/api/queries";
import type { ConversationDetail } from "@/api/types";
import { CloseDialog } from "@/routing/header/close_dialog";
import { QueueState } from "@/routing/header/queue_state";
import { TransferDialogs } from "@/routing/header/transfer_dialog";
import { ChannelIcon } from "@/ui/channel_icon";
import { dotColor } from "@/ui/color";
import { IN_MAIN } from "@/ui/in_main";
import { nameOf } from "@/ui/name";
import { MacroPicker } from "@/work/macros/macro_picker";
import { AssignPicker } from "./assign_picker";
import css from "./header.module.css";
import { LabelPicker } from "./label_picker";
import { PriorityPicker } from "./priority_picker";
import { SnoozePicker } from "./snooze_picker";

/** Who it is with, and what can be done with the conversation. */
export function ConversationHeader({ detail }: { detail: ConversationDetail }) {
  const { t } = useTranslation();
  const { conversation } = detail;
  const { view } = useParams({ from: "/app/inbox/$view" });
  const search = useSearch({ from: "/app/inbox/$view" });
  const labels = useQuery(labelsQuery).data ?? [];
  const isPlain = conversation.state === "open" && conversation.subject;
  const state = isPlain ? "" : t(`state.${conversation.state}`);
  return (
    <header className={css.header}>
      <Link
        to="/inbox/$view"
        params={{ view }}
        search={search}
        className={css.back}
        aria-label={t("actions.back")}
      >
        <ArrowLeft size={20} />
      </Link>
      <div className={css.who}>
        <h1 className={css.name}>{nameOf(conversation.contact, t)}</h1>
        <p className={css.about}>
          {conversation.channels.map((channel) => (
            <ChannelIcon key={channel} channel={channel} size={13} />
          ))}
          <span>{[state, conversation.subject].filter(Boolean).join(" · ")}</span>
          <QueueState conversation={conversation} />
          {labels
            .filter(({ id }) => conversation.labels.includes(id))
            .map(({ id, name, color }) => (
              <span key={id} className={css.label}>
                <i className={css.dot} style={{ background: dotColor(color) }} />
                {name}
              </span>
            ))}
        </p>
      </div>
      <div className={css.actions} role="toolbar" aria-label={t("thread.actions")}>
        <AssignPicker conversation={conversation} />
        <ActionButton id="transfer" />
        <LabelPicker conversation={conversation} />
        <SnoozePicker conversation={conversation} />
        <PriorityPicker conversation={conversation} />
        <MacroPicker conversation={conversation} />
        <ActionButton id={conversation.state === "closed" ? "reopen" : "close"} />
        <ActionButton id="panel" />
        <More ids={["assign_me", "take_over", "invite", "reopen", "spam", "not_spam", "block"]} />
      </div>
      <TransferDialogs conversation={conversation} />
      <CloseDialog conversation={conversation} />
    </header>
  );
}

/** A registered action as a round button with its name and shortcut on hover. */
function ActionButton({ id }: { id: string }) {
  const { t } = useTranslation();
  const context = useActionContext();
  const action = actionById(id);
  const name = t(labelOf(action, context()));
  return (
    <Tooltip label={action.keys ? `${name} (${action.keys.toUpperCase()})` : name}>
      <ActionIcon
        variant="subtle"
        color="gray"
        className={css.button ?? ""}
        aria-label={name}
        onClick={() => action.run(context())}
      >
        <action.icon size={17} />
      </ActionIcon>
    </Tooltip>
  );
}

function More({ ids }: { ids: string[] }) {
  const { t } = useTranslation();
  const context = useActionContext();
  const now = context();
  return (
    <Menu position="bottom-end" {...IN_MAIN}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          className={css.button ?? ""}
          aria-label={t("common.more")}
        >
          <Ellipsis size={17} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {ids
          .map(actionById)
          .filter((action) => isAvailable(action, now))
          .map((action) => (
            <Menu.Item
              key={action.id}
              leftSection={<action.icon size={15} />}
              onClick={() => action.run(context())}
            >
              {t(labelOf(action, now))}
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  );
}
