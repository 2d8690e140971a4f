/** Where the tiles are, in pixels. */
export interface Arrangement {
  columns: number;
  side: number;
  /** From one tile to the next. */
  step: number;
  height: number;
}

const GAP = 6;

/** Tiles of about `target` pixels that fill `width`. */
export function arrange(width: number, count: number, target: number): Arrangement {
  const columns = Math.max(2, Math.round((width + GAP) / (target + GAP)));
  const side = Math.max(16, Math.floor(((width - GAP * (columns - 1)) / columns) * 100) / 100);
  const rows = Math.ceil(count / columns);
  return { columns, side, step: side + GAP, height: Math.max(0, rows * (side + GAP) - GAP) };
}

/** The rows that the part of the grid from `top`, `height` pixels high, touches. */
export function rowsIn({ step, height: whole }: Arrangement, top: number, height: number): { first: number; last: number } {
  const rows = Math.ceil((whole + GAP) / step);
  const first = Math.max(0, Math.min(rows - 1, Math.floor(top / step)));
  return { first, last: Math.max(first, Math.min(rows - 1, Math.floor((top + height) / step))) };
}
