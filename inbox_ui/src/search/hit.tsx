import { Link } from "@tanstack/react-router";
import { StickyNote } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { SearchHit } from "@/api/types";
import { ChannelIcon } from "@/ui/channel_icon";
import { nameOf } from "@/ui/name";
import { Time } from "@/ui/now";
import css from "./search.module.css";

export function Hit({ hit }: { hit: SearchHit }) {
  const { t } = useTranslation();
  const { conversation, message } = hit;
  const author = message.author.name;
  return (
    <li>
      <Link
        to="/inbox/$view/$conversationId"
        params={{
          view: conversation.state === "closed" ? "closed" : "all",
          conversationId: conversation.id,
        }}
        className={css.hit}
      >
        <span className={css.head}>
          {message.kind === "note" ? (
            <StickyNote size={14} role="img" aria-label={t("thread.note")} />
          ) : (
            <ChannelIcon channel={message.channel} size={14} />
          )}
          <b>{nameOf(conversation.contact, t)}</b>
          {author !== conversation.contact.name && <span>{author}</span>}
          <Time at={message.at} />
        </span>
        <span>{marked(hit.snippet, hit.marks)}</span>
      </Link>
    </li>
  );
}

/** The snippet with its matches marked; `marks` are [start, end) offsets. */
export function marked(text: string, marks: readonly number[][]): ReactNode[] {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const [start = 0, end = 0] of marks) {
    if (start < at || end > text.length) continue;
    parts.push(text.slice(at, start), <mark key={start}>{text.slice(start, end)}</mark>);
    at = end;
  }
  parts.push(text.slice(at));
  return parts;
}
