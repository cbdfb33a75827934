import type {
  Contact,
  Conversation,
  Desk,
  Inbox,
  LiveEvent,
  Message,
  QueueNow,
  Task,
} from "@/api/types";
import { newest } from "./newest";

/** What arrived since the last frame, so that a hundred events cost one pass over the caches. */
export interface Batch {
  conversations: Map<string, Conversation>;
  removed: Set<string>;
  messages: Message[];
  typing: Map<string, boolean>;
  colleagues: Extract<LiveEvent, { type: "colleague" }>[];
  contacts: Map<string, Contact>;
  inboxes: Map<string, Inbox>;
  settings: Set<string>;
  reads: Map<string, number>;
  drafts: Map<string, boolean>;
  presence: Map<string, boolean>;
  desks: Map<string, Desk>;
  queues: Map<string, QueueNow>;
  /** Of which the reader is to be reminded now. */
  dueTasks: Task[];
}

export const emptyBatch = (): Batch => ({
  conversations: new Map(),
  removed: new Set(),
  messages: [],
  typing: new Map(),
  colleagues: [],
  contacts: new Map(),
  inboxes: new Map(),
  settings: new Set(),
  reads: new Map(),
  drafts: new Map(),
  presence: new Map(),
  desks: new Map(),
  queues: new Map(),
  dueTasks: [],
});

/** The one place that knows every kind of live event. */
export function dispatch(event: LiveEvent, batch: Batch): void {
  switch (event.type) {
    case "conversation":
      addConversation(event.conversation, batch);
      return;
    case "conversation_removed":
      batch.conversations.delete(event.conversation_id);
      batch.removed.add(event.conversation_id);
      return;
    case "message":
      batch.messages.push(event.message);
      return;
    case "typing":
      batch.typing.set(event.conversation_id, event.is_typing);
      return;
    case "colleague":
      batch.colleagues.push(event);
      return;
    case "contact":
      batch.contacts.set(event.contact.id, event.contact);
      return;
    case "inbox":
      batch.inboxes.set(event.inbox.id, event.inbox);
      return;
    case "settings":
      batch.settings.add(event.what);
      return;
    case "read":
      batch.reads.set(event.conversation_id, event.seq);
      return;
    case "draft":
      batch.drafts.set(event.conversation_id, event.has_draft);
      return;
    case "presence":
      batch.presence.set(event.agent_id, event.is_online);
      return;
    case "desk":
      batch.desks.set(event.desk.agent_id, event.desk);
      return;
    case "queue":
      batch.queues.set(event.now.queue_id, event.now);
      return;
    case "task":
      batch.settings.add("tasks");
      if (event.is_due) batch.dueTasks.push(event.task);
      return;
    default:
      assertNever(event);
  }
}

function addConversation(next: Conversation, batch: Batch): void {
  const known = batch.conversations.get(next.id);
  batch.conversations.set(next.id, known ? newest(known, next) : next);
  batch.removed.delete(next.id);
}

/** Fails to compile when a kind is forgotten; at run time a newer hub's kind is passed over. */
function assertNever(_event: never): void {}
