// Contour lines of a map: marching squares over the middles of its cells.

export interface Contour {
  /** Points of all lines, x and y in turn. */
  readonly points: Float32Array;
  /** Where each line ends in `points`, counted in points. A closed line ends with the point it began with. */
  readonly ends: readonly number[];
}

/** Rounds of smoothing inside the bounds that rounding to bytes leaves open. */
const ROUNDS = 8;
/** Only values this near to the level can move the line. */
const NEAR = 2.5;

/**
 * Bytes are rounded values, so where a function is nearly flat a line through them would run in steps. Values
 * near the level are replaced by the average of their neighbours, but never by more than what rounding may
 * have taken: what is steep stays where it is.
 */
function unrounded(cells: Uint8Array, columns: number, rows: number, level: number): Float32Array {
  const values = new Float32Array(cells);
  const inside: number[] = [];
  const border: [index: number, along: number][] = [];
  let above = false;
  let below = false;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const index = row * columns + column;
      const difference = (cells[index] as number) - level;
      above ||= difference > 0;
      below ||= difference < 0;
      if (Math.abs(difference) > NEAR) continue;
      const inRow = column > 0 && column < columns - 1;
      const inColumn = row > 0 && row < rows - 1;
      if (inRow && inColumn) inside.push(index);
      else if (inRow) border.push([index, 1]);
      else if (inColumn) border.push([index, columns]);
    }
  }
  if (!above || !below) return values;
  const at = (index: number) => values[index] as number;
  const move = (index: number, mean: number) => {
    const cell = cells[index] as number;
    values[index] = Math.max(cell - 0.5, Math.min(cell + 0.5, mean));
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const index of inside) {
      move(index, (at(index - 1) + at(index + 1) + at(index - columns) + at(index + columns)) / 4);
    }
    // At the border the missing neighbour is taken to lie in line with the one opposite.
    for (const [index, along] of border) {
      move(index, (at(index - along) + at(index + along) + 2 * at(index)) / 4);
    }
  }
  return values;
}

/** A map that only touches the level, as ReLU does at zero, has its line where it leaves the level. */
function effectiveLevel(cells: Uint8Array, level: number): number {
  let lowest = 255;
  let highest = 0;
  for (const cell of cells) {
    if (cell < lowest) lowest = cell;
    if (cell > highest) highest = cell;
  }
  if (lowest === level && highest > level) return level + 0.5;
  if (highest === level && lowest < level) return level - 0.5;
  return level;
}

/** The lines on which a map has the value `level` (as a byte: 128 is zero), for a picture of a given size. */
export function contour(
  cells: Uint8Array,
  columns: number,
  rows: number,
  level: number,
  width: number,
  height: number,
): Contour {
  const threshold = effectiveLevel(cells, level);
  const values = unrounded(cells, columns, rows, threshold);
  // A frame of corners around the middles carries the lines on to the border of the picture.
  const across = columns + 2;
  const down = rows + 2;
  const corners = new Float32Array(across * down);
  for (let row = 0; row < down; row++) {
    const from = Math.min(Math.max(row - 1, 0), rows - 1) * columns;
    for (let column = 0; column < across; column++) {
      const value = values[from + Math.min(Math.max(column - 1, 0), columns - 1)] as number;
      corners[row * across + column] = value - threshold;
    }
  }
  const xs = middles(columns, width);
  const ys = middles(rows, height);
  return trace(corners, across, down, xs, ys);
}

