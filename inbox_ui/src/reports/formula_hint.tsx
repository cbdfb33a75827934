import { Tooltip } from "@mantine/core";
import { Info } from "lucide-react";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { formulaText } from "./formula";
import type { Measure } from "./queries";
import css from "./reports.module.css";

interface Props {
  measure: Measure;
  children: ReactElement;
}

/** A measure's name with its formula, which shows on hover and on focus. */
export function Formula({ measure, children }: Props) {
  const { t } = useTranslation();
  const name = t(`reports.measures.${measure.name}`);
  const text = formulaText(measure.formula, t);
  return (
    <span className={css.measured}>
      {children}
      <Tooltip label={text} events={{ hover: true, focus: true, touch: true }} multiline maw={320}>
        <button
          type="button"
          className={css.hint}
          aria-label={`${t("reports.formula.of", { name })}: ${text}`}
        >
          <Info size={13} aria-hidden="true" />
        </button>
      </Tooltip>
    </span>
  );
}
