/** What the hub tells a browser; the Python side is `channels/webchat/render.py`. */

export interface FileView {
  name: string;
  media_type: string;
  size_bytes: number;
  /** A signed path of the hub, good for some minutes. */
  url?: string;
  width?: number;
  height?: number;
}

export interface QuickReply {
  text: string;
  payload?: string;
}

export interface CardView {
  title: string;
  price?: string;
  url?: string;
  image?: string;
}

/** `direction` is the hub's: "in" was written by the visitor. */
export interface MessageView {
  conversation: string;
  seq: number;
  rev?: number;
  direction: string;
  text?: string;
  author?: string;
  at: number;
  files?: FileView[];
  quick_replies?: QuickReply[];
  card?: CardView;
  delivery?: string;
  client_id?: string;
  is_edited?: boolean;
  is_deleted?: boolean;
}

export interface Config {
  title: string;
  greeting: string;
  quick_replies: string[];
  language: string;
  theme: string;
  accent: string;
  position: string;
  upload_max_bytes: number;
  ask_email: boolean;
  offline_form: boolean;
  is_open: boolean;
}

export interface Session {
  token: string;
  reader: string;
  identity: "anonymous" | "verified" | "unverified";
  has_email: boolean;
  config: Config;
  conversation: string | null;
  messages: MessageView[];
}

export interface History {
  conversation: string | null;
  messages: MessageView[];
  has_more: boolean;
}

export type Identity =
  | { jwt: string }
  | { external_id: string; hmac: string; name?: string; email?: string };

export interface Details {
  name?: string;
  email?: string;
}

/** An uploaded file: `id` is a ticket that only this visitor can put into a message. */
export interface Upload {
  id: string;
  name: string;
  media_type: string;
  size_bytes: number;
}

export type Frame =
  | { type: "messages"; conversation: string; messages: MessageView[] }
  | { type: "ready"; conversation: string | null; seq: number }
  | { type: "typing"; is_typing: boolean }
  /** Who waits for an agent: place 0 waits no more; the wait is not always known. */
  | { type: "line"; place: number; wait_s: number | null }
  | { type: "pong" };
