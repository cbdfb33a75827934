import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type DragEvent, lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { agentsQuery } from "@/api/queries";
import type { ConversationDetail } from "@/api/types";
import type { ChosenTemplate } from "@/inbox/templates/template_picker";
import { useTypingReport } from "@/inbox/thread/use_conversation";
import { useMe } from "@/shell/session";
import { type ComposerKind, compose, useUi } from "@/shell/ui_state";
import { newClientId } from "@/ui/ids";
import { useNow } from "@/ui/now";
import { toast } from "@/ui/toast";
import { useAsked } from "./asks";
import css from "./composer.module.css";
import { useDraft } from "./draft";
import { Editor } from "./editor";
import { FileStrip } from "./file_strip";
import { MailFields } from "./mail_fields";
import { enqueue } from "./outbox";
import { QuickReplies } from "./quick_replies";
import { QuoteStrip } from "./quote_strip";
import { lastOfCustomer } from "./quoting";
import { hindrance, lengthOf, mentionsIn, quoteFor, toRequest, wayOf } from "./rules";
import { SendBar } from "./send_bar";
import { templateRequest } from "./template_request";
import { useFiles } from "./use_files";
import { useWays } from "./use_ways";
import { WayNote } from "./way_note";
import { WaySwitch } from "./way_switch";

const TemplatePicker = lazy(() => import("@/inbox/templates/template_picker"));
const VoiceRecorder = lazy(() => import("./voice_recorder"));
const SmsCounter = lazy(() => import("./sms_counter"));

/** What lies over or beside the text at the moment. */
type Open = "ways" | "templates" | "buttons" | "voice";

/** Where an answer or a note is written; offers only what the chosen way can carry. */
export function Composer({ detail }: { detail: ConversationDetail }) {
  const { t } = useTranslation();
  const me = useMe();
  const now = useNow();
  const { conversation } = detail;
  const { draft, update, clear } = useDraft(detail);
  const agents = useQuery(agentsQuery).data ?? [];
  const reportTyping = useTypingReport(conversation.id);
  const [isOver, setOver] = useState(false);
  const [open, setOpen] = useState<Open>();
  // A new document for the rich editor whenever its text was set from outside.
  const [version, setVersion] = useState(0);
  const { focusTick } = useRequestedKind((kind) => update({ kind }));

  const isNote = draft.kind === "note";
  const { ways, isAsking } = useWays(detail);
  const way = wayOf(ways, draft.inbox_id, draft.identity_id);
  const can = isNote ? undefined : way?.capabilities;
  const withTemplates = ways.filter(({ capabilities }) => capabilities.can_templates);
  const templateWay = withTemplates.find((one) => one === way) ?? withTemplates[0];
  const hasButtons = can?.can_quick_replies ?? false;
  const canAttach = isNote || (can?.can_attach ?? false);
  const files = useFiles(can, (file) => update({ files: [...draft.files, file] }));
  const quote = way && quoteFor(draft, way);
  const { length, most } = lengthOf(draft, can);
  const problem = hindrance(draft, way, files.isUploading, now);

  useAsked((what) => {
    if (what.kind === "templates" && !templateWay) return toast(t("template.no_way"));
    if (what.kind === "insert") {
      update({ kind: "message", text: [draft.text, what.text].filter(Boolean).join("\n") });
      setVersion((one) => one + 1);
      compose("message");
      return;
    }
    if (what.kind === "ways" || what.kind === "templates") {
      update({ kind: "message" });
      setOpen(what.kind);
      return;
    }
    const quote = what.kind === "quote" ? what.quote : lastOfCustomer(conversation.id);
    if (!quote) return;
    // Only where that message was written can its quotation be seen.
    if (way?.inbox_id === quote.inbox_id) update({ quote });
    else update({ quote, inbox_id: quote.inbox_id, identity_id: "" });
    compose("message");
  });
  const send = (closes: boolean) => {
    if (problem) return;
    const body = toRequest(draft, way, newClientId(), mentionsIn(draft.text, agents));
    // Who chose nothing, nor quotes, answers where the customer is, and that the hub knows first.
    const isLeft = isAsking && !draft.inbox_id && !body.reply_to_seq;
    enqueue(conversation.id, isLeft ? { ...body, inbox_id: "", identity_id: "" } : body, closes);
    clear();
    setOpen(undefined);
    setVersion((one) => one + 1);
  };
  const sendTemplate = (chosen: ChosenTemplate) => {
    enqueue(conversation.id, templateRequest(chosen, newClientId()), false, chosen.text);
    update({ inbox_id: chosen.way.inbox_id, identity_id: chosen.way.identity_id });
    setOpen(undefined);
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
          <WaySwitch
            ways={ways}
            way={way}
            isOpen={open === "ways"}
            onOpen={(isOpen) => setOpen(isOpen ? "ways" : undefined)}
            onChoose={({ inbox_id, identity_id }) => update({ inbox_id, identity_id })}
          />
        )}
      </div>
      {!isNote && way && (
        <WayNote
          way={way}
          hasOthers={ways.length > 1}
          onTemplates={() => setOpen("templates")}
          onWays={() => setOpen("ways")}
        />
      )}
      {!isNote && quote && <QuoteStrip quote={quote} onRemove={() => update({ quote: null })} />}
      {can?.has_subject && <MailFields draft={draft} update={update} />}
      <Editor
        key={`${draft.kind} ${can?.can_html} ${version}`}
        draft={draft}
        isRich={can?.can_html ?? false}
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
        text={draft.text}
        can={can}
        onRemove={(id) => update({ files: draft.files.filter((file) => file.id !== id) })}
      />
      {hasButtons && (open === "buttons" || draft.quick_replies.length > 0) && (
        <QuickReplies
          values={draft.quick_replies}
          most={can?.quick_replies_max ?? 0}
          maxChars={can?.quick_reply_max_chars ?? 80}
          onChange={(quick_replies) => update({ quick_replies })}
        />
      )}
      <Suspense fallback={null}>
        {can?.counts_segments && (
          <SmsCounter text={draft.text} onChange={(text) => update({ text, html: "" })} />
        )}
        {can?.can_voice && open === "voice" && (
          <VoiceRecorder
            taken={can.media_types}
            onClose={() => setOpen(undefined)}
            onDone={(file) => {
              files.add([file]);
              setOpen(undefined);
            }}
          />
        )}
        {open === "templates" && templateWay && (
          <TemplatePicker
            ways={withTemplates}
            way={templateWay}
            contactName={conversation.contact.name}
            onSend={sendTemplate}
            onClose={() => setOpen(undefined)}
          />
        )}
      </Suspense>
      <SendBar
        problem={problem}
        isNote={isNote}
        count={length}
        limit={most}
        onFiles={canAttach ? files.add : undefined}
        onButtons={
          hasButtons ? () => setOpen(open === "buttons" ? undefined : "buttons") : undefined
        }
        onVoice={can?.can_voice ? () => setOpen("voice") : undefined}
        onTemplates={can?.can_templates ? () => setOpen("templates") : undefined}
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
