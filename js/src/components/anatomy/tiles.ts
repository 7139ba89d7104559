// Where the tiles of a picture lie, how large they are, and where the keyboard leads from one number to the next.
import { pictureSize, type Size } from "../../draw/picture";
import type { Picture, Place } from "./arrays";

export const GAP = 3;
const SMALLEST = 10;

export interface TilePlan {
  readonly size: Size;
  readonly columns: number;
  /** Side of the square that each tile has. */
  readonly side: number;
}

/** The largest tiles of which all find room in `width` and, if they can, in `height`. */
export function planTiles(
  picture: Pick<Picture, "shown" | "window">,
  width: number,
  { height = 240, most = 64 }: { height?: number; most?: number } = {},
): TilePlan {
  // Cells can be means of more rows than columns: a map keeps its own proportions.
  const [, rows = 1, , columns = 1] = picture.window;
  if (rows === 1 && columns > 1) return planStrips(picture.shown, columns, width, height);
  const planAt = (side: number): TilePlan => {
    const size = pictureSize({ width: columns, height: rows }, side);
    return { size, side, columns: Math.max(1, Math.floor((width + GAP) / (size.width + GAP))) };
  };
  for (let side = Math.min(most, Math.floor(width)); side > SMALLEST; side--) {
    const plan = planAt(side);
    if (Math.ceil(picture.shown / plan.columns) * (plan.size.height + GAP) <= height + GAP) return plan;
  }
  return planAt(SMALLEST);
}

const STRIP = 14;
const WIDEST_CELL = 32;

/** Maps of one row: as few side by side as there is room for below one another. */
function planStrips(shown: number, length: number, width: number, height: number): TilePlan {
  let across = 1;
  while (across < shown && Math.ceil(shown / across) * (STRIP + GAP) > height + GAP) across++;
  const wide = Math.max(SMALLEST, Math.min(length * WIDEST_CELL, Math.floor((width + GAP) / across) - GAP));
  const size = { width: wide, height: STRIP, whole: wide >= length };
  return { size, side: STRIP, columns: across };
}

/** A single matrix: as wide as there is room, its cells no larger than `most`, and not flattened to a line. */
export function planMatrix(
  [rows, columns]: readonly [number, number],
  width: number,
  { height = 320, most = 48, least = 96 }: { height?: number; most?: number; least?: number } = {},
): { width: number; height: number } {
  const cell = Math.min(most, width / Math.max(1, columns));
  const wide = Math.max(Math.min(width, least), Math.round(cell * columns));
  const natural = cell * rows;
  // Long and thin ones are drawn with cells that are no squares.
  const low = Math.min(height, rows === 1 ? 20 : Math.max(18 * Math.min(rows, 4), Math.min(140, 8 * rows)));
  return { width: wide, height: Math.round(Math.max(low, Math.min(height, natural))) };
}

const TURNS: Partial<Record<string, readonly [down: number, right: number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** The next number in the direction of a key, which may be in the next tile; null for keys that lead nowhere. */
export function placeAfterKey(
  key: string,
  from: Place | null,
  { grid: [rows = 1, columns = 1], shown }: Pick<Picture, "grid" | "shown">,
  across: number,
): Place | null {
  const start = from ?? { tile: 0, row: 0, column: 0 };
  const inTile = (tile: number, row: number, column: number): Place => {
    const isThere = tile >= 0 && tile < shown;
    return isThere ? { tile, row, column } : start;
  };
  const turn = TURNS[key];
  if (turn && !from) return start;
  if (turn) {
    const [row, column] = [start.row + turn[0], start.column + turn[1]];
    if (column < 0) return inTile(start.tile - 1, row, columns - 1);
    if (column >= columns) return inTile(start.tile + 1, row, 0);
    if (row < 0) return inTile(start.tile - across, rows - 1, column);
    if (row >= rows) return inTile(start.tile + across, 0, column);
    return { tile: start.tile, row, column };
  }
  if (key === "PageDown") return inTile(start.tile + 1, start.row, start.column);
  if (key === "PageUp") return inTile(start.tile - 1, start.row, start.column);
  if (key === "Home") return { ...start, column: 0 };
  if (key === "End") return { ...start, column: columns - 1 };
  return null;
}
