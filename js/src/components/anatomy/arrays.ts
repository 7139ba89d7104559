// Pictures and other arrays as Python sends them: what a place in them is, and what stands there.
import { significant } from "../../draw/format";
import type { InsideTrait, PictureTrait } from "../../generated/protocol";
import { readTriples as float32In } from "../../model/binary";

export { float32In };

export interface Picture extends Omit<PictureTrait, "values" | "lows" | "highs"> {
  /** Its whole name, by which Python knows it; `name` is that within the layer. */
  readonly tensor: string;
  readonly values: Float32Array;
  /** Where cells are means: the least and the greatest number of each. */
  readonly lows: Float32Array | null;
  readonly highs: Float32Array | null;
}

/** A cell of what is here: tiles from 0, whichever is the first. */
export interface Place {
  readonly tile: number;
  readonly row: number;
  readonly column: number;
}

type Span = readonly [from: number, to: number];

export interface Cell {
  readonly value: number;
  /** Whether it is one number of the tensor. */
  readonly exact: boolean;
  readonly low: number;
  readonly high: number;
  /** What of the tensor it is: "weight[12, 3, 0, 2]", "weight[12:16, 304:308]". */
  readonly name: string;
  /** What its row is called, where rows have names. */
  readonly label: string;
  /** Which tile, row and column of the whole tensor; the second number is the first that does not belong to it. */
  readonly tile: number;
  readonly rows: Span;
  readonly columns: Span;
}

const read = new WeakMap<PictureTrait, Picture>();
const named = new WeakMap<InsideTrait, InsideTrait>();
const wholes = new WeakMap<PictureTrait, string>();

/** A name within a layer: "weight" of "encoder.0.weight". */
export const ownName = (name: string, layer: string) =>
  layer && name.startsWith(`${layer}.`) ? name.slice(layer.length + 1) : name;

/** With names as they are within the layer. */
export function withOwnNames(inside: InsideTrait, layer: string): InsideTrait {
  const known = named.get(inside);
  if (known) return known;
  const own = {
    ...inside,
    pictures: inside.pictures.map((each) => {
      const renamed = { ...each, name: ownName(each.name, layer) };
      wholes.set(renamed, each.name);
      return renamed;
    }),
    spreads: inside.spreads.map((each) => ({ ...each, name: ownName(each.name, layer) })),
  };
  named.set(inside, own);
  return own;
}

export function readPicture(trait: PictureTrait): Picture {
  const known = read.get(trait);
  if (known) return known;
  const { values, lows, highs } = trait;
  const picture = {
    ...trait,
    tensor: wholes.get(trait) ?? trait.name,
    values: float32In(values),
    lows: lows ? float32In(lows) : null,
    highs: highs ? float32In(highs) : null,
  };
  read.set(trait, picture);
  return picture;
}

/** The picture of a tensor by what it is, and by its name where there are several. */
export function pictureOf(inside: InsideTrait, role: PictureTrait["role"], name?: RegExp): Picture | null {
  const found = inside.pictures.find((each) => each.role === role && (!name || name.test(each.name)));
  return found ? readPicture(found) : null;
}

export const isExact = ({ lows }: Picture) => lows === null;

/** Whether a whole tile is here, and each of its numbers. */
export const isWhole = ({ window: [, rows], rows: all, window, columns, grid }: Picture) =>
  rows === all && window[3] === columns && grid[0] === rows && grid[1] === columns;

/** The numbers of one tile, row by row. */
export function tileOf({ values, grid: [rows = 0, columns = 0] }: Picture, tile: number): Float32Array {
  return values.subarray(tile * rows * columns, (tile + 1) * rows * columns);
}

/** How many numbers along an axis a cell has; the last cell may have fewer. */
export const stepOf = (length: number, cells: number) => Math.max(1, Math.ceil(length / Math.max(1, cells)));

