import { TextInput, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import css from "./composer.module.css";
import type { DraftText } from "./draft";

interface Props {
  draft: DraftText;
  update: (change: Partial<DraftText>) => void;
}

export function MailFields({ draft, update }: Props) {
  const { t } = useTranslation();
  const [hasCc, setCc] = useState(draft.cc !== "");
  const [hasSubject, setSubject] = useState(draft.subject !== "");
  return (
    <div className={css.mail}>
      {hasSubject ? (
        <TextInput
          size="xs"
          variant="unstyled"
          aria-label={t("composer.subject")}
          placeholder={t("composer.subject")}
          value={draft.subject}
          onChange={(event) => update({ subject: event.currentTarget.value })}
        />
      ) : (
        <UnstyledButton className={css.add ?? ""} onClick={() => setSubject(true)}>
          {t("composer.change_subject")}
        </UnstyledButton>
      )}
      {hasCc ? (
        <TextInput
          size="xs"
          variant="unstyled"
          aria-label={t("mail.cc")}
          placeholder={t("composer.cc_hint")}
          value={draft.cc}
          onChange={(event) => update({ cc: event.currentTarget.value })}
        />
      ) : (
        <UnstyledButton className={css.add ?? ""} onClick={() => setCc(true)}>
          {t("mail.cc")}
        </UnstyledButton>
      )}
    </div>
  );
}
