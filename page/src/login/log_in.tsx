import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Refusal } from "../api/refusal";
import { logIn, showAccount } from "../api/service";
import { LanguageSwitch } from "../header/language_switch";
import { begin, hasExpired } from "../state/session";
import { sentenceOf, text } from "../text/text";

/** The form by which a user logs in, with name and password or with a token. */
export function LogIn() {
  const hasToken = useSignal(false);
  const problem = useSignal("");
  const isBusy = useSignal(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.focus(), [hasToken.value]);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const given = (name: string) => String(fields.get(name) ?? "").trim();
    isBusy.value = true;
    problem.value = "";
    try {
      const token = hasToken.value ? given("token") : await logIn(given("username"), String(fields.get("password")));
      if (hasToken.value) await showAccount(token); // refused unless the token is valid
      begin(token);
    } catch (error) {
      problem.value = error instanceof Refusal && error.status === 401 ? text.value.wrongToken : sentenceOf(error);
      [...(form.current?.querySelectorAll("input") ?? [])].at(-1)?.select();
    } finally {
      isBusy.value = false;
    }
  };

  return (
    <main class="log-in">
      <form ref={form} onSubmit={(event) => void submit(event)} aria-busy={isBusy.value}>
        <h1 class="wordmark">Calotype</h1>
        {hasExpired.value && <p class="note" role="status">{text.value.expired}</p>}
        {hasToken.value ? (
          <label>
            {text.value.tokenLabel}
            <input name="token" type="password" required autocomplete="off" spellcheck={false} />
          </label>
        ) : (
          <>
            <label>
              {text.value.username}
              <input name="username" required autocomplete="username" autocapitalize="none" spellcheck={false} />
            </label>
            <label>
              {text.value.password}
              <input name="password" type="password" required autocomplete="current-password" />
            </label>
          </>
        )}
        <p class="problem" role="alert">{problem}</p>
        <button type="submit" class="primary" disabled={isBusy.value}>{text.value.logIn}</button>
        <button type="button" class="quiet" onClick={() => { hasToken.value = !hasToken.value; problem.value = ""; }}>
          {hasToken.value ? text.value.withPassword : text.value.withToken}
        </button>
        <p class="hint">{text.value.keptInTab}</p>
        <LanguageSwitch />
      </form>
    </main>
  );
}
