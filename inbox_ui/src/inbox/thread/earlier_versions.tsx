import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import { Time } from "@/ui/now";
import css from "./content.module.css";

/** What a changed message said before, when somebody asks. */
export function EarlierVersions({ message }: { message: Message }) {
  const { t } = useTranslation();
  return (
    <details className={css.edits}>
      <summary>{t("content.earlier", { count: message.edits.length })}</summary>
      <ol>
        {message.edits.map(({ at, text }) => (
          <li key={at}>
            <small>
              {t("content.until")} <Time at={at} />
            </small>
            <p>{text}</p>
          </li>
        ))}
      </ol>
    </details>
  );
}
