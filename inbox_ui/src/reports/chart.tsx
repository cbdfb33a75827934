import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { numberText, pointText, type Unit } from "./format";
import type { Step } from "./period";
import css from "./reports.module.css";

interface Props {
  title: string;
  unit: Unit;
  step: Step;
  zone: string;
  points: { at: number; value: number | null }[];
}

/** Counts as bars, means and shares as a line; the same numbers as a table for who does not see it. */
export function Chart({ title, unit, step, zone, points }: Props) {
  const { t } = useTranslation();
  return (
    <figure className={css.chart}>
      <figcaption>{title}</figcaption>
      <Drawing title={title} unit={unit} step={step} zone={zone} points={points} />
      <details>
        <summary>{t("reports.chart.as_table")}</summary>
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">{t("reports.chart.time")}</th>
              <th scope="col">{title}</th>
            </tr>
          </thead>
          <tbody>
            {points.map(({ at, value }) => (
              <tr key={at}>
                <th scope="row">{pointText(at, step, zone)}</th>
                <td>{numberText(value, unit)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

function Drawing({ title, unit, step, zone, points }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the scheme changes what the tokens say.
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    let end = () => {};
    let isGone = false;
    void import("./drawing").then(({ draw }) => {
      if (isGone) return;
      const labels = points.map(({ at }) => pointText(at, step, zone));
      const values = points.map(({ value }) => value);
      end = draw(element, { title, unit, labels, values });
    });
    return () => {
      isGone = true;
      end();
    };
  }, [title, unit, step, zone, points, scheme]);
  return <div ref={place} className={css.drawing} aria-hidden="true" />;
}
