import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { contactConversationsQuery } from "@/api/queries";
import { ChannelIcon } from "@/ui/channel_icon";
import { Time } from "@/ui/now";
import css from "./panel.module.css";

interface Props {
  contactId: string;
  conversationId: string | undefined;
}

/** The other conversations with the same person. */
export function Earlier({ contactId, conversationId }: Props) {
  const { t } = useTranslation();
  const page = useQuery(contactConversationsQuery(contactId)).data;
  if (!page) return null;
  const others = page.items.filter(({ id }) => id !== conversationId);
  const count = others.length;
  const none = conversationId ? "contact.no_others" : "contact.no_conversations";
  return (
    <section>
      <h2 className={css.title}>
        {!conversationId && t("contact.all_conversations")}
        {conversationId && count === 0 && t("contact.other_conversations")}
        {conversationId && count > 0 && t("contact.conversations", { count })}
      </h2>
      {count === 0 && <p className={css.soft}>{t(none)}</p>}
      <ul className={css.earlier}>
        {others.map(({ id, channel, subject, preview, state, last_at }) => (
          <li key={id}>
            <Link
              to="/inbox/$view/$conversationId"
              params={{ view: state === "closed" ? "closed" : "all", conversationId: id }}
            >
              <span>
                <ChannelIcon channel={channel} size={13} /> {t(`state.${state}`)} ·{" "}
                <Time at={last_at} isShort />
              </span>
              <span className={css.line}>{subject || preview}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
