/** The chat behind the window: session, timeline, outbox and socket as one state. Knows nothing of the page. */

import { Api, ApiError } from "./api";
import { retryDelay } from "./backoff";
import { Connection } from "./connection";
import { Outbox, type Pending, randomId } from "./outbox";
import { type Box, openBox } from "./storage";
import { Timeline } from "./timeline";
import type { Config, Frame, History, Identity, MessageView, Session, Upload } from "./types";

const LOOK: Config = {
  title: "",
  greeting: "",
  quick_replies: [],
  language: "",
  theme: "auto",
  accent: "#2563eb",
  position: "right",
  upload_max_bytes: 0,
  ask_email: false,
  offline_form: false,
  is_open: true,
};
const TYPING_EVERY_MS = 3_000;
const TYPING_SHOWN_MS = 6_000;
const CONFIRM_MS = 150;
const TOKEN = "token";

export interface ChatOptions {
  /** The inbox's endpoints, ends with a slash. */
  base: string;
  inbox: string;
  language: string;
  identity: Identity | null;
  onChange(): void;
  /** Answers that arrived now. */
  onNews(messages: MessageView[]): void;
}

export class Chat {
  config = LOOK;
  timeline = new Timeline();
  isOpen = false;
  isTyping = false;
  /** An e-mail address is known: by proof, or typed here. */
  hasEmail = false;
  /** Place in the line and about how many seconds are left; 0: does not wait, is not known. */
  place = 0;
  waitS = 0;
  readonly api: Api;
  readonly outbox: Outbox;
  readonly box: Box;
  private readonly connection: Connection;
  private identity: Identity | null;
  private starting: Promise<void> | null = null;
  private typingTimer = 0;
  private typedAt = 0;
  private confirmTimer = 0;
  private arrived: MessageView[] = [];
  private generation = 0;

  constructor(private readonly options: ChatOptions) {
    this.identity = options.identity;
    this.box = openBox(`santral.${options.inbox}.`);
    this.api = new Api(options.base);
    const locks = navigator.locks;
    this.outbox = new Outbox({
      box: this.box,
      post: (item) => this.post(item),
      onChange: () => options.onChange(),
      onUnknownToken: () => this.renew(),
      ...(locks && {
        exclusively: (work) => locks.request(`santral.${options.inbox}`, work),
      }),
    });
    this.connection = new Connection({
      url: `${options.base.replace(/^http/, "ws")}socket`,
      hello: () => ({
        token: this.api.token,
        is_visible: !document.hidden,
        ...this.timeline.position(this.readUpTo()),
      }),
      onFrame: (frame) => this.took(frame),
      onState: (state) => {
        if (state === "online") this.outbox.kick();
        options.onChange();
      },
      onRefused: () => void this.renew(),
      onFailed: (attempt) => {
        // No socket, but perhaps http: a proxy that knows no WebSocket still lets people talk.
        if (attempt > 1) void this.refresh().catch(() => {});
      },
    });
    addEventListener("online", () => this.outbox.kick());
    addEventListener("storage", (event) => this.changedElsewhere(event));
    document.addEventListener("visibilitychange", () => {
      this.connection.send({ type: "visible", is_visible: !document.hidden });
      this.markRead();
    });
  }

  /** This browser has had a session here before. */
  get isKnown(): boolean {
    return !!this.box.get(TOKEN);
  }

  get isReconnecting(): boolean {
    return this.connection.state === "connecting" || (this.isOpen && !this.api.token);
  }

  /** Ask until there is a session. */
  start(): Promise<void> {
    this.starting ??= this.ask().finally(() => {
      this.starting = null;
    });
    return this.starting;
  }

