import { useDebouncedCallback } from "@mantine/hooks";
import { useCallback, useState } from "react";
import { api } from "@/api/client";
import type { ConversationDetail, Quoted, StoredFile } from "@/api/types";
import type { ComposerKind } from "@/shell/ui_state";
import { recall, remember } from "@/ui/local";

/** The message that is answered, and the inbox whose customer can see the quotation. */
export interface Quote extends Quoted {
  inbox_id: string;
}

/** What is being written in one conversation. */
export interface DraftText {
  kind: ComposerKind;
  text: string;
  html: string;
  subject: string;
  inbox_id: string;
  /** The address, where an inbox has several of this contact. */
  identity_id: string;
  cc: string;
  quick_replies: string[];
  files: StoredFile[];
  quote: Quote | null;
  at: number;
}

const SAVE_MS = 1200;

export const emptyDraft = (kind: ComposerKind = "message"): DraftText => ({
  kind,
  text: "",
  html: "",
  subject: "",
  inbox_id: "",
  identity_id: "",
  cc: "",
  quick_replies: [],
  files: [],
  quote: null,
  at: 0,
});

export const isBlank = (draft: DraftText): boolean =>
  !draft.text.trim() && draft.files.length === 0 && draft.quick_replies.length === 0;

/** Of what this browser and the hub kept, the newer one. */
export function startingDraft(detail: ConversationDetail): DraftText {
  const local = recall<DraftText | null>(`draft.${detail.conversation.id}`, null);
  const kept = detail.draft;
  if (kept && (!local || kept.at > local.at)) {
    const kind = kept.kind === "note" ? "note" : "message";
    return {
      ...emptyDraft(kind),
      text: kept.text,
      html: kept.html,
      subject: kept.subject,
      inbox_id: kept.inbox_id,
      at: kept.at,
    };
  }
  return local ? { ...emptyDraft(), ...local } : emptyDraft();
}

/** The draft, kept in this browser at every key and on the hub a moment later. */
export function useDraft(detail: ConversationDetail) {
  const { id } = detail.conversation;
  const [draft, setDraft] = useState(() => startingDraft(detail));
  const save = useDebouncedCallback((next: DraftText) => saveDraft(id, next), {
    delay: SAVE_MS,
    flushOnUnmount: true,
  });
  const update = useCallback(
    (change: Partial<DraftText>) =>
      setDraft((old) => {
        const next = { ...old, ...change, at: Date.now() };
        remember(`draft.${id}`, isBlank(next) ? undefined : next);
        save(next);
        return next;
      }),
    [id, save],
  );
  const clear = useCallback(() => {
    save.cancel();
    setDraft((old) => ({
      ...emptyDraft(old.kind),
      inbox_id: old.inbox_id,
      identity_id: old.identity_id,
    }));
    remember(`draft.${id}`, undefined);
    saveDraft(id, emptyDraft());
  }, [id, save]);
  return { draft, update, clear };
}

function saveDraft(id: string, draft: DraftText): void {
  const params = { path: { conversation_id: id } };
  const path = "/api/v1/conversations/{conversation_id}/draft" as const;
  const saving = isBlank(draft)
    ? api.DELETE(path, { params })
    : api.PUT(path, {
        params,
        body: {
          kind: draft.kind,
          text: draft.text,
          html: draft.html,
          subject: draft.subject,
          inbox_id: draft.inbox_id,
          file_ids: draft.files.map((file) => file.id),
        },
      });
  // The browser's own copy stays; the next key tries again.
  saving.catch(() => undefined);
}
