import { lazy, Suspense } from "react";
import type { Conversation } from "@/api/types";
import type { DraftText } from "./draft";
import { PlainEditor } from "./plain_editor";

export interface EditorProps {
  draft: DraftText;
  conversation: Conversation;
  /** Grows when the editor should take the focus. */
  focusTick: number;
  sendsOnEnter: boolean;
  onChange: (change: Partial<DraftText>) => void;
  onFiles: ((files: Iterable<File>) => void) | undefined;
  onSend: (closes: boolean) => void;
}

/** Formatting is loaded only where the channel can carry it. */
const RichEditor = lazy(() => import("./rich_editor"));

export function Editor({ isRich, ...props }: EditorProps & { isRich: boolean }) {
  if (!isRich) return <PlainEditor {...props} />;
  return (
    <Suspense fallback={<PlainEditor {...props} />}>
      <RichEditor {...props} />
    </Suspense>
  );
}

/** Ctrl/Cmd+Enter always sends (with Shift: and closes); Enter alone by preference. */
export function sendKey(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "isComposing">,
  sendsOnEnter: boolean,
): "send" | "send_close" | undefined {
  if (event.key !== "Enter" || event.isComposing) return undefined;
  if (event.ctrlKey || event.metaKey) return event.shiftKey ? "send_close" : "send";
  return sendsOnEnter && !event.shiftKey ? "send" : undefined;
}
