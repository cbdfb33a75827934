const FIRST_MS = 500;
const MOST_MS = 30_000;
/** The hub said that it restarts: everybody comes back spread over this time. */
const RESTART_MS = 30_000;

export const CLOSE_RESTART = 1012;
export const CLOSE_SIGNED_OUT = 4401;

/** How long to wait before attempt `tries` (0 = the first again), with full jitter. */
export function reconnectDelay(tries: number, closeCode: number, random = Math.random): number {
  if (closeCode === CLOSE_RESTART && tries === 0) return random() * RESTART_MS;
  return random() * Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(tries, 10));
}
