/**
 * The website's chat window. Runs inside other people's pages: Shadow DOM, nothing of theirs is touched, one global.
 *
 *   <script src="https://hub.example/widget.js" data-inbox="…" async></script>
 */

import { Chat } from "./chat";
import { languageOf } from "./texts";
import type { Identity } from "./types";
import { Panel } from "./view/panel";

interface SantralApi {
  open(): void;
  close(): void;
  identify(identity: Identity): Promise<void>;
  logout(): Promise<void>;
}

declare global {
  interface Window {
    Santral?: SantralApi;
  }
}

function start(script: HTMLScriptElement, inbox: string): SantralApi {
  const { identityJwt, language: wish, theme = "" } = script.dataset;
  const language = languageOf(wish, document.documentElement.lang, navigator.language);
  let panel: Panel | null = null;
  const chat = new Chat({
    base: new URL(`hooks/webchat/${encodeURIComponent(inbox)}/`, script.src).href,
    inbox,
    language,
    identity: identityJwt ? { jwt: identityJwt } : null,
    onChange: () => panel?.update(),
    onNews: () => panel?.announce(),
  });
  const show = () => {
    // The inbox may insist on a language; it is known only with the session.
    panel ??= new Panel({ chat, language: languageOf(chat.config.language, language), theme });
    panel.update();
  };
  const whenReady = (work: () => void) =>
    document.body ? work() : addEventListener("DOMContentLoaded", work, { once: true });
  // Who has chatted here may write without a network too: it waits in the outbox.
  const patience = setTimeout(() => chat.isKnown && whenReady(show), 2_000);
  chat
    .start()
    .then(() => whenReady(show))
    .catch(() => {})
    .finally(() => clearTimeout(patience));
  return {
    open: () => chat.setOpen(true),
    close: () => chat.setOpen(false),
    identify: (identity) => chat.identify(identity),
    logout: () => {
      panel?.clear();
      return chat.logout();
    },
  };
}

const script =
  (document.currentScript as HTMLScriptElement | null) ??
  document.querySelector<HTMLScriptElement>("script[data-inbox]");
const inbox = script?.dataset.inbox;
if (script && inbox && !window.Santral) window.Santral = start(script, inbox);
