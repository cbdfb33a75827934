import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type DragEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { agentsQuery } from "@/api/queries";
import type { ConversationDetail } from "@/api/types";
import { useTypingReport } from "@/inbox/thread/use_conversation";
import { useMe } from "@/shell/session";
import { type ComposerKind, useUi } from "@/shell/ui_state";
import { newClientId } from "@/ui/ids";
import css from "./composer.module.css";
import { useDraft } from "./draft";
import { Editor } from "./editor";
import { FileStrip } from "./file_strip";
import { MailFields } from "./mail_fields";
import { enqueue } from "./outbox";
import { QuickReplies } from "./quick_replies";
import { hindrance, maxChars, mentionsIn, targetOf, toRequest } from "./rules";
import { SendBar } from "./send_bar";
import { TargetChooser } from "./target_chooser";
import { useFiles } from "./use_files";

/** Where an answer or a note is written; offers only what the chosen way can carry. */
export function Composer({ detail }: { detail: ConversationDetail }) {
  const { t } = useTranslation();
  const me = useMe();
  const { conversation, targets } = detail;
  const { draft, update, clear } = useDraft(detail);
  const agents = useQuery(agentsQuery).data ?? [];
  const reportTyping = useTypingReport(conversation.id);
  const [isOver, setOver] = useState(false);
  const [asksButtons, setAsksButtons] = useState(false);
  // A new document for the rich editor whenever its text was set from outside.
  const [version, setVersion] = useState(0);
  const { focusTick } = useRequestedKind((kind) => update({ kind }));

  const isNote = draft.kind === "note";
  const target = targetOf(targets, draft.inbox_id, conversation.inbox_id);
  const can = target?.capabilities;
  const hasButtons = !isNote && (can?.can_quick_replies ?? false);
  const canAttach = isNote || (can?.can_attach ?? false);
  const files = useFiles(can?.attachment_max_bytes ?? 25 * 1024 * 1024, (file) =>
    update({ files: [...draft.files, file] }),
  );
  const problem = hindrance(draft, target, files.isUploading);

  const send = (closes: boolean) => {
    if (problem) return;
    const body = toRequest(draft, target, newClientId(), mentionsIn(draft.text, agents));
    enqueue(conversation.id, body, closes);
    clear();
    setAsksButtons(false);
    setVersion((one) => one + 1);
  };
  const onDrop = (event: DragEvent) => {
    setOver(false);
    if (!canAttach || event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    files.add(event.dataTransfer.files);
  };
  return (
    <section
      className={css.composer}
      aria-label={t("composer.title")}
      data-note={isNote || undefined}
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(canAttach);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <div className={css.top}>
        <SegmentedControl
          size="xs"
          value={draft.kind}
          aria-label={t("composer.kind")}
          onChange={(kind) => update({ kind: kind as ComposerKind })}
          data={[
            { value: "message", label: t("composer.reply") },
            { value: "note", label: t("composer.note") },
          ]}
        />
        {!isNote && (
          <TargetChooser
            targets={targets}
            target={target}
            onChoose={(inbox_id) => update({ inbox_id })}
          />
        )}
      </div>
      {!isNote && can?.has_subject && <MailFields draft={draft} update={update} />}
      <Editor
        key={`${draft.kind} ${can?.can_html && !isNote} ${version}`}
        draft={draft}
        isRich={!isNote && (can?.can_html ?? false)}
        conversation={conversation}
        focusTick={focusTick}
        sendsOnEnter={me.prefs.send_on_enter === "on"}
        onChange={(change) => {
          update(change);
          if (!isNote) reportTyping();
        }}
        onFiles={canAttach ? files.add : undefined}
        onSend={send}
      />
      <FileStrip
        files={draft.files}
        uploads={files.uploads}
        onRemove={(id) => update({ files: draft.files.filter((file) => file.id !== id) })}
      />
      {hasButtons && (asksButtons || draft.quick_replies.length > 0) && (
        <QuickReplies
          values={draft.quick_replies}
          onChange={(quick_replies) => update({ quick_replies })}
        />
      )}
      <SendBar
        problem={problem}
        isNote={isNote}
        count={draft.text.length}
        limit={maxChars(draft, target)}
        onFiles={canAttach ? files.add : undefined}
        onButtons={hasButtons ? () => setAsksButtons(!asksButtons) : undefined}
        onSend={send}
      />
    </section>
  );
}

/** Shortcuts ask for a reply or a note. */
function useRequestedKind(choose: (kind: ComposerKind) => void): { focusTick: number } {
  const focusTick = useUi((state) => state.focusTick);
  const [seen, setSeen] = useState(focusTick);
  useEffect(() => {
    if (focusTick === seen) return;
    setSeen(focusTick);
    choose(useUi.getState().composerKind);
  }, [focusTick, seen, choose]);
  const [first] = useState(focusTick);
  return { focusTick: focusTick - first };
}
