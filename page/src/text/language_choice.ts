import { effect, signal } from "@preact/signals";

export type Language = "en" | "de";

const CHOSEN = "calotype-language";

function first(): Language {
  const wanted = localStorage.getItem(CHOSEN) ?? navigator.language;
  return wanted.toLowerCase().startsWith("de") ? "de" : "en";
}

/** The language of the page: the one that was chosen here before, or else that of the browser. */
export const language = signal<Language>(first());

effect(() => {
  document.documentElement.lang = language.value;
});

export function choose(chosen: Language): void {
  localStorage.setItem(CHOSEN, chosen);
  language.value = chosen;
}
