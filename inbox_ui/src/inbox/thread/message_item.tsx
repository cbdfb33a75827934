import { Bot, StickyNote } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation, Message } from "@/api/types";
import { Avatar } from "@/ui/avatar";
import { ChannelIcon } from "@/ui/channel_icon";
import { Time } from "@/ui/now";
import { ActivityLine } from "./activity_line";
import { Attachments } from "./attachments";
import { DeliveryMark, DeliveryTrouble } from "./delivery";
import { MailBody } from "./mail_body";
import css from "./message.module.css";
import { RichText } from "./rich_text";

interface Props {
  message: Message;
  isFollowing: boolean;
  conversation: Conversation;
}

/** One item of the timeline in the shape that its kind asks for. */
export const MessageItem = memo(function MessageItem({
  message,
  isFollowing,
  conversation,
}: Props) {
  if (message.kind === "activity") return <ActivityLine message={message} />;
  const side = message.kind === "note" ? "note" : message.direction;
  return (
    <article
      className={css.item}
      data-side={side}
      data-following={isFollowing || undefined}
      data-wide={message.mail?.has_html || undefined}
    >
      {!isFollowing && <Head message={message} conversation={conversation} />}
      <div className={css.bubble}>
        {message.subject && <p className={css.subject}>{message.subject}</p>}
        {message.mail ? (
          <MailBody message={message} mail={message.mail} />
        ) : (
          <RichText text={message.text} mentions={message.mentions} />
        )}
        <Attachments items={message.attachments} />
        {message.quick_replies.length > 0 && (
          <ul className={css.replies}>
            {message.quick_replies.map(({ text }) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        )}
      </div>
      {isFollowing && <DeliveryMark message={message} />}
      <DeliveryTrouble message={message} />
    </article>
  );
});

function Head({ message, conversation }: { message: Message; conversation: Conversation }) {
  const { t } = useTranslation();
  const { author } = message;
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
      {message.is_auto && <span className={css.kind}>{t("thread.automatic")}</span>}
      <Time at={message.at} />
      {message.edited_at > 0 && <span>{t("thread.edited")}</span>}
      <DeliveryMark message={message} />
    </header>
  );
}
