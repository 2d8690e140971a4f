import { choose, language, type Language } from "../text/language_choice";
import { text } from "../text/text";

const NAMES: Record<Language, string> = { en: "English", de: "Deutsch" };

export function LanguageSwitch() {
  return (
    <div class="languages" role="group" aria-label={text.value.language}>
      {(Object.keys(NAMES) as Language[]).map((each) => (
        <button key={each} type="button" class="quiet" lang={each} aria-pressed={each === language.value} onClick={() => choose(each)}>
          {NAMES[each]}
        </button>
      ))}
    </div>
  );
}
