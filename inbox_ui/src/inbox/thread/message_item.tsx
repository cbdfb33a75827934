import { Bot, StickyNote } from "lucide-react";
import { lazy, memo, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Attachment, Conversation, Message } from "@/api/types";
import { Avatar } from "@/ui/avatar";
import { ChannelIcon } from "@/ui/channel_icon";
import { Time } from "@/ui/now";
import { actsOn, isEcho, type MessageAct } from "./abilities";
import { ActivityLine } from "./activity_line";
import { DeliveryMark } from "./delivery";
import { DeliveryTrouble } from "./delivery_trouble";
import { EarlierVersions } from "./earlier_versions";
import css from "./message.module.css";
import { MessageContent } from "./message_content";
import { MessageTools } from "./message_tools";
import { Reactions } from "./reactions";
import { useThreadFacts } from "./thread_facts";

const MessageForm = lazy(() => import("./message_form"));

interface Props {
  message: Message;
  isFollowing: boolean;
  conversation: Conversation;
}

/** One item of the timeline in the shape that its kind asks for. */
export const MessageItem = memo(function MessageItem(props: Props) {
  if (props.message.kind === "activity") return <ActivityLine message={props.message} />;
  return <Talk {...props} />;
});

function Talk({ message, isFollowing, conversation }: Props) {
  const { canOf } = useThreadFacts();
  const [form, setForm] = useState<MessageAct>();
  const acts = actsOn(message, canOf(message.inbox_id));
  const side = message.kind === "note" ? "note" : message.direction;
  return (
    <article
      className={css.item}
      data-side={side}
      data-following={isFollowing || undefined}
      data-wide={message.mail?.has_html || undefined}
      data-bare={isBare(message) || undefined}
      id={`message-${message.seq}`}
      tabIndex={-1}
    >
      {!isFollowing && <Head message={message} conversation={conversation} />}
      <div className={css.line}>
        <div className={css.bubble}>
          <MessageContent message={message} />
        </div>
        {acts.length > 0 && <MessageTools message={message} acts={acts} onForm={setForm} />}
      </div>
      {message.reactions.length > 0 && (
        <Reactions message={message} canReact={acts.includes("react")} />
      )}
      {form && (
        <Suspense fallback={null}>
          <MessageForm act={form} message={message} onDone={() => setForm(undefined)} />
        </Suspense>
      )}
      {message.edits.length > 0 && !message.deleted_at && <EarlierVersions message={message} />}
      {isFollowing && <DeliveryMark message={message} />}
      <DeliveryTrouble message={message} />
    </article>
  );
}

/** What has a frame of its own needs no bubble around it: files, a place, a card. */
function isBare({ attachments, location, shared, ...message }: Message): boolean {
  const { text, subject, quoted, template, unsupported, mail, quick_replies, deleted_at } = message;
  if (text || subject || quoted || template || unsupported || mail || deleted_at) return false;
  if (quick_replies.length > 0 || !attachments.every(hasFrame)) return false;
  return attachments.length > 0 || location !== null || shared.length > 0;
}

/** Sound has only the browser's own player. */
const hasFrame = ({ media_type, is_voice, is_inline, state }: Attachment): boolean =>
  !is_inline && (state !== "ready" || !(is_voice || media_type.startsWith("audio/")));

function Head({ message, conversation }: { message: Message; conversation: Conversation }) {
  const { t } = useTranslation();
  const { author } = message;
  const app = String(message.details.app ?? "") || author.name;
  const name =
    author.name ||
    (author.kind === "contact" ? conversation.contact.name : t(`author.${author.kind}`));
  return (
    <header className={css.head}>
      {author.kind === "bot" ? (
        <Bot size={20} aria-hidden="true" />
      ) : (
        <Avatar name={name} size={20} />
      )}
      <b>{name}</b>
      {message.kind === "note" && (
        <span className={css.kind}>
          <StickyNote size={12} aria-hidden="true" /> {t("thread.note")}
        </span>
      )}
      {message.kind === "message" && <ChannelIcon channel={message.channel} size={13} />}
      {isEcho(message) && <span className={css.kind}>{t("content.echo", { app })}</span>}
      {message.is_auto && <span className={css.kind}>{t("thread.automatic")}</span>}
      <Time at={message.at} />
      {message.edited_at > 0 && !message.deleted_at && <span>{t("thread.edited")}</span>}
      <DeliveryMark message={message} />
    </header>
  );
}
