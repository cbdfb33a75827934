/** How long to wait before the next attempt. Pure: randomness is handed in. */

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/** Full jitter: anything between 0 and a bound that doubles from 1 s to 30 s. */
export function retryDelay(attempt: number, random: () => number = Math.random): number {
  return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
}

/** After a restart of the server everybody comes back, so spread over 30 s at once. */
export function restartDelay(random: () => number = Math.random): number {
  return random() * LONGEST_MS;
}
