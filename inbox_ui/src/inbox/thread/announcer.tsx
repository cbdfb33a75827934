import { useEffect, useRef, useState } from "react";
import type { Message } from "@/api/types";

/** Reads new inbound messages to screen readers: only what came after the conversation was opened. */
export function Announcer({ items }: { items: readonly Message[] }) {
  const last = items.at(-1);
  const heard = useRef(last?.seq ?? 0);
  const [text, setText] = useState("");
  useEffect(() => {
    if (!last || last.seq <= heard.current) return;
    heard.current = last.seq;
    if (last.direction === "in") setText(`${last.author.name}: ${last.text}`);
  }, [last]);
  return (
    <div className="hidden-visually" role="status" aria-live="polite">
      {text}
    </div>
  );
}