function middles(count: number, length: number): Float32Array {
  const positions = new Float32Array(count + 2);
  for (let index = 0; index < count; index++) positions[index + 1] = ((index + 0.5) / count) * length;
  positions[count + 1] = length;
  return positions;
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

function trace(
  corners: Float32Array,
  across: number,
  down: number,
  xs: Float32Array,
  ys: Float32Array,
): Contour {
  // For each crossed edge, the crossed edges that a line joins it to: at most two.
  const joined = new Map<number, number[]>();
  const join = (from: number, to: number) => {
    const others = joined.get(from);
    if (others) others.push(to);
    else joined.set(from, [to]);
  };
  for (let row = 0; row < down - 1; row++) {
    for (let column = 0; column < across - 1; column++) {
      const corner = row * across + column;
      const topLeft = corners[corner] as number;
      const topRight = corners[corner + 1] as number;
      const bottomLeft = corners[corner + across] as number;
      const bottomRight = corners[corner + across + 1] as number;
      const above =
        (topLeft > 0 ? 1 : 0) | (topRight > 0 ? 2 : 0) | (bottomRight > 0 ? 4 : 0) | (bottomLeft > 0 ? 8 : 0);
      if (above === 0 || above === 15) continue;
      let sides = JOINS[above] as readonly number[];
      if (above === 5 || above === 10) {
        // The middle of the square decides which two opposite corners are connected.
        const middleAbove = topLeft + topRight + bottomLeft + bottomRight > 0;
        sides = middleAbove === (above === 5) ? CUT_TOP_RIGHT : CUT_TOP_LEFT;
      }
      const edges = [2 * corner, 2 * (corner + 1) + 1, 2 * (corner + across), 2 * corner + 1];
      for (let index = 0; index < sides.length; index += 2) {
        const from = edges[sides[index] as number] as number;
        const to = edges[sides[index + 1] as number] as number;
        join(from, to);
        join(to, from);
      }
    }
  }

  const points: number[] = [];
  const ends: number[] = [];
  const addPoint = (edge: number) => {
    const corner = edge >> 1;
    const column = corner % across;
    const row = (corner - column) / across;
    const downward = edge & 1;
    const first = corners[corner] as number;
    const second = corners[corner + (downward ? across : 1)] as number;
    const share = first / (first - second);
    const [x, y] = [xs[column] as number, ys[row] as number];
    points.push(
      downward ? x : x + share * ((xs[column + 1] as number) - x),
      downward ? y + share * ((ys[row + 1] as number) - y) : y,
    );
  };
  const follow = (start: number) => {
    let edge: number | undefined = start;
    while (edge !== undefined) {
      addPoint(edge);
      const current: number = edge;
      const next: number | undefined = joined.get(current)?.pop();
      if (next !== undefined) {
        const back = joined.get(next) as number[];
        back.splice(back.indexOf(current), 1);
      }
      edge = next;
    }
    ends.push(points.length / 2);
  };
  // Lines that end at the border first, then the closed ones.
  for (const [edge, others] of joined) if (others.length === 1) follow(edge);
  for (const [edge, others] of joined) if (others.length === 2) follow(edge);
  return { points: new Float32Array(points), ends };
}

/** The same lines as separate straight pieces: x0, y0, x1, y1 of each. */
export function contourSegments(
  cells: Uint8Array,
  columns: number,
  rows: number,
  level: number,
  width: number,
  height: number,
): Float32Array {
  const { points, ends } = contour(cells, columns, rows, level, width, height);
  const segments: number[] = [];
  let start = 0;
  for (const end of ends) {
    for (let point = start; point + 1 < end; point++)
      segments.push(...points.subarray(2 * point, 2 * point + 4));
    start = end;
  }
  return new Float32Array(segments);
}

/** The same lines as a path to stroke. */
export function contourPath(
  cells: Uint8Array,
  columns: number,
  rows: number,
  level: number,
  width: number,
  height: number,
): Path2D {
  const { points, ends } = contour(cells, columns, rows, level, width, height);
  const path = new Path2D();
  let start = 0;
  for (const end of ends) {
    for (let point = start; point < end; point++) {
      const [x, y] = [points[2 * point] as number, points[2 * point + 1] as number];
      if (point === start) path.moveTo(x, y);
      else path.lineTo(x, y);
    }
    start = end;
  }
  return path;
}
