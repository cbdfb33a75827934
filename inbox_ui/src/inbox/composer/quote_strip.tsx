import { CloseButton } from "@mantine/core";
import { Reply } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Quoted } from "@/api/types";
import css from "./composer.module.css";

/** The message that is being answered, until somebody takes it off. */
export function QuoteStrip({ quote, onRemove }: { quote: Quoted; onRemove: () => void }) {
  const { t } = useTranslation();
  return (
    <section className={css.quote} aria-label={t("composer.quoting")}>
      <Reply size={15} aria-hidden="true" />
      <span>
        <b>{quote.name}</b> {quote.text}
      </span>
      <CloseButton size="sm" aria-label={t("composer.quote_off")} onClick={onRemove} />
    </section>
  );
}
