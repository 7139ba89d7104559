// The units of a layer side by side, each as the image of its weights.
import { pictureSize, type Size } from "./picture";

export interface SheetPlan {
  /** What each unit is drawn in, and the side of the square that it has. */
  readonly size: Size;
  readonly side: number;
  readonly columns: number;
  /** As many units as have room. */
  readonly shown: number;
  /** Space between rows. */
  readonly gap: number;
}

const COLUMNS = 16;
const FEW_COLUMNS = 8;
const MOST_ROWS = 8;
/** Widths from which units may have the larger of the sides. */
const SIDES = [
  [926, 56],
  [700, 42],
  [0, 28],
] as const;
const SMALLEST = 28;
/** Less could not be pressed. */
const LEAST_SIDE = 24;

/** How `units` images of `columns` × `rows` weights lie in a width; a few units do not get larger ones. */
export function planSheet(width: number, units: number, columns: number, rows: number): SheetPlan {
  const most = SIDES.find(([from]) => width >= from)?.[1] ?? SMALLEST;
  const size = pictureSize({ width: columns, height: rows }, most);
  const side = Math.max(LEAST_SIDE, size.width, size.height);
  const across = width >= COLUMNS * SMALLEST + COLUMNS - 1 ? COLUMNS : FEW_COLUMNS;
  const room = Math.floor((width - across * side) / (across - 1));
  return {
    size,
    side,
    columns: across,
    shown: Math.min(units, across * MOST_ROWS),
    gap: Math.max(2, Math.min(8, room)),
  };
}
