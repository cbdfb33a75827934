import type { TFunction } from "i18next";

/** "(Handling time + Wrap-up time) ÷ Handled": the hub's formula with the fields' names in it. */
export function formulaText(formula: string, t: TFunction): string {
  return formula
    .replaceAll(/[a-z]\w*/g, (field) => t(`reports.fields.${field}`))
    .replaceAll(" / ", " ÷ ");
}
