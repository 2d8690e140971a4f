import { computed, effect, type Signal, signal } from "@preact/signals";
import type { Image } from "../api/objects";
import { Refusal, type Failure } from "../api/refusal";
import { expire, token } from "../state/session";
import { pauseBefore, TRIES } from "./back_off";
import { type Sending, send } from "./sending";
import { remember } from "./sent_files";

/** Files that are sent at once. */
const AT_ONCE = 3;

export type Phase =
  | { name: "waiting" }
  | { name: "sending"; share: number }
  | { name: "pausing"; seconds: number }
  | { name: "stored"; image: Image }
  | { name: "refused"; failure: Failure };

export interface Queued {
  key: string;
  file: File;
  replaces: number | null;
  phase: Signal<Phase>;
  tries: number;
  sending: Sending | null;
}

/** The files of this tab, oldest first. They are kept until they are stored, or the user dismisses them. */
export const queue = signal<readonly Queued[]>([]);

export const isBusy = computed(() => queue.value.some((each) => isUnfinished(each.phase.value)));

type Stored = (image: Image, replaced: boolean) => void;
const listeners = new Set<Stored>();

/** Have `listener` called for each image that is stored. */
export function onStored(listener: Stored): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function isUnfinished(phase: Phase): boolean {
  return phase.name === "waiting" || phase.name === "sending" || phase.name === "pausing";
}

/** Add files to the queue. With `replaces`, the one file replaces that image. */
export function add(files: Iterable<File>, replaces: number | null = null): void {
  const added = [...files].map((file) => ({
    key: newKey(),
    file,
    replaces,
    phase: signal<Phase>({ name: "waiting" }),
    tries: 0,
    sending: null,
  }));
  queue.value = [...queue.value, ...added];
  fill();
}

export function retry(queued: Queued): void {
  queued.tries = 0;
  queued.phase.value = { name: "waiting" };
  fill();
}

/** Take a file out of the queue; what was sent of it is dropped by the service. */
export function dismiss(queued: Queued): void {
  queued.sending?.cancel();
  queue.value = queue.value.filter((each) => each !== queued);
  fill();
}

export function dismissFinished(): void {
  queue.value = queue.value.filter((each) => isUnfinished(each.phase.value));
}

/** End the queue with everything in it. */
export function dismissAll(): void {
  for (const each of queue.value) each.sending?.cancel();
  queue.value = [];
}

// Not crypto.randomUUID, which browsers have in secure contexts only: a service in a local network may be without TLS.
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, "0")).join("");
}

function fill(): void {
  let places = AT_ONCE - queue.value.filter((each) => each.phase.value.name === "sending").length;
  for (const each of queue.value) {
    if (places <= 0 || !token.value) return;
    if (each.phase.value.name !== "waiting") continue;
    places -= 1;
    void sendOne(each);
  }
}

async function sendOne(queued: Queued): Promise<void> {
  const used = token.value;
  queued.tries += 1;
  queued.phase.value = { name: "sending", share: 0 };
  queued.sending = send({ ...queued, token: used }, (share) => {
    queued.phase.value = { name: "sending", share };
  });
  try {
    const image = await queued.sending.answer;
    remember(image, queued.file);
    queued.phase.value = { name: "stored", image };
    for (const each of listeners) each(image, queued.replaces !== null);
  } catch (error) {
    const failure = error as Failure;
    if (failure instanceof Refusal && failure.status === 401) {
      queued.tries = 0;
      queued.phase.value = { name: "waiting" };
      expire(used);
    } else if (failure.isTemporary && queued.tries < TRIES) {
      await pause(queued, pauseBefore(queued.tries, failure.retryAfter));
    } else {
      queued.phase.value = { name: "refused", failure };
    }
  } finally {
    queued.sending = null;
  }
  fill();
}

async function pause(queued: Queued, seconds: number): Promise<void> {
  let isCancelled = false;
  queued.sending = { answer: new Promise(() => {}), cancel: () => (isCancelled = true) };
  queued.phase.value = { name: "pausing", seconds };
  fill(); // another file may be sent meanwhile
  for (let left = seconds; left > 0 && !isCancelled; left--) {
    queued.phase.value = { name: "pausing", seconds: left };
    await nextSecond();
  }
  if (!isCancelled) queued.phase.value = { name: "waiting" };
}

function nextSecond(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000));
}

effect(() => {
  if (token.value) queueMicrotask(fill);
});

addEventListener("beforeunload", (event) => {
  if (isBusy.peek()) event.preventDefault();
});
