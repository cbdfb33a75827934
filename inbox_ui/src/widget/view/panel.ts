/** The window: launcher, header, log, composer; focus, keys, unread badge. Draws what `Chat` holds. */

import type { Chat } from "../chat";
import { type Say, speaker } from "../texts";
import type { MessageView, QuickReply } from "../types";
import { colorOr, inkOn } from "./color";
import { Composer } from "./composer";
import { h, ICONS, icon, setText } from "./dom";
import { EmailForm } from "./email";
import { Log } from "./log";
import { CSS } from "./styles";

export interface PanelOptions {
  chat: Chat;
  language: string;
  /** auto | light | dark; "" leaves it to the inbox. */
  theme: string;
}

const LINK_GOOD_FOR_MS = 3 * 60_000;

export class Panel {
  readonly host = h("div", { id: "santral-chat" });
  private readonly say: Say;
  private readonly root = h("div", { class: "r" });
  private readonly launch: HTMLButtonElement;
  private readonly badge = h("span", { class: "badge", hidden: true });
  private readonly panel: HTMLElement;
  private readonly title = h("h2", { id: "title" });
  private readonly status = h("p", { role: "status" });
  private readonly typing: HTMLElement;
  private readonly over: HTMLElement;
  private readonly sound: HTMLButtonElement;
  private readonly log: Log;
  private readonly email: EmailForm;
  private readonly composer: Composer;
  private readonly dark = matchMedia("(prefers-color-scheme: dark)");

  constructor(private readonly options: PanelOptions) {
    const { chat, language } = options;
    const say = speaker(language);
    this.say = say;
    this.launch = h("button", {
      type: "button",
      "aria-haspopup": "dialog",
      onclick: () => chat.setOpen(!chat.isOpen),
    });
    this.log = new Log(say("messages"), {
      say,
      language,
      absolute: (path) => new URL(path, chat.api.base).href,
      freshLink: (message, n) => this.freshLink(message, n),
      onQuickReply: (reply) => this.reply(reply),
      onRetry: (id) => chat.outbox.retry(id),
      onDiscard: (id) => chat.outbox.drop(id),
    });
    this.email = new EmailForm(say, (email) => chat.leaveEmail(email));
    this.composer = new Composer({
      api: chat.api,
      box: chat.box,
      say,
      maxBytes: () => chat.config.upload_max_bytes,
      canSend: () => this.email.settle(),
      onSend: (text, files) => {
        chat.write(text, files);
        this.log.toEnd();
      },
      onTyping: (isTyping) => chat.setTyping(isTyping),
    });
    this.typing = h(
      "div",
      { class: "typing", hidden: true },
      h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
      h("span", {}, say("typing")),
    );
    this.over = h("div", { class: "over", hidden: true, "aria-hidden": "true" }, say("drop"));
    this.sound = h("button", { type: "button", class: "tool", onclick: () => this.toggleSound() });
    const close = h(
      "button",
      {
        type: "button",
        class: "tool",
        "aria-label": say("close"),
        title: say("close"),
        onclick: () => chat.setOpen(false),
      },
      icon(ICONS.close),
    );
    this.panel = h(
      "div",
      {
        class: "panel",
        role: "dialog",
        "aria-labelledby": "title",
        hidden: true,
        onkeydown: (event: KeyboardEvent) => this.pressed(event),
      },
      h("div", { class: "head" }, h("div", {}, this.title, this.status), this.sound, close),
      this.log.element,
      this.typing,
      this.email.element,
      this.composer.element,
      this.over,
    );
    this.acceptDrops();
    this.attach();
  }

  private statusText(): string {
    const { say } = this;
    const { isReconnecting, config, place, waitS } = this.options.chat;
    if (isReconnecting || !place) {
      return say(isReconnecting ? "reconnecting" : config.is_open ? "here" : "away");
    }
    return say("line", { place }) + (waitS ? ` · ~${Math.ceil(waitS / 60)} ${say("min")}` : "");
  }

  /** Draw the chat as it is now. */
  update(): void {
    const { chat } = this.options;
    const { config } = chat;
    const isNearEnd = this.log.isNearEnd();
    const side = config.position === "left" ? "left" : "right";
    this.launch.className = `launch ${side}${chat.isOpen ? " is-open" : ""}`;
    this.panel.className = `panel ${side}`;
    this.paint();
    this.showOpen();
    this.showUnread();
    setText(this.title, config.title || this.say("messages"));
    setText(this.status, this.statusText());
    this.typing.hidden = !chat.isTyping;
    const hasWritten = chat.timeline.messages().some((message) => message.direction === "in");
    const isAsked = config.is_open ? config.ask_email && hasWritten : config.offline_form;
    this.email.update({ isOpen: config.is_open, isWanted: isAsked && !chat.hasEmail });
    this.showSound();
    this.composer.update();
    this.log.render({
      messages: chat.timeline.messages(),
      pending: chat.pending(),
      isSent: (id) => chat.outbox.sent.has(id),
      isOnline: navigator.onLine && !chat.isReconnecting,
      greeting: config.greeting || this.say("greeting"),
      quickReplies: config.quick_replies,
    });
    if (isNearEnd) this.log.toEnd();
  }

