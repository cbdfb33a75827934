import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { beep } from "@/shell/beep";
import { useMe } from "@/shell/session";
import { nameOf } from "@/ui/name";

const RING_EVERY_MS = 4000;
const BLINK_MS = 1000;

/** Makes itself heard and seen while something is offered: tone, desktop notification, title. */
export function useOfferNotices(
  offers: readonly Conversation[],
  queueOf: (one: Conversation) => string,
): void {
  const { t } = useTranslation();
  const { prefs } = useMe();
  const isSilent = prefs.sound === "off";
  const told = useRef(new Set<string>());
  useEffect(() => {
    const now = new Set(offers.map(keyOf));
    for (const offered of offers) {
      if (told.current.has(keyOf(offered))) continue;
      notify(t("offer.one", { name: nameOf(offered.contact, t) }), queueOf(offered), offered.id);
    }
    told.current = now;
  }, [offers, queueOf, t]);
  const isRinging = offers.length > 0;
  useEffect(() => {
    if (!isRinging || isSilent) return;
    beep();
    const timer = setInterval(beep, RING_EVERY_MS);
    return () => clearInterval(timer);
  }, [isRinging, isSilent]);
  useBlinkingTitle(isRinging ? t("offer.tab", { count: offers.length }) : "");
}

const keyOf = ({ id, routing }: Conversation): string => `${id} ${routing?.offer?.number ?? 0}`;

function notify(title: string, body: string, tag: string): void {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  if (document.visibilityState === "visible" && document.hasFocus()) return;
  const shown = new Notification(title, { body, tag: `offer ${tag}`, requireInteraction: true });
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
}

/** Takes turns with the page's own title, and leaves that one behind. */
function useBlinkingTitle(text: string): void {
  useEffect(() => {
    if (!text) return;
    let own = document.title;
    const turn = () => {
      if (document.title === text) document.title = own;
      else {
        own = document.title;
        document.title = text;
      }
    };
    turn();
    const timer = setInterval(turn, BLINK_MS);
    return () => {
      clearInterval(timer);
      if (document.title === text) document.title = own;
    };
  }, [text]);
}
