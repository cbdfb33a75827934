import { Button, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import type { Message } from "@/api/types";
import { sendKey } from "@/inbox/composer/editor";
import { putMessages } from "@/live/threads";
import { useMe } from "@/shell/session";
import { problemText } from "@/ui/toast";
import type { MessageAct } from "./abilities";
import { useReact } from "./reactions";
import css from "./tools.module.css";

interface Props {
  message: Message;
  onDone: () => void;
}

/** Under a message: its new text, an emoji for it, or whether it shall be taken back. */
export default function MessageForm({ act, ...props }: Props & { act: MessageAct }) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    props.onDone();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes the form around the fields.
    <div className={css.form} onKeyDown={onKeyDown}>
      {act === "edit" && <EditForm {...props} />}
      {act === "react" && <EmojiForm {...props} />}
      {act === "remove" && <RemoveForm {...props} />}
    </div>
  );
}

const placeOf = ({ conversation_id, seq }: Message) => ({
  path: { conversation_id, seq: String(seq) },
});

function EditForm({ message, onDone }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const [text, setText] = useState(message.text);
  const save = useMutation({
    mutationFn: () =>
      need(
        api.PATCH("/api/v1/conversations/{conversation_id}/messages/{seq}", {
          params: placeOf(message),
          body: { text: text.trim() },
        }),
      ),
    onSuccess: (after) => {
      putMessages([after]);
      onDone();
    },
  });
  const canSave = text.trim() !== "" && text.trim() !== message.text;
  return (
    <form
      className={css.edit}
      onSubmit={(event) => {
        event.preventDefault();
        if (canSave) save.mutate();
      }}
    >
      <Textarea
        autosize
        autoFocus
        minRows={2}
        maxRows={12}
        aria-label={t("tools.new_text")}
        error={save.isError && problemText(save.error)}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (!sendKey(event.nativeEvent, me.prefs.send_on_enter === "on")) return;
          event.preventDefault();
          event.currentTarget.form?.requestSubmit();
        }}
      />
      <div className={css.buttons}>
        <Button size="compact-sm" variant="default" onClick={onDone}>
          {t("common.cancel")}
        </Button>
        <Button size="compact-sm" type="submit" disabled={!canSave} loading={save.isPending}>
          {t("tools.save_edit")}
        </Button>
      </div>
    </form>
  );
}

/** Such as every network takes. */
const EMOJIS = ["👍", "👏", "🥰", "😁", "🔥", "🎉", "😢", "🙏"] as const;

function EmojiForm({ message, onDone }: Props) {
  const { t } = useTranslation();
  const { agent_id } = useMe();
  const react = useReact(message);
  const mine = message.reactions.find(({ by }) => by === agent_id)?.emoji;
  const pick = (emoji: string) =>
    react.mutate(emoji === mine ? "" : emoji, { onSuccess: () => onDone() });
  return (
    <fieldset className={css.emojis} aria-label={t("tools.react")}>
      {EMOJIS.map((emoji, index) => (
        <button
          key={emoji}
          type="button"
          // biome-ignore lint/a11y/noAutofocus: the person just asked for this row.
          autoFocus={index === 0}
          aria-label={`${emoji} ${t(`emoji.${index}`)}`}
          aria-pressed={emoji === mine}
          disabled={react.isPending}
          onClick={() => pick(emoji)}
        >
          {emoji}
        </button>
      ))}
    </fieldset>
  );
}

function RemoveForm({ message, onDone }: Props) {
  const { t } = useTranslation();
  const remove = useMutation({
    mutationFn: () =>
      need(
        api.DELETE("/api/v1/conversations/{conversation_id}/messages/{seq}", {
          params: placeOf(message),
        }),
      ),
    onSuccess: (after) => {
      putMessages([after]);
      onDone();
    },
  });
  const isWaiting = message.delivery === "queued" || message.delivery === "retry";
  return (
    <div className={css.edit} role="alert">
      <span>
        {remove.isError
          ? problemText(remove.error)
          : t(isWaiting ? "tools.remove_waiting" : "tools.remove_text")}
      </span>
      <div className={css.buttons}>
        <Button size="compact-sm" variant="default" autoFocus onClick={onDone}>
          {t("tools.keep")}
        </Button>
        <Button
          size="compact-sm"
          color="red"
          loading={remove.isPending}
          onClick={() => remove.mutate()}
        >
          {t("tools.remove")}
        </Button>
      </div>
    </div>
  );
}
