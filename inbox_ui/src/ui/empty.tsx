import type { PropsWithChildren } from "react";
import css from "./empty.module.css";

interface Props {
  title: string;
  text?: string;
}

/** An empty place that says the next step (as its children). */
export function Empty({ title, text, children }: PropsWithChildren<Props>) {
  return (
    <div className={css.empty}>
      <p className={css.title}>{title}</p>
      {text && <p className={css.text}>{text}</p>}
      {children}
    </div>
  );
}
