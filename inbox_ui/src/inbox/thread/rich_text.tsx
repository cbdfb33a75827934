import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { agentsQuery } from "@/api/queries";
import css from "./message.module.css";

const LINK = /\bhttps?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

/** Plain text with its links made clickable; never HTML. */
export function RichText({ text, mentions = [] }: { text: string; mentions?: readonly string[] }) {
  const agents = useQuery({ ...agentsQuery, enabled: mentions.length > 0 }).data ?? [];
  const names = agents.filter(({ id }) => mentions.includes(id)).map(({ name }) => `@${name}`);
  return <p className={css.text}>{linked(text, names)}</p>;
}

function linked(text: string, names: readonly string[]): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push(...mentioned(text.slice(end, match.index), names, end));
    parts.push(
      <a key={match.index} href={match[0]} target="_blank" rel="noreferrer noopener nofollow">
        {match[0]}
      </a>,
    );
    end = match.index + match[0].length;
  }
  return [...parts, ...mentioned(text.slice(end), names, end)];
}

function mentioned(text: string, names: readonly string[], offset: number): ReactNode[] {
  const name = names.find((one) => text.includes(one));
  if (!name) return [text];
  const at = text.indexOf(name);
  return [
    text.slice(0, at),
    <span key={`@${offset + at}`} className={css.mention}>
      {name}
    </span>,
    ...mentioned(text.slice(at + name.length), names, offset + at + name.length),
  ];
}
