import { create } from "zustand";
import type { LiveEvent, Message } from "@/api/types";

type Colleague = Extract<LiveEvent, { type: "colleague" }>;

/** How long a sign of life counts unless it is repeated. */
const TYPING_MS = 8_000;
const COLLEAGUE_MS = 30_000;

export interface Presence {
  isTyping: boolean;
  until: number;
}

interface Nearby {
  /** Conversation id → until when its customer counts as typing. */
  typing: Record<string, number>;
  /** Conversation id → agent id → what they do there. */
  colleagues: Record<string, Record<string, Presence>>;
  note: (
    typing: ReadonlyMap<string, boolean>,
    colleagues: readonly Colleague[],
    messages: readonly Message[],
    now: number,
  ) => void;
  expire: (now: number) => void;
}

/** Who types or looks on right now; lossy, never stored. */
export const useNearby = create<Nearby>((set) => ({
  typing: {},
  colleagues: {},
  note: (typing, colleagues, messages, now) => {
    const written = messages.filter((m) => m.direction === "in").map((m) => m.conversation_id);
    if (!typing.size && !colleagues.length && !written.length) return;
    set((state) => {
      const nextTyping = { ...state.typing };
      for (const [id, isTyping] of typing) nextTyping[id] = isTyping ? now + TYPING_MS : 0;
      for (const id of written) nextTyping[id] = 0;
      const next = { ...state.colleagues };
      for (const event of colleagues) {
        const { [event.agent_id]: _, ...others } = next[event.conversation_id] ?? {};
        const here = { isTyping: event.is_typing, until: now + COLLEAGUE_MS };
        const isHere = event.is_viewing || event.is_typing;
        next[event.conversation_id] = isHere ? { ...others, [event.agent_id]: here } : others;
      }
      return { typing: nextTyping, colleagues: next };
    });
  },
  expire: (now) =>
    set((state) => {
      const hasOld =
        Object.values(state.typing).some((until) => until && until < now) ||
        Object.values(state.colleagues).some((byId) =>
          Object.values(byId).some(({ until }) => until < now),
        );
      if (!hasOld) return state;
      const typing = Object.fromEntries(Object.entries(state.typing).filter(([, u]) => u >= now));
      const colleagues = Object.fromEntries(
        Object.entries(state.colleagues).map(([id, byId]) => [
          id,
          Object.fromEntries(Object.entries(byId).filter(([, { until }]) => until >= now)),
        ]),
      );
      return { typing, colleagues };
    }),
}));
