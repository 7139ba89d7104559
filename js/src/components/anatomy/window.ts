// The part of a matrix that is looked at: nearer, farther, and to the side.

/** First row, rows, first column, columns; not whole numbers while it is moved. */
export type Window = readonly [row: number, rows: number, column: number, columns: number];

const LEAST = 4;

/** The nearest part that lies in the matrix. */
export function fitted([row, rows, column, columns]: Window, [allRows, allColumns]: Sides): Window {
  const tall = Math.min(allRows, Math.max(Math.min(LEAST, allRows), rows));
  const wide = Math.min(allColumns, Math.max(Math.min(LEAST, allColumns), columns));
  const first = (at: number, size: number, all: number) => Math.max(0, Math.min(all - size, at));
  return [first(row, tall, allRows), tall, first(column, wide, allColumns), wide];
}

export type Sides = readonly [rows: number, columns: number];

/** So many times nearer, about a place that stays where it is: shares of the height and the width. */
export function zoomed(view: Window, by: number, [down, right]: Sides, all: Sides): Window {
  const [row, rows, column, columns] = view;
  const next = fitted([row, rows / by, column, columns / by], all);
  return fitted([row + (rows - next[1]) * down, next[1], column + (columns - next[3]) * right, next[3]], all);
}

export const moved = (
  [row, rows, column, columns]: Window,
  down: number,
  right: number,
  all: Sides,
): Window => fitted([row + down, rows, column + right, columns], all);

/** In whole rows and columns, none of what is seen left out. */
export function rounded([row, rows, column, columns]: Window, all: Sides): Window {
  const [top, left] = [Math.floor(row + 1e-6), Math.floor(column + 1e-6)];
  return fitted(
    [top, Math.ceil(row + rows - 1e-6) - top, left, Math.ceil(column + columns - 1e-6) - left],
    all,
  );
}

export const isAll = ([, rows, , columns]: Window, [allRows, allColumns]: Sides) =>
  rows >= allRows && columns >= allColumns;

/** So that a row and a column are in it. */
export function including(view: Window, row: number, column: number, all: Sides): Window {
  const [top, rows, left, columns] = view;
  const shift = (at: number, first: number, size: number) =>
    at < first ? at - first : at + 1 > first + size ? at + 1 - first - size : 0;
  return moved(view, shift(row, top, rows), shift(column, left, columns), all);
}
