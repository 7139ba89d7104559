// What stands over a matrix and beside it: numbers, names of rows, and which part of it is seen.
import type { Theme } from "../../draw/colour";
import { px } from "../geometry";
import { type Picture, stepOf } from "./arrays";
import { shortNumber, textOn } from "./picture";
import type { Window } from "./window";

/** Room that a number takes, and a name of a row. */
const [NUMBER, LINE] = [38, 16];
export const GUTTER = 40;
const LEAST_LINE = 11;

/** Where a part of a matrix lies in what is seen of it, in pixels. */
export function placeIn([row, rows, column, columns]: Window, view: Window, width: number, height: number) {
  return {
    x: ((column - view[2]) / view[3]) * width,
    y: ((row - view[0]) / view[1]) * height,
    width: (columns / view[3]) * width,
    height: (rows / view[1]) * height,
  };
}

export type Box = ReturnType<typeof placeIn>;

export const boxOf = ({ x, y, width, height }: Box) => ({
  left: px(x),
  top: px(y),
  width: px(width),
  height: px(height),
});

export const windowOf = ({ window: [row = 0, rows = 1, column = 0, columns = 1] }: Picture): Window => [
  row,
  rows,
  column,
  columns,
];

/** Which part it is. */
export const PartText = ({ view, there }: { view: Window; there: boolean }) => {
  const [row, rows, column, columns] = view.map(Math.round) as unknown as Window;
  return (
    <>
      rows {row}–{row + rows - 1}, columns {column}–{column + columns - 1}
      {there ? "" : "; single numbers need Python"}
    </>
  );
};

/** What a cell is, where it is not a number by itself. */
export function MeansText({
  picture: {
    grid,
    window: [, rows = 1, , columns = 1],
    lows,
  },
}: {
  picture: Picture;
}) {
  if (!lows) return null;
  return (
    <span class="nnw-2nd">
      each cell is the mean of {stepOf(rows, grid[0] ?? 1)} × {stepOf(columns, grid[1] ?? 1)} numbers
    </span>
  );
}

interface WrittenProps {
  picture: Picture;
  view: Window;
  size: { readonly width: number; readonly height: number };
  theme: Theme;
}

/** The numbers themselves, where they are here and have room. */
export function Written({ picture, view, size, theme }: WrittenProps) {
  const own = windowOf(picture);
  const isExact = picture.grid[0] === own[1] && picture.grid[1] === own[3];
  const [wide, tall] = [size.width / view[3], size.height / view[1]];
  if (!isExact || wide < NUMBER || tall < LINE) return null;
  const written = [];
  const [lastRow, lastColumn] = [view[0] + view[1], view[2] + view[3]];
  for (let row = Math.max(own[0], Math.ceil(view[0] - 0.5)); row < Math.min(own[0] + own[1], lastRow); row++)
    for (
      let at = Math.max(own[2], Math.ceil(view[2] - 0.5));
      at < Math.min(own[2] + own[3], lastColumn);
      at++
    ) {
      const value = picture.values[(row - own[0]) * own[3] + at - own[2]] ?? Number.NaN;
      const { x, y } = placeIn([row, 1, at, 1], view, size.width, size.height);
      const color = Number.isFinite(value) ? textOn(theme, value, picture.bound ?? 0) : theme.ink;
      written.push(
        <span
          key={`${row} ${at}`}
          style={{ left: px(x), top: px(y), width: px(wide), height: px(tall), color }}
          data-n={`${picture.name}.${row}.${at}`}
        >
          {shortNumber(value)}
        </span>,
      );
    }
  return <span class="nnw-in-written">{written}</span>;
}

export const hasLabels = ({ row_labels }: Picture) => row_labels.length > 0;

interface Group {
  readonly name: string;
  readonly first: number;
  readonly rows: number;
}

/** "i[0]", "i[1]", "f[0]" are two groups; names without numbers are one each. */
export function groupsOf(labels: readonly string[]): Group[] {
  const groups: { name: string; first: number; rows: number }[] = [];
  labels.forEach((label, row) => {
    const name = /^(.+)\[\d+\]$/.exec(label)?.[1] ?? null;
    const last = groups.at(-1);
    if (name !== null && last?.name === name) last.rows++;
    else groups.push({ name: name ?? label, first: row, rows: 1 });
  });
  return groups;
}

/** Names beside the rows, or beside several that belong together. */
export function Gutter({ picture, view, height }: { picture: Picture; view: Window; height: number }) {
  if (!hasLabels(picture)) return null;
  const top = picture.window[0] ?? 0;
  let free = 0;
  return (
    <div class="nnw-in-gutter" style={{ height: px(height) }} aria-hidden="true">
      {groupsOf(picture.row_labels).map(({ name, first, rows }) => {
        const box = placeIn([top + first, rows, 0, 1], view, 1, height);
        const [from, to] = [Math.max(0, box.y), Math.min(height, box.y + box.height)];
        const middle = (from + to) / 2;
        // Those that would cover the one before are left out.
        if (to - from < 1 || middle - LEAST_LINE / 2 < free) return null;
        free = middle + LEAST_LINE / 2;
        return (
          <span
            key={first}
            style={{ top: px(from), height: px(to - from) }}
            data-group={rows > 1 || undefined}
          >
            {name}
          </span>
        );
      })}
    </div>
  );
}
