import { Ban, CircleHelp, LayoutTemplate, MousePointerClick } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import { Attachments } from "./attachments";
import css from "./content.module.css";
import { LocationCard } from "./location_card";
import { MailBody } from "./mail_body";
import message_css from "./message.module.css";
import { QuoteBlock } from "./quote_block";
import { RichText } from "./rich_text";
import { SharedContacts } from "./shared_contacts";

/** Everything that one message carries, in the order in which a phone shows it. */
export function MessageContent({ message }: { message: Message }) {
  const { t } = useTranslation();
  if (message.deleted_at) {
    return (
      <p className={css.gone}>
        <Ban size={14} aria-hidden="true" />
        {t(message.direction === "in" ? "content.deleted_in" : "content.deleted_out")}
      </p>
    );
  }
  return (
    <>
      {message.quoted && <QuoteBlock quoted={message.quoted} />}
      {message.template && (
        <p className={css.kind}>
          <LayoutTemplate size={13} aria-hidden="true" />
          {t("content.template", { name: message.template.name })}
        </p>
      )}
      {message.subject && <p className={message_css.subject}>{message.subject}</p>}
      <Said message={message} />
      {message.location && <LocationCard location={message.location} />}
      {message.shared.length > 0 && <SharedContacts items={message.shared} />}
      <Attachments message={message} />
      {message.unsupported && <Unsupported name={message.unsupported} />}
      {message.quick_replies.length > 0 && (
        <ul className={message_css.replies}>
          {message.quick_replies.map(({ text }) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function Said({ message }: { message: Message }) {
  const { t } = useTranslation();
  if (message.mail) return <MailBody message={message} mail={message.mail} />;
  if (!message.text) return null;
  if (message.payload && message.direction === "in") {
    return (
      <p className={css.pressed}>
        <MousePointerClick size={14} role="img" aria-label={t("content.pressed")} />
        {message.text}
      </p>
    );
  }
  return <RichText text={message.text} mentions={message.mentions} />;
}

/** Something that came and has no shape here; its name in words where we know one. */
function Unsupported({ name }: { name: string }) {
  const { t, i18n } = useTranslation();
  const what = i18n.exists(`content_kind.${name}`)
    ? t(`content_kind.${name}`)
    : name.replaceAll("_", " ");
  return (
    <p className={css.unsupported}>
      <CircleHelp size={15} aria-hidden="true" />
      <span>
        {t("content.unsupported", { what })}
        <small>{t("content.unsupported_text")}</small>
      </span>
    </p>
  );
}
