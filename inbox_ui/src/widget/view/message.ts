/** One entry of the log: a message of the timeline or one that waits to be sent. */

import { pieces, safeHref } from "../links";
import type { Pending } from "../outbox";
import type { Say } from "../texts";
import type { CardView, FileView, MessageView, QuickReply } from "../types";
import { h, ICONS, icon } from "./dom";

/** What a node needs of its surroundings. */
export interface Around {
  say: Say;
  language: string;
  /** Makes the hub's paths absolute. */
  absolute(path: string): string;
  /** A fresh signed link when the one shown may have run out. */
  freshLink(message: MessageView, file: number): Promise<string> | null;
  onQuickReply(reply: QuickReply): void;
  onRetry(client_id: string): void;
  onDiscard(client_id: string): void;
}

export function messageNode(message: MessageView, around: Around, canReply: boolean): HTMLElement {
  const { say } = around;
  const isOwn = message.direction === "in";
  const by = message.is_edited ? ` · ${say("edited")}` : "";
  const state = isOwn ? ` · ${deliveryText(message, say)}` : "";
  const author = isOwn ? say("you") : message.author;
  const when = new Date(message.at);
  return h(
    "div",
    { class: isOwn ? "m in" : "m" },
    h("span", { class: "hide" }, `${author}: `),
    message.is_deleted && h("div", { class: "b gone" }, say("deleted")),
    message.text && h("div", { class: "b" }, ...linked(message.text, say)),
    message.card && cardNode(message.card, around),
    ...(message.files ?? []).map((file, n) => fileNode(message, file, n, around)),
    !!message.quick_replies?.length && canReply && quickNode(message.quick_replies, around),
    h(
      "div",
      { class: "meta" },
      !isOwn && message.author ? `${message.author} · ` : "",
      h(
        "time",
        { dateTime: when.toISOString(), title: when.toLocaleString(around.language) },
        clock(when, around),
      ),
      by + state,
    ),
  );
}

export function pendingNode(
  item: Pending,
  state: "sent" | "sending" | "waiting",
  around: Around,
): HTMLElement {
  const { say } = around;
  const meta = item.failed
    ? h(
        "div",
        { class: "meta bad" },
        say("failed"),
        " ",
        h(
          "button",
          { type: "button", onclick: () => around.onRetry(item.client_id) },
          say("retry"),
        ),
        h(
          "button",
          { type: "button", onclick: () => around.onDiscard(item.client_id) },
          say("discard"),
        ),
      )
    : h("div", { class: "meta" }, say(state));
  return h(
    "div",
    { class: "m in" },
    h("span", { class: "hide" }, `${say("you")}: `),
    item.text && h("div", { class: "b" }, ...linked(item.text, say)),
    ...item.files.map((file) => fileBody(file, say)),
    meta,
  );
}

export function quickNode(replies: QuickReply[], around: Around): HTMLElement {
  const buttons = replies.map((reply) =>
    h("button", { type: "button", onclick: () => around.onQuickReply(reply) }, reply.text),
  );
  return h("div", { class: "quick" }, ...buttons);
}

function deliveryText(message: MessageView, say: Say): string {
  if (message.delivery === "read") return say("read");
  return say(message.delivery === "delivered" ? "delivered" : "sent");
}

function clock(when: Date, around: Around): string {
  const isToday = when.toDateString() === new Date().toDateString();
  return when.toLocaleString(around.language, {
    hour: "2-digit",
    minute: "2-digit",
    ...(!isToday && { day: "numeric", month: "short" }),
  });
}

function linked(text: string, say: Say): (Node | string)[] {
  return pieces(text).map((piece) =>
    piece.href ? anchor(piece.href, "", say, piece.text) : piece.text,
  );
}

function anchor(href: string, className: string, say: Say, ...children: (Node | string)[]) {
  const isWeb = href.startsWith("http");
  return h(
    "a",
    {
      href,
      class: className || null,
      rel: "noopener noreferrer nofollow",
      target: isWeb ? "_blank" : "_self",
    },
    ...children,
    isWeb && h("span", { class: "hide" }, ` (${say("new_window")})`),
  );
}

const PICTURE = /^image\/(png|jpeg|gif|webp|avif)$/;

function fileNode(message: MessageView, file: FileView, n: number, around: Around): Node {
  if (!file.url) return fileBody(file, around.say);
  const href = around.absolute(file.url);
  const isPicture = PICTURE.test(file.media_type);
  const body = isPicture
    ? h("img", { src: href, alt: file.name, loading: "lazy", ...sizeOf(file) })
    : fileBody(file, around.say);
  const link = anchor(href, isPicture ? "pic" : "", around.say, body);
  link.addEventListener("click", (event) => {
    const fresh = around.freshLink(message, n);
    if (!fresh) return;
    // Opened now, while the click still counts as the person's wish, and pointed when the link is there.
    event.preventDefault();
    const page = window.open("about:blank");
    void fresh.then((url) => {
      if (!page) return;
      page.opener = null;
      page.location.href = around.absolute(url);
    });
  });
  return link;
}

function sizeOf(file: FileView): { width?: number; height?: number } {
  return file.width && file.height ? { width: file.width, height: file.height } : {};
}

function fileBody(file: { name: string; size_bytes: number }, _say: Say): HTMLElement {
  return h(
    "span",
    { class: "file" },
    icon(ICONS.file),
    h("span", {}, file.name, h("small", {}, bytes(file.size_bytes))),
  );
}

function cardNode(card: CardView, around: Around): HTMLElement {
  const text = h("span", {}, h("b", {}, card.title), card.price && h("small", {}, card.price));
  const body: Node[] = card.image
    ? [h("img", { src: around.absolute(card.image), alt: "", loading: "lazy" }), text]
    : [text];
  const href = safeHref(card.url ?? "");
  return href ? anchor(href, "card", around.say, ...body) : h("div", { class: "card" }, ...body);
}

export function bytes(size: number): string {
  const units = ["B", "kB", "MB"];
  const step = size < 1024 ? 0 : size < 1024 * 1024 ? 1 : 2;
  const value = size / 1024 ** step;
  return `${value < 10 && step ? value.toFixed(1) : Math.round(value)} ${units[step]}`;
}
