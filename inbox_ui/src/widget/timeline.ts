/** The messages a visitor sees, in the hub's order. The higher `rev` of one (conversation, seq) wins. */

import type { MessageView } from "./types";

/** Repeated at every reconnect, so that changes of known messages are seen too. */
const OVERLAP = 200;

export class Timeline {
  conversation: string | null = null;
  /** The history is known to be complete up to here; only catch-up moves it, live messages do not. */
  private complete = 0;
  private isFresh = false;
  private readonly byKey = new Map<string, MessageView>();
  private readonly conversations: string[] = [];
  /** When the signed links of a message were made, by its key. */
  private readonly fetchedAt = new WeakMap<MessageView, number>();

  merge(messages: MessageView[], now = Date.now()): MessageView[] {
    const news: MessageView[] = [];
    for (const message of messages) {
      const key = `${message.conversation} ${message.seq}`;
      const known = this.byKey.get(key);
      if (known && (known.rev ?? 0) > (message.rev ?? 0)) continue;
      if (!known) news.push(message);
      if (!this.conversations.includes(message.conversation)) {
        this.conversations.push(message.conversation);
      }
      this.byKey.set(key, message);
      this.fetchedAt.set(message, now);
    }
    return news;
  }

  /** A fresh load: complete up to its last message. */
  load(conversation: string | null, messages: MessageView[]): void {
    this.merge(messages);
    this.completeUpTo(conversation, messages.at(-1)?.seq ?? 0);
    this.isFresh = true;
  }

  completeUpTo(conversation: string | null, seq: number): void {
    this.conversation = conversation;
    this.complete = seq;
  }

  /** Where to go on. After a fresh load only what is unread comes again, so that its arrival is confirmed. */
  position(readUpTo = this.complete): { conversation: string; after: number } {
    const after = this.isFresh
      ? Math.min(this.complete, readUpTo)
      : Math.max(0, this.complete - OVERLAP);
    this.isFresh = false;
    return { conversation: this.conversation ?? "", after };
  }

  messages(): MessageView[] {
    const place = (message: MessageView) => this.conversations.indexOf(message.conversation);
    return [...this.byKey.values()].sort((a, b) => place(a) - place(b) || a.seq - b.seq);
  }

  find(conversation: string, seq: number): MessageView | undefined {
    return this.byKey.get(`${conversation} ${seq}`);
  }

  ageOf(message: MessageView): number {
    return Date.now() - (this.fetchedAt.get(message) ?? 0);
  }

  has(client_id: string): boolean {
    return [...this.byKey.values()].some((message) => message.client_id === client_id);
  }

  /** The last answer in the current conversation, 0 when there is none. */
  lastAnswer(): number {
    return Math.max(0, ...this.answers().map((message) => message.seq));
  }

  unread(readUpTo: number): number {
    return this.answers().filter((message) => message.seq > readUpTo).length;
  }

  private answers(): MessageView[] {
    return [...this.byKey.values()].filter(
      (message) => message.direction === "out" && message.conversation === this.conversation,
    );
  }
}
