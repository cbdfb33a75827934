import type { View } from "./types";

/** What a conversation list shows; also the search part of its address. */
export interface ListFilter {
  view: View;
  inbox_id?: string;
  queue_id?: string;
  label?: string;
  channel?: string;
  assignee_id?: string;
  priority?: 0 | 1 | 2 | 3 | 4;
  unread?: boolean;
}

export interface SearchFilter {
  text: string;
  kind?: "message" | "note";
  inbox_id?: string;
  channel?: string;
  state?: "open" | "snoozed" | "closed";
  since?: number;
  until?: number;
}

/** Every query key of the app. */
export const keys = {
  me: ["me"] as const,
  sessions: ["me", "sessions"] as const,
  lists: ["conversations"] as const,
  list: (filter: ListFilter) => ["conversations", filter] as const,
  counts: ["counts"] as const,
  details: ["conversation"] as const,
  detail: (id: string) => ["conversation", id] as const,
  allWays: ["ways"] as const,
  ways: (id: string) => ["ways", id] as const,
  contacts: (text: string) => ["contacts", text] as const,
  contactLists: ["contacts"] as const,
  contact: (id: string) => ["contact", id] as const,
  contactConversations: (id: string) => ["contact", id, "conversations"] as const,
  suggestions: (id: string) => ["contact", id, "suggestions"] as const,
  merges: (id: string) => ["contact", id, "merges"] as const,
  search: (filter: SearchFilter) => ["search", filter] as const,
  agents: ["agents"] as const,
  labels: ["labels"] as const,
  canned: ["canned"] as const,
  channels: ["channels"] as const,
  inboxes: ["inboxes"] as const,
  inbox: (id: string) => ["inboxes", id] as const,
  templates: (inboxId: string) => ["templates", inboxId] as const,
  suppressions: ["suppressions"] as const,
  suppressionList: (search: string) => ["suppressions", search] as const,
  workspace: ["workspace"] as const,
  queues: ["queues"] as const,
  teams: ["teams"] as const,
  skills: ["skills"] as const,
  agentSkills: ["agents", "skills"] as const,
  schedules: ["schedules"] as const,
  reasons: ["presence_reasons"] as const,
  desks: ["desks"] as const,
  myQueues: ["my-queues"] as const,
  offers: ["offers"] as const,
  wallboard: ["wallboard"] as const,
  line: (queueId: string) => ["line", queueId] as const,
  lines: ["line"] as const,
  tasks: ["tasks"] as const,
  myTasks: (state: string) => ["tasks", "mine", state] as const,
  conversationTasks: (id: string) => ["tasks", "conversation", id] as const,
  macros: ["macros"] as const,
  savedViews: ["views"] as const,
  away: (since: number) => ["away", since] as const,
  apiKeys: ["api-keys"] as const,
  audit: ["audit"] as const,
};
