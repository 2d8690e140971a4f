import { signal } from "@preact/signals";

const TOKEN = "calotype-token";

/** What the page sends with every request; empty before log-in. It is kept in this tab only, and forgotten with it. */
export const token = signal(sessionStorage.getItem(TOKEN) ?? "");

/** Whether the last session ended because its token was no longer valid. */
export const hasExpired = signal(false);

export function begin(given: string): void {
  sessionStorage.setItem(TOKEN, given);
  hasExpired.value = false;
  token.value = given;
}

export function end(): void {
  sessionStorage.removeItem(TOKEN);
  token.value = "";
}

/** End the session because `used` is not valid; does nothing if another token is in use by now. */
export function expire(used: string): void {
  if (!used || used !== token.value) return;
  hasExpired.value = true;
  end();
}
