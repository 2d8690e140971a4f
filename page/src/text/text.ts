import { computed } from "@preact/signals";
import { Refusal } from "../api/refusal";
import { english } from "./english";
import { german } from "./german";
import { language } from "./language_choice";

/** What the page says, in the language that is chosen. */
export const text = computed(() => (language.value === "de" ? german : english));

/** A sentence for an error, from the service where it says one. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Refusal)) return text.value.unreachable;
  const said = text.value.codes[error.code] || error.message || text.value.failed(error.status);
  return error.status === 429 && error.retryAfter ? `${said} ${text.value.tryLater(error.retryAfter)}` : said;
}
