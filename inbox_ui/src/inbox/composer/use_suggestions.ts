import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useMemo, useState } from "react";
import { agentsQuery, cannedQuery, contactQuery } from "@/api/queries";
import type { Conversation } from "@/api/types";
import { useMe } from "@/shell/session";
import { fill, type Trigger } from "./rules";

export interface Suggestion {
  id: string;
  title: string;
  text: string;
  /** What takes the place of what was typed. */
  insert: string;
}

const MOST = 8;

/** What "/" and "@" offer at the caret, and the keys that walk through it. */
export function useSuggestions(trigger: Trigger | undefined, conversation: Conversation) {
  const isCanned = trigger?.sign === "/";
  const canned = useQuery(cannedQuery).data;
  const agents = useQuery(agentsQuery).data;
  const values = useVariables(conversation, isCanned);
  const [active, setActive] = useState(0);
  const query = trigger?.query.toLocaleLowerCase() ?? "";
  const items = useMemo<Suggestion[]>(() => {
    if (!trigger) return [];
    if (!isCanned) {
      return (agents ?? [])
        .filter(({ is_active, name }) => is_active && name.toLocaleLowerCase().includes(query))
        .slice(0, MOST)
        .map(({ id, name, email }) => ({ id, title: name, text: email, insert: `@${name} ` }));
    }
    return (canned ?? [])
      .filter(({ shortcut, text }) => `${shortcut} ${text}`.toLocaleLowerCase().includes(query))
      .slice(0, MOST)
      .map(({ id, shortcut, text }) => ({
        id,
        title: `/${shortcut}`,
        text,
        insert: fill(text, values),
      }));
  }, [trigger, isCanned, agents, canned, query, values]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new word starts at the top again.
  useEffect(() => setActive(0), [query, trigger?.sign]);

  const onKey = (event: KeyboardEvent, insert: (text: string) => void, close: () => void) => {
    const chosen = items[active];
    if (!chosen) return false;
    if (event.key === "ArrowDown") setActive((active + 1) % items.length);
    else if (event.key === "ArrowUp") setActive((active + items.length - 1) % items.length);
    else if (event.key === "Enter" || event.key === "Tab") insert(chosen.insert);
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { items, active, onKey };
}

/** What `{{ contact.name }}` and the like stand for here. */
export function useVariables(
  conversation: Conversation,
  isWanted: boolean,
): Record<string, string> {
  const me = useMe();
  const contact = useQuery({ ...contactQuery(conversation.contact.id), enabled: isWanted }).data;
  return useMemo(
    () => ({
      "contact.name": conversation.contact.name,
      "contact.first_name": conversation.contact.name.split(" ")[0] ?? "",
      "contact.email":
        contact?.identities.find(({ value }) => value.includes("@"))?.value ??
        contact?.claimed_email ??
        "",
      "contact.company": contact?.company ?? "",
      "agent.name": me.name,
      "agent.first_name": me.name.split(" ")[0] ?? "",
      "agent.email": me.email,
      "workspace.name": me.workspace.name,
      "conversation.subject": conversation.subject,
    }),
    [conversation, contact, me],
  );
}