  /** Answers came in: a sound when the visitor has asked for one. */
  announce(): void {
    const { chat } = this.options;
    if (chat.box.get("sound") && (document.hidden || !chat.isOpen)) beep();
  }

  clear(): void {
    this.composer.clear();
  }

  private attach(): void {
    const shadow = this.host.attachShadow({ mode: "open" });
    this.launch.append(icon(ICONS.chat), this.badge);
    this.root.append(this.panel, this.launch);
    shadow.append(this.root);
    try {
      // No <style> element: pages whose policy forbids inline styles stay as they are.
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(CSS);
      shadow.adoptedStyleSheets = [sheet];
    } catch {
      shadow.prepend(h("style", {}, CSS));
    }
    this.dark.addEventListener("change", () => this.paint());
    document.body.append(this.host);
  }

  private paint(): void {
    const { config } = this.options.chat;
    const wish = this.options.theme || config.theme;
    const isDark = wish === "dark" || (wish !== "light" && this.dark.matches);
    const accent = colorOr(config.accent, "#2563eb");
    this.root.dataset.theme = isDark ? "dark" : "light";
    this.root.lang = this.options.language;
    const { style } = this.root;
    style.setProperty("--accent", accent);
    style.setProperty("--on", inkOn(accent));
    style.setProperty("--edge", isDark ? "#7d8899" : "#7b8698");
    style.setProperty("--ring", isDark ? "#8fb6ff" : "#1d4ed8");
  }

  private showOpen(): void {
    const { isOpen } = this.options.chat;
    if (this.panel.hidden === !isOpen) return;
    this.panel.hidden = !isOpen;
    this.launch.querySelector("svg")?.replaceWith(icon(isOpen ? ICONS.down : ICONS.chat));
    this.launch.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) {
      this.log.toEnd();
      this.composer.input.focus({ preventScroll: true });
    } else {
      this.launch.focus({ preventScroll: true });
    }
  }

  private showUnread(): void {
    const { chat } = this.options;
    const count = chat.isOpen ? 0 : chat.unread();
    this.badge.hidden = !count;
    setText(this.badge, count > 99 ? "99+" : String(count));
    const name = this.say(chat.isOpen ? "close" : "open");
    const label = count ? `${name}, ${this.say("unread_other", { count })}` : name;
    if (this.launch.getAttribute("aria-label") !== label)
      this.launch.setAttribute("aria-label", label);
  }

  private showSound(): void {
    const isOn = !!this.options.chat.box.get("sound");
    const label = this.say(isOn ? "sound_off" : "sound_on");
    if (this.sound.title === label) return;
    this.sound.title = label;
    this.sound.setAttribute("aria-label", label);
    this.sound.replaceChildren(icon(isOn ? ICONS.sound : ICONS.mute));
  }

  private toggleSound(): void {
    const { box } = this.options.chat;
    if (box.get("sound")) box.remove("sound");
    else {
      box.set("sound", "1");
      beep();
    }
    this.showSound();
  }

  private reply(reply: QuickReply): void {
    if (this.email.settle()) this.options.chat.write(reply.text, [], reply.payload);
  }

  private freshLink(message: MessageView, n: number): Promise<string> | null {
    const { timeline } = this.options.chat;
    const now = () => timeline.find(message.conversation, message.seq) ?? message;
    if (timeline.ageOf(now()) < LINK_GOOD_FOR_MS && now() === message) return null;
    return this.options.chat
      .refresh()
      .catch(() => {})
      .then(() => now().files?.[n]?.url ?? "");
  }

  /** Escape leaves; Tab goes round inside. */
  private pressed(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      event.stopPropagation();
      this.options.chat.setOpen(false);
    } else if (event.key === "Tab") {
      const stops = [
        ...this.panel.querySelectorAll<HTMLElement>("a[href],button,input,textarea,[tabindex]"),
      ].filter((stop) => stop.offsetParent && !(stop as HTMLButtonElement).disabled);
      const [first, last] = [stops[0], stops.at(-1)];
      const at = (this.host.shadowRoot as ShadowRoot).activeElement;
      if (at !== (event.shiftKey ? first : last)) return;
      event.preventDefault();
      (event.shiftKey ? last : first)?.focus();
    }
  }

  private acceptDrops(): void {
    const over = (event: DragEvent, isOver: boolean) => {
      if (!this.options.chat.config.upload_max_bytes) return;
      event.preventDefault();
      this.over.hidden = !isOver;
    };
    this.panel.addEventListener("dragover", (event) => over(event, true));
    this.panel.addEventListener("dragleave", (event) => over(event, false));
    this.panel.addEventListener("drop", (event) => {
      over(event, false);
      this.composer.take(event.dataTransfer?.files);
    });
  }
}

function beep(): void {
  try {
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = 660;
    volume.gain.setValueAtTime(0.08, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.25);
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.25);
    tone.onended = () => void audio.close();
  } catch {
    // A browser without sound, or that has not been touched yet.
  }
}
