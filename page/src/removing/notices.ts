import { signal } from "@preact/signals";

const SECONDS = 5;

/** A sentence that is shown for some seconds, and read out. */
export const notice = signal("");

let timer = 0;

export function say(sentence: string): void {
  clearTimeout(timer);
  notice.value = sentence;
  timer = window.setTimeout(() => (notice.value = ""), SECONDS * 1000);
}