  private async ask(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const generation = this.generation;
      try {
        const session = await this.api.call<Session>("session", {
          token: this.api.token || this.box.get(TOKEN) || "",
          language: this.options.language,
          page: location.origin + location.pathname,
          ...(this.identity && { identity: this.identity }),
        });
        if (generation !== this.generation) continue;
        this.began(session);
        return;
      } catch (error) {
        // A website that is not on the list will not be on it a second later.
        if (error instanceof ApiError && error.status === 403) throw error;
        await new Promise((done) => setTimeout(done, retryDelay(attempt + 1)));
      }
    }
  }

  private began(session: Session): void {
    this.api.token = session.token;
    this.config = session.config;
    this.hasEmail = session.has_email || !!this.box.get("email");
    if (this.outbox.reader !== session.reader) {
      this.outbox.reader = session.reader;
      this.outbox.adopt("");
      this.timeline = new Timeline();
    }
    this.timeline.load(session.conversation, session.messages);
    if (session.identity === "verified") this.box.remove(TOKEN);
    else if (this.isOpen || this.box.get(TOKEN)) this.box.set(TOKEN, session.token);
    if (this.isOpen || session.conversation) this.connection.open();
    this.markRead();
    this.outbox.kick();
    this.options.onChange();
  }

  /** Our token is worth nothing any more: take what is unsent along to a new one. */
  private async renew(): Promise<void> {
    const before = this.outbox.reader;
    this.forgetToken();
    await this.start();
    this.outbox.adopt(before);
    this.outbox.kick();
  }

  /** The website tells who is signed in; a false proof leaves an anonymous visitor. */
  async identify(identity: Identity): Promise<void> {
    this.identity = identity;
    this.forgetToken();
    await this.start();
  }

  /** The next person at this computer sees nothing of this one. */
  async logout(): Promise<void> {
    this.identity = null;
    this.outbox.clear();
    for (const key of this.box.keys("")) if (key !== "sound") this.box.remove(key);
    this.hasEmail = false;
    this.forgetToken();
    this.timeline = new Timeline();
    this.options.onChange();
    await this.start();
  }

  private forgetToken(): void {
    this.generation += 1;
    this.connection.close();
    this.api.token = "";
    this.box.remove(TOKEN);
  }

  setOpen(isOpen: boolean): void {
    this.isOpen = isOpen;
    if (isOpen && this.api.token) {
      if (!this.identity) this.box.set(TOKEN, this.api.token);
      this.connection.open();
    }
    this.markRead();
    this.options.onChange();
  }

  write(text: string, files: Upload[] = [], quick_reply = ""): void {
    this.setTyping(false);
    const email = this.box.get("email");
    this.outbox.add({
      text,
      files,
      ...(quick_reply && { quick_reply }),
      ...(email && { email }),
    });
    if (this.api.token) this.connection.open();
  }

  private async post(item: Pending): Promise<void> {
    await this.api.call("messages", {
      client_id: item.client_id,
      text: item.text,
      file_ids: item.files.map((file) => file.id),
      quick_reply: item.quick_reply ?? "",
      email: item.email ?? "",
      language: this.config.language,
    });
    if (this.connection.state !== "online")
      setTimeout(() => void this.refresh().catch(() => {}), 500);
  }

  /** A typed address: somewhere to write to. Later messages carry it too, should this call be lost. */
  leaveEmail(email: string): void {
    this.box.set("email", email);
    this.hasEmail = true;
    this.options.onChange();
    if (!this.timeline.conversation) return;
    const details = { client_id: randomId(), language: this.config.language, email };
    void this.api.call("details", details).catch(() => {});
  }

  /** What the history has now, with fresh links to files. */
  async refresh(): Promise<void> {
    const { conversation, after } = this.timeline.position();
    const query = new URLSearchParams({
      after: String(after),
      ...(conversation && { conversation }),
    });
    const history = await this.api.call<History>(`messages?${query}`);
    this.merge(history.messages);
    const known = history.conversation === conversation ? after : 0;
    this.timeline.completeUpTo(history.conversation, history.messages.at(-1)?.seq ?? known);
    this.options.onChange();
  }

  setTyping(isTyping: boolean): void {
    const now = Date.now();
    if (isTyping ? now - this.typedAt < TYPING_EVERY_MS : !this.typedAt) return;
    this.typedAt = isTyping ? now : 0;
    this.connection.send({ type: "typing", is_typing: isTyping });
  }

  unread(): number {
    return this.timeline.unread(this.readUpTo());
  }

  /** The entries after the timeline: confirmed ones that are not on it yet, then what waits. */
  pending(): Pending[] {
    for (const id of this.outbox.sent.keys())
      if (this.timeline.has(id)) this.outbox.sent.delete(id);
    const isNew = (item: Pending) => !this.timeline.has(item.client_id);
    return [...this.outbox.sent.values(), ...this.outbox.items()].filter(isNew);
  }

  private took(frame: Frame): void {
    if (frame.type === "messages") {
      this.merge(frame.messages);
    } else if (frame.type === "ready") {
      this.timeline.completeUpTo(frame.conversation, frame.seq);
      this.confirmSoon();
    } else if (frame.type === "typing") {
      this.showTyping(frame.is_typing);
    } else if (frame.type === "line") {
      this.place = frame.place;
      this.waitS = frame.wait_s ?? 0;
    }
    this.options.onChange();
  }

  private merge(messages: MessageView[]): void {
    const current = messages.at(-1)?.conversation;
    const isFirst = !this.timeline.conversation;
    const isAnswer = (message: MessageView) => message.direction === "out";
    const news = this.timeline.merge(messages).filter(isAnswer);
    if (current && (isFirst || news.length)) this.timeline.conversation = current;
    this.arrived.push(...messages.filter(isAnswer));
    this.confirmSoon();
    if (!news.length) return;
    this.showTyping(false);
    if (this.connection.state === "online") this.options.onNews(news);
  }

  /** Tell the hub what arrived and what was read: few frames, however many messages. */
  private confirmSoon(): void {
    this.confirmTimer ||= window.setTimeout(() => this.confirm(), CONFIRM_MS);
  }

  private confirm(): void {
    this.confirmTimer = 0;
    const { conversation } = this.timeline;
    const seqs = this.arrived
      .filter((one) => one.conversation === conversation)
      .map((one) => one.seq);
    if (
      !conversation ||
      !this.connection.send({ type: "seen", conversation, seqs: seqs.slice(-500) })
    )
      return;
    this.arrived = [];
    this.markRead();
  }

  private showTyping(isTyping: boolean): void {
    clearTimeout(this.typingTimer);
    this.isTyping = isTyping;
    if (isTyping) {
      this.typingTimer = window.setTimeout(() => {
        this.isTyping = false;
        this.options.onChange();
      }, TYPING_SHOWN_MS);
    }
  }

  private markRead(): void {
    const conversation = this.timeline.conversation;
    const seq = this.timeline.lastAnswer();
    if (!conversation || !this.isOpen || document.hidden || seq <= this.readUpTo()) return;
    if (this.connection.send({ type: "read", conversation, seq })) {
      this.box.set(`r.${conversation}`, String(seq));
    }
  }

  private readUpTo(): number {
    return Number(this.box.get(`r.${this.timeline.conversation}`) ?? 0);
  }

  private changedElsewhere(event: StorageEvent): void {
    const prefix = `santral.${this.options.inbox}.`;
    if (!event.key?.startsWith(prefix)) return;
    const key = event.key.slice(prefix.length);
    if (key.startsWith("q.") && !event.newValue) this.outbox.removedElsewhere(event.oldValue);
    if (key === TOKEN && event.newValue !== this.api.token && !this.identity) {
      this.otherToken(event.newValue);
    }
    this.outbox.kick();
    this.options.onChange();
  }

  /** Another tab began or ended a session: follow it. */
  private otherToken(token: string | null): void {
    this.generation += 1;
    this.connection.close();
    this.api.token = token ?? "";
    this.outbox.sent.clear();
    this.timeline = new Timeline();
    void this.start().catch(() => {});
  }
}
