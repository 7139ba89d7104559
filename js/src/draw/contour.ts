// Contour lines of a map: marching squares over the middles of its cells.
// One look at the map finds the squares of every level; the rest is done along the lines only.

export interface Contour {
  /** Points of all lines, x and y in turn. */
  readonly points: Float32Array;
  /** Where each line ends in `points`, counted in points. A closed line ends with the point it began with. */
  readonly ends: readonly number[];
}

/** Cells of bytes, row by row. */
interface Grid {
  readonly cells: Uint8Array;
  readonly columns: number;
  readonly rows: number;
}

/** Rounding to bytes may have taken so much from a value, or added it. */
const ROUNDED = 0.5;
/** Rounds of smoothing inside the bounds that rounding leaves open. */
const ROUNDS = 8;
/** Only values this near to the level can move the line. */
const NEAR = 2.5;

/**
 * Bytes are rounded values, so where a function is nearly flat a line through them would run in steps. Values
 * near the level are replaced by the average of their neighbours, but never by more than what rounding may
 * have taken: what is steep stays where it is.
 */
function unround(values: Float32Array, { cells, columns, rows }: Grid, near: readonly number[]): void {
  const inside: number[] = [];
  // At the border the missing neighbour is taken to lie in line with the one opposite: each cell, and the way
  // to its neighbours along the border.
  const border: number[] = [];
  for (const index of near) {
    const column = index % columns;
    const inRow = column > 0 && column < columns - 1;
    const inColumn = index >= columns && index < columns * (rows - 1);
    if (inRow && inColumn) inside.push(index);
    else if (inRow) border.push(index, 1);
    else if (inColumn) border.push(index, columns);
  }
  const at = (index: number) => values[index] as number;
  const move = (index: number, mean: number) => {
    const cell = cells[index] as number;
    values[index] = Math.max(cell - ROUNDED, Math.min(cell + ROUNDED, mean));
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const index of inside) {
      move(index, (at(index - 1) + at(index + 1) + at(index - columns) + at(index + columns)) / 4);
    }
    for (let each = 0; each < border.length; each += 2) {
      const index = border[each] as number;
      const along = border[each + 1] as number;
      move(index, (at(index - along) + at(index + along) + 2 * at(index)) / 4);
    }
  }
}

/**
 * The levels that have a line, in order. A map that only touches a level, as ReLU does at zero, has its line
 * where it leaves the level.
 */
function effectiveLevels(cells: Uint8Array, levels: readonly number[]): number[] {
  let lowest = 255;
  let highest = 0;
  for (const cell of cells) {
    if (cell < lowest) lowest = cell;
    if (cell > highest) highest = cell;
  }
  return levels
    .filter((level) => lowest <= level && level <= highest && lowest < highest)
    .map((level) => (lowest === level ? level + 0.5 : highest === level ? level - 0.5 : level))
    .sort((one, other) => one - other);
}

/** Of how many of the levels each byte, changed by so much, lies above. */
function ranks(levels: readonly number[], change: number): Uint8Array {
  const counts = new Uint8Array(256);
  for (const level of levels) {
    for (let byte = Math.max(0, Math.floor(level - change) + 1); byte < 256; byte++)
      counts[byte] = (counts[byte] as number) + 1;
  }
  return counts;
}

/** For each level the cells that are near to it. */
function nearCells(cells: Uint8Array, levels: readonly number[]): number[][] {
  const found = levels.map((): number[] => []);
  const from = ranks(levels, -NEAR);
  const to = ranks(levels, NEAR);
  for (let index = 0; index < cells.length; index++) {
    const cell = cells[index] as number;
    for (let level = from[cell] as number; level < (to[cell] as number); level++) found[level]?.push(index);
  }
  return found;
}

/** For each level the squares between four cells that it may run through, by their top left cell. */
function squares({ cells, columns, rows }: Grid, levels: readonly number[]): number[][] {
  const found = levels.map((): number[] => []);
  const from = ranks(levels, -ROUNDED);
  const to = ranks(levels, ROUNDED);
  for (let row = 0; row < rows - 1; row++) {
    for (let index = row * columns; index < (row + 1) * columns - 1; index++) {
      const topLeft = cells[index] as number;
      const topRight = cells[index + 1] as number;
      const bottomLeft = cells[index + columns] as number;
      const bottomRight = cells[index + columns + 1] as number;
      const low = Math.min(topLeft, topRight, bottomLeft, bottomRight);
      const high = Math.max(topLeft, topRight, bottomLeft, bottomRight);
      for (let level = from[low] as number; level < (to[high] as number); level++) found[level]?.push(index);
    }
  }
  return found;
}

/**
 * The lines on which a map has one of the values `levels` (as bytes: 128 is zero), for a picture of a given
 * size.
 */
export function contour(
  cells: Uint8Array,
  columns: number,
  rows: number,
  levels: readonly number[],
  width: number,
  height: number,
): Contour {
  const grid = { cells, columns, rows };
  const thresholds = effectiveLevels(cells, levels);
  const near = nearCells(cells, thresholds);
  const crossed = squares(grid, thresholds);
  const lines = { points: [], ends: [] };
  const joined = new Int32Array(4 * cells.length);
  thresholds.forEach((threshold, level) => {
    const values = new Float32Array(cells);
    unround(values, grid, near[level] as number[]);
    trace(lines, joined, values, grid, crossed[level] as number[], threshold, width / columns, height / rows);
  });
  return { points: new Float32Array(lines.points), ends: lines.ends };
}

