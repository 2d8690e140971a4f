import { signal } from "@preact/signals";
import type { Image } from "../api/objects";
import { Refusal } from "../api/refusal";
import { deleteImage } from "../api/service";
import { count as listed, generation, hidden, insert, reload, withdraw } from "../gallery/listing";
import { clear } from "../gallery/selection";
import { go, openId } from "../state/place";
import { sentenceOf, text } from "../text/text";
import { say } from "./notices";

/** Seconds in which a deletion can be taken back: the service is asked only then. */
export const GRACE = 7;

/** Requests that are sent at once. */
const AT_ONCE = 3;

export interface Removal {
  images: readonly { image: Image; index: number }[];
  left: number;
  /** The list in which the places are. */
  generation: number;
}

export const removals = signal<readonly Removal[]>([]);

/** Whether the time stands still, because the user is at the notice. */
export const isHeld = signal(false);

export function removeAll(images: readonly Image[]): void {
  if (!images.length) return;
  if (images.some(({ id }) => id === openId.value)) go({ image: "" });
  clear();
  const removed = images.map((image) => ({ image, index: withdraw(image.id) }));
  for (const { id } of images) hidden.add(id);
  removals.value = [...removals.value, { images: removed, left: GRACE, generation }];
  if (removals.value.length === 1) tick();
}

/** Take the last deletion back. */
export function undo(): void {
  const last = removals.value.at(-1);
  if (!last) return;
  removals.value = removals.value.filter((each) => each !== last);
  putBack(last, last.images);
  say(text.value.restored);
}

/** Send all deletions now; `leaving`: the page is being closed. */
export function finish(leaving = false): void {
  const all = removals.value;
  removals.value = [];
  isHeld.value = false;
  for (const each of all) void carryOut(each, leaving);
}

function putBack(removal: Removal, images: Removal["images"]): void {
  for (const { image } of images) hidden.delete(image.id);
  if (listed.value === null) return;
  if (removal.generation !== generation) reload();
  // In the opposite order, so that each place is the one that it had.
  else for (const { image, index } of [...images].reverse()) if (index >= 0) insert(image, index);
}

function tick(): void {
  setTimeout(() => {
    if (!isHeld.value) {
      const aged = removals.value.map((each) => ({ ...each, left: each.left - 1 }));
      removals.value = aged.filter((each) => each.left > 0);
      for (const each of aged) if (each.left <= 0) void carryOut(each, false);
    }
    if (removals.value.length) tick();
  }, 1000);
}

async function carryOut(removal: Removal, leaving: boolean): Promise<void> {
  const { images } = removal;
  if (leaving) {
    for (const { image } of images) deleteImage(image.id, true).catch(() => {});
    return;
  }
  const left = [...images];
  const failed: { image: Image; index: number }[] = [];
  let reason: unknown = null;
  const one = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      try {
        await deleteImage(next.image.id);
      } catch (error) {
        const isGone = error instanceof Refusal && error.status === 404;
        if (!isGone) {
          failed.push(next);
          reason = error;
          continue;
        }
      }
      hidden.delete(next.image.id);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  if (failed.length) {
    putBack(removal, failed);
    say(text.value.notDeleted(sentenceOf(reason)));
  }
}

addEventListener("pagehide", () => finish(true));
