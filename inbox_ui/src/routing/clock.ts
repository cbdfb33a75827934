import { useSyncExternalStore } from "react";

/** How far this computer's clock is ahead of the hub's; countdowns go by the hub's. */
let ahead = 0;
let isKnown = false;

/** Call with a time that the hub stamped just now. A shorter way there is a better measure. */
export function noteServerTime(at: number): void {
  const measured = Date.now() - at;
  if (isKnown && measured >= ahead && measured - ahead < 5_000) return;
  ahead = measured;
  isKnown = true;
}

export const serverNow = (): number => Date.now() - ahead;

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let second = serverNow();

function tick(): void {
  second = serverNow();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    second = serverNow();
    timer = setInterval(tick, 1000);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}

/** The hub's time, new each second; one timer for all that tick. */
export const useSecond = (): number => useSyncExternalStore(subscribe, () => second);