// The sides of a square. An edge of the grid is numbered 2 × its left or top corner, + 1 if it runs down.
const TOP = 0;
const RIGHT = 1;
const BOTTOM = 2;
const LEFT = 3;

/** Which sides a line joins, by which corners lie above: bit 0 top left, 1 top right, 2 bottom right, 3 bottom left. */
const JOINS: readonly (readonly number[])[] = [
  [],
  [LEFT, TOP],
  [TOP, RIGHT],
  [LEFT, RIGHT],
  [RIGHT, BOTTOM],
  [], // a saddle: see below
  [TOP, BOTTOM],
  [LEFT, BOTTOM],
  [LEFT, BOTTOM],
  [TOP, BOTTOM],
  [], // a saddle
  [RIGHT, BOTTOM],
  [LEFT, RIGHT],
  [TOP, RIGHT],
  [LEFT, TOP],
  [],
];
const CUT_TOP_LEFT = [LEFT, TOP, RIGHT, BOTTOM];
const CUT_TOP_RIGHT = [TOP, RIGHT, LEFT, BOTTOM];

/**
 * Adds the lines of one level.
 *
 * `joined` holds for each edge of the grid the edges that a line joins it to, + 1: at most two, and 0 where there
 * is none, as everywhere before and after.
 */
function trace(
  { points, ends }: { points: number[]; ends: number[] },
  joined: Int32Array,
  values: Float32Array,
  { columns, rows }: Grid,
  crossed: readonly number[],
  threshold: number,
  cellWidth: number,
  cellHeight: number,
): void {
  const edges: number[] = [];
  const join = (from: number, to: number) => {
    if (joined[2 * from]) joined[2 * from + 1] = to + 1;
    else {
      joined[2 * from] = to + 1;
      edges.push(from);
    }
  };
  const part = (from: number, to: number) => {
    if (joined[2 * from] === to + 1) joined[2 * from] = joined[2 * from + 1] as number;
    joined[2 * from + 1] = 0;
  };
  const at = (index: number) => (values[index] as number) - threshold;

  for (const corner of crossed) {
    const topLeft = at(corner);
    const topRight = at(corner + 1);
    const bottomLeft = at(corner + columns);
    const bottomRight = at(corner + columns + 1);
    const above =
      (topLeft > 0 ? 1 : 0) | (topRight > 0 ? 2 : 0) | (bottomRight > 0 ? 4 : 0) | (bottomLeft > 0 ? 8 : 0);
    let sides = JOINS[above] as readonly number[];
    if (above === 5 || above === 10) {
      // The middle of the square decides which two opposite corners are connected.
      const middleAbove = topLeft + topRight + bottomLeft + bottomRight > 0;
      sides = middleAbove === (above === 5) ? CUT_TOP_RIGHT : CUT_TOP_LEFT;
    }
    const around = [2 * corner, 2 * (corner + 1) + 1, 2 * (corner + columns), 2 * corner + 1];
    for (let index = 0; index < sides.length; index += 2) {
      const from = around[sides[index] as number] as number;
      const to = around[sides[index + 1] as number] as number;
      join(from, to);
      join(to, from);
    }
  }

  /** The point on an edge; of one at the border of the grid, also that at the border of the picture. */
  const addPoint = (edge: number, toBorder: boolean) => {
    const corner = edge >> 1;
    const downward = edge & 1;
    const column = corner % columns;
    const row = (corner - column) / columns;
    const first = at(corner);
    const share = first / (first - at(corner + (downward ? columns : 1)));
    let x = (column + 0.5 + (downward ? 0 : share)) * cellWidth;
    let y = (row + 0.5 + (downward ? share : 0)) * cellHeight;
    if (toBorder && downward) x = column ? columns * cellWidth : 0;
    else if (toBorder) y = row ? rows * cellHeight : 0;
    points.push(x, y);
  };
  const follow = (start: number, open: boolean) => {
    if (open) addPoint(start, true);
    let last = start;
    for (let edge = start; edge >= 0; ) {
      addPoint(edge, false);
      last = edge;
      edge = ((joined[2 * edge + 1] || joined[2 * edge]) as number) - 1;
      if (edge >= 0) {
        part(last, edge);
        part(edge, last);
      }
    }
    if (open) addPoint(last, true);
    ends.push(points.length / 2);
  };
  // Lines that end at the border first, then the closed ones.
  for (const edge of edges) if (joined[2 * edge] && !joined[2 * edge + 1]) follow(edge, true);
  for (const edge of edges) if (joined[2 * edge]) follow(edge, false);
}

/** The same lines as a path to stroke. */
export function contourPath({ points, ends }: Contour): Path2D {
  const path = new Path2D();
  let start = 0;
  for (const end of ends) {
    for (let point = start; point < end; point++) {
      const x = points[2 * point] as number;
      const y = points[2 * point + 1] as number;
      if (point === start) path.moveTo(x, y);
      else path.lineTo(x, y);
    }
    start = end;
  }
  return path;
}
