import type { Capabilities } from "@/api/types";

export interface FileFacts {
  name: string;
  /** "" where the browser does not know. */
  media_type: string;
  size_bytes: number;
}

type Limits = Pick<Capabilities, "attachment_max_bytes" | "media_types">;

export type Unfit = "too_large" | "empty" | "type";

/** Why a file cannot go this way; checked before it is sent up, and again when the way changes. */
export function unfit(file: FileFacts, can: Limits): Unfit | undefined {
  if (file.size_bytes === 0) return "empty";
  if (file.size_bytes > can.attachment_max_bytes) return "too_large";
  return fits(file.media_type, can.media_types) ? undefined : "type";
}

/** `taken`: beginnings of media types; none: all of them. */
export function fits(mediaType: string, taken: readonly string[]): boolean {
  const type = mediaType.split(";")[0]?.trim().toLowerCase() ?? "";
  return !type || taken.length === 0 || taken.some((start) => type.startsWith(start));
}

/** Into how many messages an answer falls apart: files go some at a time, a long text by itself. */
export function messagesOf(text: string, files: number, can: Capabilities): number {
  if (files === 0) return 1;
  const groups = Math.ceil(files / Math.max(1, can.attachments_max));
  return groups + (text.trim().length > can.caption_max_chars ? 1 : 0);
}

/** How the types that a way takes are called: "image", "application/pdf" → "pdf". */
export function typeNames(taken: readonly string[]): string[] {
  const names = taken.map((start) => {
    const [family = "", kind = ""] = start.split("/");
    return family === "application" ? documentName(kind) : family;
  });
  return [...new Set(names)];
}

function documentName(kind: string): string {
  return kind === "pdf" ? "pdf" : "document";
}
