// A loss that was sampled on a grid, the twin of nnwidgets/concepts/sampled.py: between the nodes runs Hermite's
// bicubic polynomial, of which the gradient is exactly that of the surface.
import type { Evaluate, Range } from "./surfaces";

export interface Grid {
  window: readonly Range[];
  /** Nodes along each axis. */
  sizes: readonly number[];
  /** Losses, derivatives by each weight and, of two, the mixed one: one after the other, row by row. */
  nodes: Float32Array;
}

/** The node before a point, the way from it to the next one (0 to 1), and their distance. */
type Place = readonly [index: number, along: number, distance: number];

function place(value: number, [low, high]: Range, size: number): Place | null {
  if (!(low <= value && value <= high)) return null;
  const along = ((value - low) / (high - low)) * (size - 1);
  const index = Math.min(Math.trunc(along), size - 2);
  return [index, along - index, (high - low) / (size - 1)];
}

/** Value and derivative of the cubic with these values and derivatives at its ends, which lie `h` apart. */
function hermite(
  t: number,
  h: number,
  a: number,
  slopeA: number,
  b: number,
  slopeB: number,
): readonly [value: number, slope: number] {
  const rest = 1 - t;
  const value =
    (1 + 2 * t) * rest * rest * a + t * t * (3 - 2 * t) * b + h * t * rest * (rest * slopeA - t * slopeB);
  const slope = (6 * t * rest * (b - a)) / h + rest * (1 - 3 * t) * slopeA + t * (3 * t - 2) * slopeB;
  return [value, slope];
}

function line({ nodes, sizes: [size = 0] }: Grid, [i, t, h]: Place) {
  const at = (index: number) => nodes[index] as number;
  const [loss, slope] = hermite(t, h, at(i), at(size + i), at(i + 1), at(size + i + 1));
  return { loss, slope: [slope] };
}

function patch({ nodes, sizes: [columns = 0, rows = 0] }: Grid, [i, s, width]: Place, [j, t, height]: Place) {
  const up = (part: number, bySlope: number, column: number) => {
    const at = (which: number, row: number) =>
      nodes[(which * rows + j + row) * columns + i + column] as number;
    return hermite(t, height, at(part, 0), at(bySlope, 0), at(part, 1), at(bySlope, 1));
  };
  const [left, leftUp] = up(0, 2, 0);
  const [right, rightUp] = up(0, 2, 1);
  const [leftX, leftXUp] = up(1, 3, 0);
  const [rightX, rightXUp] = up(1, 3, 1);
  const [loss, slopeX] = hermite(s, width, left, leftX, right, rightX);
  const [slopeY] = hermite(s, width, leftUp, leftXUp, rightUp, rightXUp);
  return { loss, slope: [slopeX, slopeY] };
}

/** The loss and the gradient at a point; null beyond the window, and beside a node without a value. */
export const evaluateGrid =
  (grid: Grid): Evaluate =>
  (point) => {
    const [across, up] = point.map((value, axis) =>
      place(value, grid.window[axis] as Range, grid.sizes[axis] as number),
    );
    if (!across || up === null) return null;
    const here = up ? patch(grid, across, up) : line(grid, across);
    return Number.isFinite(here.loss) && here.slope.every(Number.isFinite) ? here : null;
  };
