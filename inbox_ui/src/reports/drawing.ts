import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { numberText, type Unit } from "./format";

use([BarChart, LineChart, GridComponent, TooltipComponent, CanvasRenderer]);

interface Drawn {
  title: string;
  unit: Unit;
  labels: string[];
  values: (number | null)[];
}

/** Draws into `element` in the colours of the theme; returns what takes it away again. */
export function draw(element: HTMLElement, { title, unit, labels, values }: Drawn): () => void {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const chart = init(element);
  const text = { color: color("--soft"), fontSize: 12 };
  const number = (value: unknown) => numberText(typeof value === "number" ? value : null, unit);
  chart.setOption({
    animation: !isCalm,
    animationDuration: 200,
    textStyle: { fontFamily: getComputedStyle(element).fontFamily },
    grid: { left: 8, right: 12, top: 12, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: color("--surface"),
      borderColor: color("--line"),
      textStyle: { color: color("--text"), fontSize: 13 },
      valueFormatter: number,
    },
    xAxis: {
      type: "category",
      data: labels,
      axisLabel: { ...text, hideOverlap: true },
      axisLine: { lineStyle: { color: color("--line") } },
      axisTick: { show: false },
    },
    yAxis: {
      type: "value",
      axisLabel: { ...text, formatter: number },
      splitLine: { lineStyle: { color: color("--line") } },
      ...(unit === "count" ? { minInterval: 1 } : {}),
    },
    series: [
      unit === "count"
        ? {
            name: title,
            type: "bar",
            data: values,
            barMaxWidth: 36,
            itemStyle: { color: color("--accent"), borderRadius: [3, 3, 0, 0] },
          }
        : {
            name: title,
            type: "line",
            data: values,
            symbolSize: 6,
            lineStyle: { color: color("--accent"), width: 2 },
            itemStyle: { color: color("--accent") },
          },
    ],
  });
  const watch = new ResizeObserver(() => chart.resize());
  watch.observe(element);
  return () => {
    watch.disconnect();
    chart.dispose();
  };
}
