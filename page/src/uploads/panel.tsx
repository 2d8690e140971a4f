import { useComputed, useSignal } from "@preact/signals";
import { sentenceOf, text } from "../text/text";
import { token } from "../state/session";
import { go } from "../state/place";
import { dismiss, dismissAll, dismissFinished, isBusy, isUnfinished, type Phase, type Queued, queue, retry } from "./queue";
import { Cross, Down, Up } from "../icons";

/** Rows that are shown: first those that need the user, then those that are being sent. */
const ROWS = 60;

/** What becomes of the files that are uploaded. */
export function UploadPanel() {
  const isOpen = useSignal(true);
  const counts = useComputed(() => {
    let left = 0;
    let stored = 0;
    let refused = 0;
    for (const each of queue.value) {
      const phase = each.phase.value;
      if (isUnfinished(phase)) left += 1;
      else if (phase.name === "stored") stored += 1;
      else refused += 1;
    }
    return { left, stored, refused };
  });
  if (!queue.value.length) return null;
  const { left, stored, refused } = counts.value;
  const all = queue.value.length;
  const title = left ? text.value.uploadsLeft(left, all) : text.value.uploadsDone(stored, refused);
  return (
    <section class="uploads" aria-label={text.value.uploads}>
      <header>
        <h2 aria-live="polite">{title}</h2>
        <button type="button" class="icon" aria-expanded={isOpen.value} aria-label={text.value.uploads} onClick={() => (isOpen.value = !isOpen.value)}>
          {isOpen.value ? <Down /> : <Up />}
        </button>
        {!isBusy.value && (
          <button type="button" class="icon" aria-label={text.value.close} onClick={refused ? dismissAll : dismissFinished}>
            <Cross />
          </button>
        )}
      </header>
      <progress max={all} value={all - left} aria-label={title} />
      {isOpen.value && (
        <ul tabIndex={0} aria-label={text.value.uploads}>
          {shown(queue.value).map((each) => (
            <Row key={each.key} queued={each} />
          ))}
        </ul>
      )}
    </section>
  );
}

function shown(all: readonly Queued[]): readonly Queued[] {
  const rank = ({ name }: Phase) => ["refused", "sending", "pausing", "waiting", "stored"].indexOf(name);
  return [...all].sort((a, b) => rank(a.phase.value) - rank(b.phase.value)).slice(0, ROWS);
}

function Row({ queued }: { queued: Queued }) {
  const phase = queued.phase.value;
  return (
    <li class={phase.name}>
      {phase.name === "stored" ? (
        <a class="name" href={`#image=${phase.image.id}`} onClick={(event) => { event.preventDefault(); go({ image: `${phase.image.id}` }); }}>
          {queued.file.name}
        </a>
      ) : (
        <span class="name">{queued.file.name}</span>
      )}
      <span class="state">{stateOf(phase)}</span>
      {phase.name === "refused" && (
        <button type="button" class="quiet" onClick={() => retry(queued)}>
          {text.value.retry}
        </button>
      )}
      {phase.name !== "stored" && (
        <button type="button" class="icon" aria-label={`${text.value.cancel}: ${queued.file.name}`} onClick={() => dismiss(queued)}>
          <Cross />
        </button>
      )}
      {isUnfinished(phase) && (
        <progress max={1} value={phase.name === "sending" ? phase.share : 0} aria-label={queued.file.name} />
      )}
    </li>
  );
}

function stateOf(phase: Phase): string {
  switch (phase.name) {
    case "waiting":
      return token.value ? text.value.waiting : text.value.needsLogIn;
    case "sending":
      return phase.share < 1 ? text.value.sending(phase.share) : text.value.compressing;
    case "pausing":
      return text.value.retrying(phase.seconds);
    case "stored":
      return text.value.stored(phase.image.uploaded_size, phase.image.size);
    case "refused":
      return sentenceOf(phase.failure);
  }
}
