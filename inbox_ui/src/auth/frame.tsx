import type { PropsWithChildren } from "react";
import css from "./auth.module.css";

/** The quiet page around sign-in and one-time links. */
export function AuthFrame({
  title,
  text,
  children,
}: PropsWithChildren<{ title: string; text?: string }>) {
  return (
    <main className={css.page}>
      <div className={css.card}>
        <p className={css.brand}>Santral</p>
        <h1>{title}</h1>
        {text && <p>{text}</p>}
        {children}
      </div>
    </main>
  );
}
