import { useTranslation } from "react-i18next";
import css from "./composer.module.css";
import type { Suggestion } from "./use_suggestions";

interface Props {
  items: readonly Suggestion[];
  active: number;
  onPick: (text: string) => void;
}

/** The list above the caret. The focus stays in the text; its keys move the choice. */
export function Suggestions({ items, active, onPick }: Props) {
  const { t } = useTranslation();
  if (items.length === 0) return null;
  return (
    <div className={css.suggestions} role="listbox" aria-label={t("composer.suggestions")}>
      {items.map((item, index) => (
        <div
          key={item.id}
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          className={css.suggestion}
          onMouseDown={(event) => {
            event.preventDefault();
            onPick(item.insert);
          }}
        >
          <b>{item.title}</b>
          <span>{item.text}</span>
        </div>
      ))}
    </div>
  );
}
