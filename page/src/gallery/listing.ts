import { effect, signal } from "@preact/signals";
import type { Image, Page } from "../api/objects";
import { Refusal } from "../api/refusal";
import { listImages, PAGE_SIZE } from "../api/service";
import { filters } from "../state/place";
import { token } from "../state/session";

/** Milliseconds in which the view must stand still before a page in the middle of the list is loaded. */
const CALM = 90;

/** Seconds until a list that could not be loaded is asked for again. */
const AGAIN = 5;

/** How many images the list has; null until the first page is there. */
export const count = signal<number | null>(null);

/** Changes whenever any image of the list does. */
export const version = signal(0);

/** Why the list cannot be loaded; null if it can. */
export const failure = signal<unknown>(null);

/** Whether the list is being replaced by another one. */
export const isLoading = signal(false);

/** Changes whenever the list is read from its beginning: places in the one before mean nothing then. */
export let generation = 0;

/** Images that the user has deleted, which the service has not been told yet. */
export const hidden = new Set<number>();

let images: (Image | undefined)[] = [];
/** Cursors of the pages that follow an image, or precede it, by its id. */
let onward = new Map<number, string>();
let back = new Map<number, string>();
let running: AbortController | null = null;
let wanted: [first: number, last: number] = [0, PAGE_SIZE - 1];

export function imageAt(index: number): Image | undefined {
  return images[index];
}

export function indexOf(id: number): number {
  return images.findIndex((each) => each?.id === id);
}

/** Have the images from `first` to `last` loaded, and no others that are not loaded yet. */
export function want(first: number, last: number): void {
  wanted = [Math.max(0, first), last];
  if (!running) void load();
}

/** Read the list from its beginning; what is shown stays until the answer is there. */
export function reload(): void {
  running?.abort();
  running = null;
  isLoading.value = true;
  void load(true);
}

/** Show the present state of an image, wherever it is in the list. */
export function update(image: Image): void {
  const index = indexOf(image.id);
  if (index < 0) return;
  images[index] = image;
  version.value += 1;
}

/** Put a new image at the beginning. */
export function prepend(image: Image): void {
  images.unshift(image);
  count.value = (count.value ?? 0) + 1;
  version.value += 1;
}

/** Take an image out; answers where it was, for `insert`, or -1. */
export function withdraw(id: number): number {
  const index = indexOf(id);
  if (index < 0) return -1;
  images.splice(index, 1);
  count.value = Math.max(0, (count.value ?? 1) - 1);
  version.value += 1;
  return index;
}

export function insert(image: Image, index: number): void {
  images.splice(index, 0, image);
  count.value = (count.value ?? 0) + 1;
  version.value += 1;
}

async function load(afresh = false): Promise<void> {
  const control = new AbortController();
  running = control;
  try {
    if (afresh) put(await listImages(query({}), control.signal), 0, true);
    for (;;) {
      const gap = nextGap();
      if (!gap) break;
      if (gap.offset !== undefined) {
        const before = `${wanted}`;
        await delay(CALM);
        if (control.signal.aborted) return;
        if (`${wanted}` !== before) continue;
      }
      const place = gap.offset === undefined ? { cursor: gap.cursor ?? "" } : { offset: `${gap.offset}` };
      const page = await listImages(query(place), control.signal);
      put(page, gap.endsAt === undefined ? (gap.startsAt ?? 0) : gap.endsAt - page.results.length, false);
      if (!page.results.length) break;
    }
    failure.value = null;
  } catch (error) {
    if (control.signal.aborted) return;
    failure.value = error;
    const isFinal = error instanceof Refusal && !error.isTemporary;
    if (!isFinal) setTimeout(() => running === null && token.value && void load(afresh), AGAIN * 1000);
  } finally {
    if (running === control) {
      running = null;
      if (!control.signal.aborted) isLoading.value = false;
    }
  }
}

interface Gap {
  cursor?: string;
  offset?: number;
  startsAt?: number;
  endsAt?: number;
}

/** The page to load next: by a cursor, if it follows or precedes one that is there, because that costs the same everywhere. */
function nextGap(): Gap | null {
  const last = Math.min(wanted[1], (count.value ?? PAGE_SIZE) - 1);
  let missing = wanted[0];
  while (missing <= last && images[missing]) missing += 1;
  if (missing > last) return null;
  let start = missing;
  while (start > 0 && missing - start < PAGE_SIZE && !images[start - 1]) start -= 1;
  const before = start > 0 ? images[start - 1] : undefined;
  const cursor = before && onward.get(before.id);
  if (cursor) return { cursor, startsAt: start };
  let end = missing + 1;
  while (end - missing < PAGE_SIZE && end < (count.value ?? 0) && !images[end]) end += 1;
  const after = images[end];
  const backwards = after && back.get(after.id);
  if (backwards) return { cursor: backwards, endsAt: end };
  return { offset: missing, startsAt: missing };
}

function put(page: Page, at: number, afresh: boolean): void {
  if (afresh) {
    generation += 1;
    images = [];
    onward = new Map();
    back = new Map();
  }
  const shown = page.results.filter(({ id }) => !hidden.has(id));
  const start = Math.max(0, at);
  shown.forEach((image, index) => (images[start + index] = image));
  note(onward, shown.at(-1), page.next);
  note(back, shown[0], page.previous);
  count.value = Math.max(shown.length, page.count - (filters.value ? 0 : hidden.size));
  images.length = count.value;
  version.value += 1;
}

function note(cursors: Map<number, string>, image: Image | undefined, link: string | null): void {
  // The link names the service as the client's request did; only its cursor is used, so that any proxy path works.
  const cursor = link && new URL(link, location.href).searchParams.get("cursor");
  if (image && cursor) cursors.set(image.id, cursor);
}

function query(place: Record<string, string>): URLSearchParams {
  const parameters = new URLSearchParams(filters.value);
  for (const [name, value] of Object.entries({ limit: `${PAGE_SIZE}`, ...place })) parameters.set(name, value);
  return parameters;
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

effect(() => {
  void filters.value;
  if (token.value) {
    wanted = [0, PAGE_SIZE - 1];
    queueMicrotask(reload);
  } else {
    running?.abort();
    running = null;
    images = [];
    count.value = null;
  }
});
