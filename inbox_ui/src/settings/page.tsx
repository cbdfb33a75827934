import type { PropsWithChildren, ReactNode } from "react";
import css from "./settings.module.css";

interface Props {
  title: string;
  text?: string;
  action?: ReactNode;
}

/** One page of the settings: its one h1, what it is for, and its main action. */
export function SettingsPage({ title, text, action, children }: PropsWithChildren<Props>) {
  return (
    <section className={css.page}>
      <div className={css.head}>
        <h1>{title}</h1>
        {action}
      </div>
      {text && <p className={css.text}>{text}</p>}
      {children}
    </section>
  );
}

export function Card({ title, children }: PropsWithChildren<{ title?: string }>) {
  return (
    <div className={css.card}>
      {title && <h2>{title}</h2>}
      {children}
    </div>
  );
}
