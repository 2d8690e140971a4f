import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { go, openId } from "../state/place";
import { text } from "../text/text";
import { removeAll } from "../removing/removal";
import { count, imageAt, version, want } from "./listing";
import { arrange, type Arrangement, rowsIn } from "./arrangement";
import { extendTo, selected, toggle } from "./selection";
import { target } from "./tile_size";
import { Tile } from "./tile";

/** The image that the keys act on, by its index. */
export const current = signal(0);

/** Heights of the window, above and below it, in which tiles are near. */
const NEAR = 1;

interface Window {
  width: number;
  height: number;
  /** How far the top of the grid is above the top of the window; negative if it is below. */
  top: number;
}

/** All images as square tiles of one size, so that the place of each is known; only those near the window exist. */
export function Grid() {
  const root = useRef<HTMLDivElement>(null);
  const seen = useWindow(root);
  const all = count.value ?? 0;
  void version.value;
  const arranged = arrange(seen.width, all, target.value);
  const rows = rowsIn(arranged, seen.top, seen.height);
  const near = rowsIn(arranged, seen.top - seen.height * NEAR, seen.height * (1 + 2 * NEAR));
  const first = near.first * arranged.columns;
  const last = Math.min(all, (near.last + 1) * arranged.columns) - 1;
  useEffect(() => want(first, last), [first, last, all]);
  useFocus(root, arranged);

  const shown: number[] = [];
  if (current.value < first && current.value < all) shown.push(current.value); // what has the focus must exist
  for (let index = first; index <= last; index++) shown.push(index);
  if (current.value > last && current.value < all) shown.push(current.value);
  return (
    <div
      ref={root}
      class={selected.value.size ? "grid selecting" : "grid"}
      role="listbox"
      aria-multiselectable="true"
      aria-label={text.value.gallery}
      style={{ height: `${arranged.height}px` }}
      onKeyDown={(event) => onKey(event, arranged, seen)}
      onClick={onClick}
      onFocusIn={onFocus}
    >
      {shown.map((index) => {
        const image = imageAt(index);
        const row = Math.floor(index / arranged.columns);
        return (
          <Tile
            key={index}
            image={image}
            index={index}
            count={all}
            x={(index % arranged.columns) * arranged.step}
            y={row * arranged.step}
            side={arranged.side}
            isSeen={row >= rows.first && row <= rows.last}
            isSelected={image !== undefined && selected.value.has(image.id)}
            isCurrent={index === current.value}
          />
        );
      })}
    </div>
  );
}

function useWindow(root: { current: HTMLElement | null }): Window {
  const [seen, setSeen] = useState<Window>({ width: 0, height: innerHeight, top: 0 });
  useLayoutEffect(() => {
    let frame = 0;
    const measure = () => {
      frame = 0;
      const box = root.current?.getBoundingClientRect();
      if (box) setSeen({ width: box.width, height: innerHeight, top: -box.top });
    };
    const soon = () => (frame ||= requestAnimationFrame(measure));
    measure();
    const resized = new ResizeObserver(soon);
    if (root.current) resized.observe(root.current);
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    return () => {
      cancelAnimationFrame(frame);
      resized.disconnect();
      removeEventListener("scroll", soon);
      removeEventListener("resize", soon);
    };
  }, []);
  return seen;
}

/** Keep the current tile in the window and focused, when the keys or the large view moved it. */
function useFocus(root: { current: HTMLElement | null }, arranged: Arrangement): void {
  const before = useRef(current.value);
  useLayoutEffect(() => {
    if (before.current === current.value) return;
    before.current = current.value;
    const box = root.current?.getBoundingClientRect();
    if (!box) return;
    const top = box.top + Math.floor(current.value / arranged.columns) * arranged.step;
    const header = document.querySelector("header.top")?.getBoundingClientRect().bottom ?? 0;
    if (top < header + 8) scrollBy(0, top - header - 8);
    else if (top + arranged.side > innerHeight - 8) scrollBy(0, top + arranged.side - innerHeight + 8);
    if (!openId.value) focusCurrent();
  });
}

export function focusCurrent(): void {
  document.getElementById(`tile-${current.value}`)?.focus({ preventScroll: true });
}

function onFocus(event: FocusEvent): void {
  const tile = (event.target as Element).closest<HTMLElement>(".tile");
  if (tile) current.value = Number(tile.dataset["index"]);
}

function onClick(event: MouseEvent): void {
  const clicked = event.target as Element;
  const tile = clicked.closest<HTMLElement>(".tile");
  if (!tile) return;
  const index = Number(tile.dataset["index"]);
  current.value = index;
  if (event.shiftKey) extendTo(index);
  else if (clicked.closest(".check") || event.ctrlKey || event.metaKey || selected.value.size) toggle(index);
  else open(index);
}

function onKey(event: KeyboardEvent, { columns, step }: Arrangement, { height }: Window): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const screen = Math.max(1, Math.floor(height / step) - 1) * columns;
  const moves: Record<string, number> = {
    ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -screen, PageDown: screen,
    Home: -Infinity, End: Infinity,
  };
  const by = moves[event.key];
  if (by !== undefined) {
    current.value = Math.max(0, Math.min((count.value ?? 1) - 1, current.value + by));
    if (event.shiftKey) extendTo(current.value);
  } else if (event.key === "Enter") open(current.value);
  else if (event.key === " ") toggle(current.value);
  else if (event.key === "Delete") removeAll(selected.value.size ? [...selected.value.values()] : currentImages());
  else return;
  event.preventDefault();
}

function currentImages() {
  const image = imageAt(current.value);
  return image ? [image] : [];
}

function open(index: number): void {
  const image = imageAt(index);
  if (image) go({ image: `${image.id}` });
}
