/** The list of messages. Nodes are kept by key, so that a screen reader hears each new message once. */

import type { Pending } from "../outbox";
import type { MessageView } from "../types";
import { h } from "./dom";
import { type Around, messageNode, pendingNode, quickNode } from "./message";

export interface LogState {
  messages: MessageView[];
  pending: Pending[];
  isSent(client_id: string): boolean;
  isOnline: boolean;
  greeting: string;
  quickReplies: string[];
}

interface Entry {
  key: string;
  /** Equal signs look equal. */
  sign: string;
  make(): HTMLElement;
}

const NEAR_PX = 80;

export class Log {
  readonly element: HTMLElement;
  private readonly shown = new Map<string, { sign: string; node: HTMLElement }>();

  constructor(
    label: string,
    private readonly around: Around,
  ) {
    this.element = h("div", {
      class: "log",
      role: "log",
      tabIndex: 0,
      "aria-label": label,
      "aria-live": "polite",
      "aria-relevant": "additions",
    });
  }

  render(state: LogState): void {
    const { element } = this;
    const entries = this.entries(state);
    const keys = new Set(entries.map((entry) => entry.key));
    for (const [key, { node }] of this.shown) {
      if (keys.has(key)) continue;
      node.remove();
      this.shown.delete(key);
    }
    entries.forEach((entry, n) => {
      const node = this.nodeFor(entry);
      if (element.children[n] !== node) element.insertBefore(node, element.children[n] ?? null);
    });
  }

  isNearEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < NEAR_PX;
  }

  toEnd(): void {
    this.element.scrollTop = this.element.scrollHeight;
  }

  private nodeFor(entry: Entry): HTMLElement {
    const known = this.shown.get(entry.key);
    if (known?.sign === entry.sign) return known.node;
    const node = entry.make();
    const picture = node.querySelector("img");
    picture?.addEventListener("load", () => this.toEnd(), { once: true });
    known?.node.replaceWith(node);
    this.shown.set(entry.key, { sign: entry.sign, node });
    return node;
  }

  private entries(state: LogState): Entry[] {
    const { messages, pending } = state;
    const isEmpty = !messages.length && !pending.length;
    const last = messages.at(-1);
    return [
      {
        key: "greeting",
        sign: state.greeting + isEmpty + state.quickReplies,
        make: () => this.greetingNode(state, isEmpty),
      },
      ...messages.map((message) => {
        const canReply = message === last && !pending.length;
        return {
          key: message.client_id || `${message.conversation} ${message.seq}`,
          sign: JSON.stringify([message, canReply], withoutLinks),
          make: () => messageNode(message, this.around, canReply),
        };
      }),
      ...pending.map((item) => {
        const how = state.isSent(item.client_id) ? "sent" : state.isOnline ? "sending" : "waiting";
        return {
          key: item.client_id,
          sign: how + !!item.failed,
          make: () => pendingNode(item, how, this.around),
        };
      }),
    ];
  }

  private greetingNode(state: LogState, isEmpty: boolean): HTMLElement {
    const replies = state.quickReplies.map((text) => ({ text }));
    return h(
      "div",
      { class: "m" },
      h("div", { class: "b" }, state.greeting),
      isEmpty && replies.length > 0 && quickNode(replies, this.around),
    );
  }
}

/** Links are signed anew at every fetch; that alone changes nothing on the screen. */
function withoutLinks(key: string, value: unknown): unknown {
  return key === "url" || key === "rev" ? undefined : value;
}
