import { effect, signal } from "@preact/signals";
import type { Image } from "../api/objects";
import { filters } from "../state/place";
import { token } from "../state/session";
import { imageAt } from "./listing";

/** The images that are selected, by their ids. */
export const selected = signal<ReadonlyMap<number, Image>>(new Map());

let anchor = 0;

export function toggle(index: number): void {
  const image = imageAt(index);
  if (!image) return;
  anchor = index;
  const next = new Map(selected.value);
  if (!next.delete(image.id)) next.set(image.id, image);
  selected.value = next;
}

/** Select everything from the image that was selected last to this one, as far as it is loaded. */
export function extendTo(index: number): void {
  const next = new Map(selected.value);
  for (let each = Math.min(anchor, index); each <= Math.max(anchor, index); each++) {
    const image = imageAt(each);
    if (image) next.set(image.id, image);
  }
  selected.value = next;
}

export function clear(): void {
  selected.value = new Map();
}

effect(() => {
  void filters.value;
  void token.value;
  clear();
});
