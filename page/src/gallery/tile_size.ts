import { effect, signal } from "@preact/signals";

const CHOSEN = "calotype-tiles";

export const SMALLEST = 90;
export const LARGEST = 360;

/** About how many pixels a side of a tile has. */
export const target = signal(Number(localStorage.getItem(CHOSEN)) || (innerWidth < 600 ? 120 : 190));

effect(() => localStorage.setItem(CHOSEN, `${target.value}`));
