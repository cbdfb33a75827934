import { Button, Menu } from "@mantine/core";
import { Download, Ellipsis, FileText, Image } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Mail, Message } from "@/api/types";
import { CalendarCard } from "./calendar_card";
import css from "./mail.module.css";
import { MailFrame } from "./mail_frame";
import { RichText } from "./rich_text";

/** A mail: who to whom, the formatted body in a locked frame or its text, what it quotes folded away. */
export function MailBody({ message, mail }: { message: Message; mail: Mail }) {
  const { t } = useTranslation();
  const [isPlain, setPlain] = useState(!mail.has_html);
  const [hasImages, setImages] = useState(false);
  return (
    <>
      <div className={css.bar}>
        <Addresses mail={mail} />
        <Menu position="bottom-end">
          <Menu.Target>
            <button type="button" className={css.more} aria-label={t("mail.more")}>
              <Ellipsis size={16} />
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            {mail.has_html && (
              <Menu.Item leftSection={<FileText size={15} />} onClick={() => setPlain(!isPlain)}>
                {t(isPlain ? "mail.show_html" : "mail.show_text")}
              </Menu.Item>
            )}
            {mail.source_url && (
              <Menu.Item
                component="a"
                href={mail.source_url}
                download
                leftSection={<Download size={15} />}
              >
                {t("mail.source")}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      </div>
      <Notices mail={mail} />
      {isPlain ? (
        <RichText text={message.text} />
      ) : (
        <MailFrame
          url={hasImages ? `${mail.body_url}?images=1` : mail.body_url}
          title={t("mail.body", { from: mail.from })}
          text={message.text}
        />
      )}
      {!isPlain && mail.remote_images > 0 && !hasImages && (
        <Button
          size="compact-xs"
          variant="default"
          mt={6}
          leftSection={<Image size={13} />}
          onClick={() => setImages(true)}
        >
          {t("mail.show_images", { count: mail.remote_images })}
        </Button>
      )}
      {mail.calendar && <CalendarCard calendar={mail.calendar} />}
      {mail.quoted && isPlain && (
        <details className={css.quoted}>
          <summary>{t("mail.quoted")}</summary>
          <RichText text={mail.quoted} />
        </details>
      )}
    </>
  );
}

function Addresses({ mail }: { mail: Mail }) {
  const { t } = useTranslation();
  return (
    <details className={css.addresses}>
      <summary>
        {mail.from
          ? t("mail.from_to", { from: mail.from, to: withoutMark(mail.to[0] ?? "") })
          : mail.to.join(", ")}
      </summary>
      <dl>
        <dt>{t("mail.from")}</dt>
        <dd>{mail.from}</dd>
        <dt>{t("mail.to")}</dt>
        <dd>{mail.to.join(", ")}</dd>
        {mail.cc.length > 0 && <dt>{t("mail.cc")}</dt>}
        {mail.cc.length > 0 && <dd>{mail.cc.join(", ")}</dd>}
      </dl>
    </details>
  );
}

/** Answers come to an address that carries a signed mark; people know the address without it. */
export const withoutMark = (address: string): string => address.replace(/\+[a-z0-9]{20,}@/, "@");

function Notices({ mail }: { mail: Mail }) {
  const { t, i18n } = useTranslation();
  const notices = mail.auth === "fail" ? ["auth_fail", ...mail.notices] : mail.notices;
  return notices.map((notice) => {
    const code = notice.split(":", 1)[0] ?? notice;
    const key = `mail.notice_${code}`;
    return (
      <p key={notice} className={css.notice}>
        {i18n.exists(key) ? t(key) : t("mail.notice", { what: notice.replaceAll("_", " ") })}
      </p>
    );
  });
}