/** Which of `length` numbers from `from` on are in the cell `index` of `cells`. */
export function spanOf(index: number, from: number, length: number, cells: number): Span {
  const step = stepOf(length, cells);
  return [from + index * step, from + Math.max(index * step + 1, Math.min(length, (index + 1) * step))];
}

/** The cell that a number of the tensor is in. */
export const cellOf = (at: number, from: number, length: number, cells: number) =>
  Math.floor((at - from) / stepOf(length, cells));

export function cellAt(picture: Picture, { tile, row, column }: Place): Cell | null {
  const [gridRows = 0, gridColumns = 0] = picture.grid;
  const [firstRow = 0, rows = 0, firstColumn = 0, columns = 0] = picture.window;
  const isHere = tile >= 0 && tile < picture.shown && row >= 0 && row < gridRows && column >= 0;
  if (!isHere || column >= gridColumns) return null;
  const at = (tile * gridRows + row) * gridColumns + column;
  const value = picture.values[at] ?? Number.NaN;
  const label = picture.row_labels[row * stepOf(rows, gridRows)];
  const place = {
    tile: picture.first + tile,
    rows: spanOf(row, firstRow, rows, gridRows),
    columns: spanOf(column, firstColumn, columns, gridColumns),
  };
  const { lows, highs } = picture;
  return {
    ...place,
    value,
    exact: place.rows[1] - place.rows[0] === 1 && place.columns[1] - place.columns[0] === 1,
    low: lows?.[at] ?? value,
    high: highs?.[at] ?? value,
    name: `${picture.name}${indexText(picture, place)}`,
    label: label && place.rows[1] - place.rows[0] === 1 ? label : "",
  };
}

type Where = Pick<Cell, "tile" | "rows" | "columns">;

/** "[12, 3, 0:2, 4]", as PyTorch's indices are. */
function indexText({ axes, index, shape }: Picture, { tile, rows, columns }: Where): string {
  const free = index.map((each, axis) => (each === null ? axis : -1)).filter((axis) => axis >= 0);
  const spans: Span[] = [[tile, tile + 1], rows, columns];
  const named = spans.filter((_, part) => axes[part]);
  const texts = index.map((each) => String(each));
  // Each axis that is shown is tiles, rows or columns; where there are more, the first of these has several of them.
  const extra = Math.max(0, free.length - named.length);
  named.forEach(([from, to], part) => {
    const own = part ? free.slice(part + extra, part + extra + 1) : free.slice(0, 1 + extra);
    const sizes = own.map((axis) => shape[axis] ?? 1);
    const starts = unravelled(from, sizes);
    const ends = unravelled(to - 1, sizes);
    own.forEach((axis, at) => {
      const [start = 0, end = 0] = [starts[at], ends[at]];
      texts[axis] = start === end ? String(start) : `${start}:${end + 1}`;
    });
  });
  return texts.length ? `[${texts.join(", ")}]` : "";
}

function unravelled(flat: number, sizes: readonly number[]): number[] {
  let left = flat;
  return [...sizes]
    .reverse()
    .map((size) => {
      const at = left % Math.max(1, size);
      left = Math.floor(left / Math.max(1, size));
      return at;
    })
    .reverse();
}

const DIGITS = 5;

/** A number of a tensor; what is none in its own words. */
export function numberText(value: number | null | undefined, digits = DIGITS): string {
  if (value === null || value === undefined) return "·";
  return Number.isNaN(value) ? "NaN" : significant(value, digits);
}

/** "weight[12, 3] = −0.0132", or of a mean "mean of weight[12:16, 304:308] = −0.0051, −0.02 to 0.013". */
export function cellText({ exact, name, value, low, high, label }: Cell): string {
  const row = label ? ` (${label})` : "";
  if (exact) return `${name}${row} = ${numberText(value)}`;
  return `mean of ${name} = ${numberText(value, 3)}, ${numberText(low, 3)} to ${numberText(high, 3)}`;
}

/** Whether none of what is here is negative. */
export const isUnsigned = ({ values, lows }: Pick<Picture, "values" | "lows">) =>
  !(lows ?? values).some((value) => value < 0);
