import type { ListFilter } from "@/api/keys";
import type { Conversation, ConversationPage } from "@/api/types";
import { isUnread, newest } from "./newest";

/** What an infinite query keeps of a conversation list. */
export interface ListData {
  pages: ConversationPage[];
  pageParams: unknown[];
}

/** Does it belong in this list? `undefined`: only the hub knows (mentions), so leave it where it is. */
export function belongs(
  conversation: Conversation,
  filter: ListFilter,
  myId: string,
): boolean | undefined {
  const inView = isInView(conversation, filter.view, myId);
  if (inView === false) return false;
  const isWanted =
    (!filter.inbox_id || conversation.inbox_id === filter.inbox_id) &&
    (!filter.queue_id || conversation.routing?.queue_id === filter.queue_id) &&
    (!filter.label || conversation.labels.includes(filter.label)) &&
    (!filter.channel || conversation.channels.includes(filter.channel)) &&
    (!filter.assignee_id || conversation.assignee_id === filter.assignee_id) &&
    (filter.priority === undefined || conversation.priority === filter.priority) &&
    (!filter.unread || isUnread(conversation));
  return isWanted ? inView : false;
}

function isInView(c: Conversation, view: ListFilter["view"], myId: string): boolean | undefined {
  switch (view) {
    case "mine":
      return c.state === "open" && !c.is_spam && c.assignee_id === myId;
    case "unassigned":
      return c.state === "open" && !c.is_spam && c.assignee_id === "";
    case "all":
      return c.state === "open" && !c.is_spam;
    case "snoozed":
      return c.state === "snoozed" && !c.is_spam;
    case "closed":
      return c.state === "closed" && !c.is_spam;
    case "spam":
      return c.is_spam;
    case "mentions":
      return undefined;
  }
}

/** Puts changed conversations into the loaded part of a list: newest first, no doubles, older revs ignored. */
export function patchList(
  data: ListData,
  changed: ReadonlyMap<string, Conversation>,
  filter: ListFilter,
  myId: string,
  keep?: string,
): ListData {
  const before = data.pages.flatMap((page) => page.items);
  const known = new Map(before.map((item) => [item.id, item]));
  const rest = before.filter((item) => !changed.has(item.id));
  const moved: Conversation[] = [];
  for (const next of changed.values()) {
    const old = known.get(next.id);
    const item = old ? newest(old, next) : next;
    const wanted = belongs(item, filter, myId);
    // The conversation being read stays where it is, so that it doesn't vanish under the reader's hands.
    if (wanted === true || (old && (wanted === undefined || item.id === keep))) moved.push(item);
  }
  if (moved.length === 0 && rest.length === before.length) return data;
  const items = [...rest, ...moved].sort(byActivity);
  const isComplete = data.pages.at(-1)?.next == null;
  const oldest = before.at(-1);
  const shown =
    isComplete || !oldest
      ? items
      : items.filter((item) => known.has(item.id) || byActivity(item, oldest) < 0);
  return { ...data, pages: spread(shown, data.pages) };
}

export function dropFromList(data: ListData, ids: ReadonlySet<string>): ListData {
  if (!data.pages.some((page) => page.items.some((item) => ids.has(item.id)))) return data;
  const pages = data.pages.map((page) => ({
    ...page,
    items: page.items.filter((item) => !ids.has(item.id)),
  }));
  return { ...data, pages };
}

export const byActivity = (a: Conversation, b: Conversation): number =>
  b.last_at - a.last_at || (a.id < b.id ? 1 : -1);

/** Back into pages of the lengths they had; the last one takes what is over. */
function spread(items: Conversation[], pages: ConversationPage[]): ConversationPage[] {
  let start = 0;
  return pages.map((page, index) => {
    const end = index === pages.length - 1 ? items.length : start + page.items.length;
    const part = { ...page, items: items.slice(start, end) };
    start = end;
    return part;
  });
}
