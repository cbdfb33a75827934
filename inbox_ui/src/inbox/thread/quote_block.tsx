import { useTranslation } from "react-i18next";
import type { Quoted } from "@/api/types";
import css from "./content.module.css";
import { useThreadFacts } from "./thread_facts";

/** The message that this one answers; leads to it when it stands in this conversation. */
export function QuoteBlock({ quoted }: { quoted: Quoted }) {
  const { t } = useTranslation();
  const { jump } = useThreadFacts();
  const text = quoted.text || t("content.quoted_gone");
  const inside = (
    <>
      {quoted.name && <b>{quoted.name}</b>}
      <span>{text}</span>
    </>
  );
  if (quoted.seq === 0) return <blockquote className={css.quote}>{inside}</blockquote>;
  return (
    <button type="button" className={css.quote} onClick={() => jump(quoted.seq)}>
      <span className="hidden-visually">{t("content.jump")}</span>
      {inside}
    </button>
  );
}
