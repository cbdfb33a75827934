import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import type { Message, Reaction } from "@/api/types";
import { putMessages } from "@/live/threads";
import { useMe } from "@/shell/session";
import { toastProblem } from "@/ui/toast";
import css from "./content.module.css";

/** Puts, changes or (with "") takes away one's own emoji. */
export function useReact(message: Message) {
  return useMutation({
    mutationFn: (emoji: string) =>
      need(
        api.PUT("/api/v1/conversations/{conversation_id}/messages/{seq}/reaction", {
          params: { path: { conversation_id: message.conversation_id, seq: String(message.seq) } },
          body: { emoji },
        }),
      ),
    onSuccess: (after) => putMessages([after]),
    onError: toastProblem,
  });
}

interface Chip {
  emoji: string;
  names: string[];
  isMine: boolean;
}

export function chipsOf(reactions: readonly Reaction[], myId: string): Chip[] {
  const chips = new Map<string, Chip>();
  for (const { emoji, name, by } of reactions) {
    const chip = chips.get(emoji) ?? { emoji, names: [], isMine: false };
    chip.names.push(name);
    chip.isMine ||= by === myId;
    chips.set(emoji, chip);
  }
  return [...chips.values()];
}

/** Whose emojis stand on a message; one's own can be taken away again. */
export function Reactions({ message, canReact }: { message: Message; canReact: boolean }) {
  const { t } = useTranslation();
  const { agent_id } = useMe();
  const react = useReact(message);
  return (
    <ul className={css.reactions} aria-label={t("content.reactions")}>
      {chipsOf(message.reactions, agent_id).map(({ emoji, names, isMine }) => {
        const who = t("content.reacted", { emoji, names: names.join(", ") });
        const inside = (
          <>
            {emoji}
            {names.length > 1 && <small>{names.length}</small>}
          </>
        );
        return (
          <li key={emoji} title={who}>
            {canReact ? (
              <button
                type="button"
                className={css.chip}
                aria-pressed={isMine}
                aria-label={who}
                disabled={react.isPending}
                onClick={() => react.mutate(isMine ? "" : emoji)}
              >
                {inside}
              </button>
            ) : (
              <span className={css.chip} role="img" aria-label={who}>
                {inside}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
