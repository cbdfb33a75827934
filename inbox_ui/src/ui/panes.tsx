import { type CSSProperties, useRef, useState } from "react";
import { recall, remember } from "./local";
import css from "./panes.module.css";

export interface PaneSize {
  width: number;
  min: number;
  max: number;
}

/** The remembered width of a pane and what its separator needs. */
export function usePane(name: string, { width: first, min, max }: PaneSize) {
  const [width, setWidth] = useState(() => recall(`pane.${name}`, first));
  const clamp = (wish: number) => Math.round(Math.min(max, Math.max(min, wish)));
  const resize = (wish: number) => setWidth(clamp(wish));
  const keep = (wish: number) => {
    setWidth(clamp(wish));
    remember(`pane.${name}`, clamp(wish));
  };
  return { width, min, max, resize, keep };
}

interface Props {
  pane: ReturnType<typeof usePane>;
  label: string;
  /** The pane is at the right of the separator. */
  isReversed?: boolean;
}

const STEP = 16;

/** A line that can be dragged, or moved with the arrow keys. */
export function Separator({ pane, label, isReversed = false }: Props) {
  const start = useRef<{ x: number; width: number } | undefined>(undefined);
  const sign = isReversed ? -1 : 1;
  const at = (x: number) =>
    start.current ? start.current.width + sign * (x - start.current.x) : pane.width;
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <hr> cannot be a focusable splitter.
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={pane.width}
      aria-valuemin={pane.min}
      aria-valuemax={pane.max}
      tabIndex={0}
      className={css.separator}
      onPointerDown={(event) => {
        start.current = { x: event.clientX, width: pane.width };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => start.current && pane.resize(at(event.clientX))}
      onPointerUp={(event) => {
        pane.keep(at(event.clientX));
        start.current = undefined;
      }}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") pane.keep(pane.width - sign * STEP);
        if (event.key === "ArrowRight") pane.keep(pane.width + sign * STEP);
      }}
    />
  );
}

export const widthOf = (pane: { width: number }): CSSProperties =>
  ({ "--pane": `${pane.width}px` }) as CSSProperties;
