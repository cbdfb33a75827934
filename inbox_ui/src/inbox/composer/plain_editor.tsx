import { Textarea } from "@mantine/core";
import { type ClipboardEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import css from "./composer.module.css";
import { type EditorProps, sendKey } from "./editor";
import { type Trigger, triggerAt } from "./rules";
import { Suggestions } from "./suggestions";
import { useSuggestions } from "./use_suggestions";

/** A plain text field with "/canned" and "@colleague". */
export function PlainEditor(props: EditorProps) {
  const { draft, conversation, focusTick, sendsOnEnter, onChange, onFiles, onSend } = props;
  const { t } = useTranslation();
  const field = useRef<HTMLTextAreaElement>(null);
  const [trigger, setTrigger] = useState<Trigger>();
  const suggestions = useSuggestions(trigger, conversation);
  useEffect(() => {
    if (focusTick > 0) field.current?.focus();
  }, [focusTick]);

  const look = () => {
    const { value, selectionStart } = field.current as HTMLTextAreaElement;
    setTrigger(triggerAt(value, selectionStart, draft.kind));
  };
  const insert = (text: string) => {
    if (!trigger) return;
    const end = trigger.start + 1 + trigger.query.length;
    const before = draft.text.slice(0, trigger.start) + text;
    onChange({ text: before + draft.text.slice(end), html: "" });
    setTrigger(undefined);
    requestAnimationFrame(() => field.current?.setSelectionRange(before.length, before.length));
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (trigger && suggestions.onKey(event, insert, () => setTrigger(undefined))) return;
    const what = sendKey(event.nativeEvent, sendsOnEnter);
    if (!what) return;
    event.preventDefault();
    onSend(what === "send_close");
  };
  const onPaste = (event: ClipboardEvent) => {
    if (!onFiles || event.clipboardData.files.length === 0) return;
    event.preventDefault();
    onFiles(event.clipboardData.files);
  };
  return (
    <div className={css.editor}>
      {trigger && <Suggestions {...suggestions} onPick={insert} />}
      <Textarea
        ref={field}
        variant="unstyled"
        autosize
        minRows={2}
        maxRows={12}
        value={draft.text}
        aria-label={t(draft.kind === "note" ? "composer.note_text" : "composer.reply_text")}
        placeholder={t(draft.kind === "note" ? "composer.note_hint" : "composer.reply_hint")}
        onChange={(event) => {
          onChange({ text: event.currentTarget.value, html: "" });
          look();
        }}
        onClick={look}
        onBlur={() => setTrigger(undefined)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
    </div>
  );
}
