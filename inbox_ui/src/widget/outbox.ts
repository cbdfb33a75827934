/**
 * What the visitor wrote and the hub has not confirmed. Each message is one entry in the website's storage, so
 * that it survives reload, sleep and network loss, and so that two tabs never overwrite each other. Entries are sent
 * one after the other under their client id, which the hub stores once whatever is repeated.
 */

import { ApiError } from "./api";
import { retryDelay } from "./backoff";
import type { Box } from "./storage";
import type { Details, Upload } from "./types";

export interface Pending extends Details {
  client_id: string;
  /** Whose it is; "" before the first session. Nobody else's entries are shown or sent. */
  reader: string;
  at: number;
  text: string;
  files: Upload[];
  quick_reply?: string;
  /** The hub refused it for good; a person may try again. */
  failed?: boolean;
}

export interface OutboxOptions {
  box: Box;
  post(item: Pending): Promise<unknown>;
  onChange(): void;
  /** The hub does not know our token. Resolves when there is a new session. */
  onUnknownToken(): Promise<void>;
  /** One tab at a time, where the browser can. */
  exclusively?(work: () => Promise<void>): Promise<void>;
  wait?(ms: number): Promise<void>;
}

const KEY = "q.";

export class Outbox {
  reader = "";
  /** Confirmed by the hub and not yet seen on the timeline. */
  readonly sent = new Map<string, Pending>();
  isSending = false;
  private attempt = 0;
  private wake: () => void = () => {};
  private count = 0;

  constructor(private readonly options: OutboxOptions) {}

  add(draft: Pick<Pending, "text" | "files"> & Partial<Pending>): Pending {
    const at = Date.now();
    const client_id = randomId();
    const item: Pending = { ...draft, client_id, at, reader: this.reader };
    const order =
      at.toString(36).padStart(9, "0") + (this.count++ % 1296).toString(36).padStart(2, "0");
    this.options.box.set(`${KEY}${order}.${client_id}`, JSON.stringify(item));
    this.options.onChange();
    this.kick();
    return item;
  }

  items(): Pending[] {
    return this.entries().map(([, item]) => item);
  }

  /** Another tab has sent an entry: it is on its way to the timeline. */
  removedElsewhere(json: string | null): void {
    const item = read(json);
    if (item?.reader === this.reader && !item.failed) this.sent.set(item.client_id, item);
  }

  /** Take over what was written before there was a session, or under a token that is lost. */
  adopt(from: string): void {
    for (const [key, item] of this.all()) {
      if (item.reader === from) this.save(key, { ...item, reader: this.reader });
    }
  }

  retry(client_id: string): void {
    for (const [key, item] of this.entries()) {
      if (item.client_id !== client_id) continue;
      const { failed: _, ...again } = item;
      this.save(key, again);
    }
    this.options.onChange();
    this.kick();
  }

  drop(client_id: string): void {
    for (const [key, item] of this.entries()) {
      if (item.client_id === client_id) this.options.box.remove(key);
    }
    this.options.onChange();
  }

  clear(): void {
    for (const [key] of this.entries()) this.options.box.remove(key);
    this.sent.clear();
    this.options.onChange();
  }

  /** Send now what waits; a wait between attempts is cut short. */
  kick(): void {
    this.wake();
    if (!this.isSending && this.reader) void this.run();
  }

  private async run(): Promise<void> {
    this.isSending = true;
    const exclusively = this.options.exclusively ?? ((work) => work());
    try {
      while (this.next()) {
        let pause = 0;
        await exclusively(async () => {
          pause = await this.sendNext();
        });
        this.options.onChange();
        if (pause) await this.pause(pause);
      }
    } finally {
      this.isSending = false;
      this.options.onChange();
    }
  }

  /** One attempt; how long to wait before the next, in ms. */
  private async sendNext(): Promise<number> {
    // Read again: another tab may have sent it while this one waited for its turn.
    const next = this.next();
    if (!next) return 0;
    const [key, item] = next;
    try {
      await this.options.post(item);
    } catch (error) {
      return this.failed(key, item, error);
    }
    this.attempt = 0;
    this.sent.set(item.client_id, item);
    this.options.box.remove(key);
    return 0;
  }

  private async failed(key: string, item: Pending, error: unknown): Promise<number> {
    const { status, retryAfterMs } = error instanceof ApiError ? error : new ApiError(0);
    if (status === 401) {
      await this.options.onUnknownToken().catch(() => {});
      return retryDelay(this.attempt++) + 1;
    }
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
      this.save(key, { ...item, failed: true });
      return 0;
    }
    return Math.max(retryDelay(this.attempt++) + 1, retryAfterMs);
  }

  private pause(ms: number): Promise<void> {
    const wait = this.options.wait ?? ((time) => new Promise((done) => setTimeout(done, time)));
    return Promise.race([
      wait(ms),
      new Promise<void>((done) => {
        this.wake = done;
      }),
    ]);
  }

  private next(): [string, Pending] | undefined {
    return this.entries().find(([, item]) => !item.failed);
  }

  private entries(): [string, Pending][] {
    return this.all().filter(([, item]) => item.reader === this.reader);
  }

  private all(): [string, Pending][] {
    return this.options.box.keys(KEY).flatMap((key) => {
      const item = read(this.options.box.get(key));
      return item ? [[key, item] as [string, Pending]] : [];
    });
  }

  private save(key: string, item: Pending): void {
    this.options.box.set(key, JSON.stringify(item));
  }
}

function read(json: string | null): Pending | null {
  try {
    const item = JSON.parse(json ?? "null");
    return item && typeof item.client_id === "string" ? item : null;
  } catch {
    return null;
  }
}

/** 128 random bits; works on plain http too, where crypto.randomUUID is missing. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
