const LONGEST = 30; // seconds

/** How often a file is sent before the user has to decide: for some ten minutes without an answer. */
export const TRIES = 25;

/** Seconds until the next try: they double, with some chance, so that the tabs of many users do not come back at once. */
export function pauseBefore(tries: number, retryAfter: number | null): number {
  const doubled = Math.min(LONGEST, 2 ** (tries - 1));
  return Math.ceil(Math.max(retryAfter ?? 0, doubled * (0.75 + Math.random() / 2)));
}
