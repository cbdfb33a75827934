import { useTranslation } from "react-i18next";
import { numberText } from "./format";
import { Formula } from "./formula_hint";
import { numberOf, type Report } from "./queries";
import css from "./reports.module.css";

const TILES = ["created", "closed", "answered", "abandoned"] as const;
const MEASURES = ["service_level", "asa", "frt", "aht"] as const;

/** The numbers that a supervisor looks at first. */
export function Tiles({ report }: { report: Report }) {
  const { t } = useTranslation();
  return (
    <dl className={css.tiles}>
      {TILES.map((name) => (
        <div key={name} className={css.tile}>
          <dt>{t(`reports.fields.${name}`)}</dt>
          <dd>{numberText(numberOf(report.total, name), "count")}</dd>
        </div>
      ))}
      {MEASURES.map((name) => {
        const measure = report.measures.find((one) => one.name === name);
        return (
          measure && (
            <div key={name} className={css.tile}>
              <dt>
                <Formula measure={measure}>
                  <span>{t(`reports.measures.${name}`)}</span>
                </Formula>
              </dt>
              <dd>{numberText(report.total.measures[name], measure.unit)}</dd>
            </div>
          )
        );
      })}
    </dl>
  );
}
