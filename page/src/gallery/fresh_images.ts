import type { Image } from "../api/objects";
import { awaitVariants, showImage } from "../api/service";
import { isBusy, onStored } from "../uploads/queue";
import { filters } from "../state/place";
import { indexOf, prepend, reload, update } from "./listing";

/** Images whose variants are awaited at once: each takes one of the few connections that a browser opens. */
const AT_ONCE = 1;

const waiting = new Set<number>();
let awaited = 0;

/** Show this image again when its variants are made. */
export function awaitVariantsOf(image: Image): void {
  waiting.add(image.id);
  void next();
}

export function hasPending(image: Image): boolean {
  return Object.values(image.variants).some((each) => each.state === "pending");
}

async function next(): Promise<void> {
  if (awaited >= AT_ONCE) return;
  const [id] = waiting;
  if (id === undefined) return;
  awaited += 1;
  waiting.delete(id);
  try {
    const image = await awaitVariants(id);
    update(image);
    if (hasPending(image) && indexOf(id) >= 0) waiting.add(id);
  } catch {
    // It is asked for again when it is shown again.
  } finally {
    awaited -= 1;
    void next();
  }
}

const renewed = new Map<number, number>();

/** Ask for an image whose links do not work any more; at most once a minute. */
export async function renew(id: number): Promise<void> {
  const now = Date.now();
  if (now - (renewed.get(id) ?? 0) < 60_000) return;
  renewed.set(id, now);
  try {
    update(await showImage(id));
  } catch {
    // The image is shown as it was.
  }
}

/** Show what is uploaded in the list: at once where it is certain to be first, or else when all is uploaded. */
export function showUploads(): () => void {
  return onStored((image, replaced) => {
    if (indexOf(image.id) >= 0) update(image);
    else if (!replaced && !filters.peek()) prepend(image);
    else if (!isBusy.peek()) reload();
    if (hasPending(image)) awaitVariantsOf(image);
  });
}
