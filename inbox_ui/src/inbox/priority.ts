import type { Conversation } from "@/api/types";

export type Priority = Conversation["priority"];

/** Highest first; 0 is "none". Names: `priority.<n>`. */
export const PRIORITIES = [4, 3, 2, 1] as const satisfies readonly Priority[];
