import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Account, Amount } from "../api/objects";
import { showAccount } from "../api/service";
import { LanguageSwitch } from "../header/language_switch";
import { end } from "../state/session";
import { bytes } from "../text/formats";
import { sentenceOf, text } from "../text/text";
import { finish } from "../removing/removal";
import { dismissAll } from "../uploads/queue";
import { forgetAll } from "../uploads/sent_files";

/** What the user has stored, and how to log out. */
export function AccountPanel() {
  const account = useSignal<Account | null>(null);
  const problem = useSignal("");
  useEffect(() => {
    showAccount().then((found) => (account.value = found), (error: unknown) => (problem.value = sentenceOf(error)));
  }, []);
  return (
    <div class="panel account">
      <h2>{text.value.usage}</h2>
      {problem.value && <p class="problem">{problem}</p>}
      {account.value && <Measure amount={account.value.images} shown={(number) => text.value.images(number)} />}
      {account.value && <Measure amount={account.value.bytes} shown={bytes} />}
      <LanguageSwitch />
      <button type="button" class="plain" onClick={logOut}>{text.value.logOut}</button>
    </div>
  );
}

function Measure({ amount, shown }: { amount: Amount; shown: (number: number) => string }) {
  const { used, quota } = amount;
  const said = quota === null ? shown(used) : text.value.usedOf(shown(used), shown(quota));
  return (
    <div class="measure">
      <p>{said}</p>
      {quota !== null && <meter min={0} max={quota || 1} high={quota * 0.9} value={used} aria-label={said} />}
    </div>
  );
}

function logOut(): void {
  finish();
  dismissAll();
  forgetAll();
  end();
}
