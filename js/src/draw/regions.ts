// The map of more than two classes: which is the most probable at every point of the plane, and by how much.
import type { Theme } from "./colour";
import { drawGrid } from "./field";

export interface Regions {
  /** The most probable class of each cell. */
  readonly classes: Uint8Array;
  /** The gap q between the two largest probabilities, of which (q / 255)² is the size. */
  readonly margins: Uint8Array;
  readonly columns: number;
  readonly rows: number;
}

/** Draws the regions into a rectangle, placed as by `drawField`: the narrower the margin, the more neutral. */
export function drawRegions(
  context: CanvasRenderingContext2D,
  regions: Regions,
  x: number,
  y: number,
  width: number,
  height: number,
  theme: Theme,
): void {
  const { classes, margins, columns, rows } = regions;
  const ramps = theme.classes.map(({ fieldRamp32 }) => fieldRamp32);
  drawGrid(context, columns, rows, x, y, width, height, (pixels, to, from) => {
    for (let column = 0; column < columns; column++) {
      const ramp = ramps[classes[from + column] as number];
      pixels[to + column] = ramp?.[margins[from + column] as number] ?? 0;
    }
  });
}

/** Points that lines run through. Each is joined to at most two others; `NONE` where a line ends. */
interface Joints {
  readonly xs: number[];
  readonly ys: number[];
  readonly first: number[];
  readonly second: number[];
}

const NONE = -1;

function addJoint({ xs, ys, first, second }: Joints, x: number, y: number): number {
  first.push(NONE);
  second.push(NONE);
  ys.push(y);
  return xs.push(x) - 1;
}

function join({ first, second }: Joints, one: number, other: number): void {
  (first[one] === NONE ? first : second)[one] = other;
  (first[other] === NONE ? first : second)[other] = one;
}

/**
 * The lines between the regions, for a picture of a given size. Where three or more regions meet, as many lines
 * end at one point: stroke them with round caps.
 */
export function regionBorders(
  classes: Uint8Array,
  margins: Uint8Array,
  columns: number,
  rows: number,
  width: number,
  height: number,
): Path2D {
  const joints: Joints = { xs: [], ys: [], first: [], second: [] };
  // Beyond the outermost cells the same cells once more, on the border of the picture, carry the lines on to it.
  const across = columns + 2;
  // The joint on each edge of that grid: 2 × its left or top corner, + 1 if it runs down.
  const known = new Int32Array(2 * across * (rows + 2)).fill(NONE);
  const found = [NONE, NONE, NONE, NONE];
  for (let row = -1; row < rows; row++) {
    const upper = Math.max(row, 0) * columns;
    const lower = Math.min(row + 1, rows - 1) * columns;
    const top = row < 0 ? 0 : ((row + 0.5) / rows) * height;
    const bottom = row + 1 < rows ? ((row + 1.5) / rows) * height : height;
    for (let column = -1; column < columns; column++) {
      const left = Math.max(column, 0);
      const right = Math.min(column + 1, columns - 1);
      const [a, b, c, d] = [upper + left, upper + right, lower + left, lower + right];
      const [above, below] = [classes[a] !== classes[b], classes[c] !== classes[d]];
      const [before, after] = [classes[a] !== classes[c], classes[b] !== classes[d]];
      if (!above && !below && !before && !after) continue;
      const x0 = column < 0 ? 0 : ((column + 0.5) / columns) * width;
      const x1 = column + 1 < columns ? ((column + 1.5) / columns) * width : width;
      const corner = (row + 1) * across + column + 1;
      let count = 0;
      const cross = (edge: number, from: number, to: number, x: number, y: number, downward: boolean) => {
        if (known[edge] === NONE) {
          const [near, far] = [(margins[from] as number) ** 2, (margins[to] as number) ** 2];
          const share = near + far > 0 ? near / (near + far) : 0.5;
          const [reach, drop] = downward ? [0, bottom - top] : [x1 - x0, 0];
          known[edge] = addJoint(joints, x + share * reach, y + share * drop);
        }
        found[count++] = known[edge] as number;
      };
      if (above) cross(2 * corner, a, b, x0, top, false);
      if (below) cross(2 * (corner + across), c, d, x0, bottom, false);
      if (before) cross(2 * corner + 1, a, c, x0, top, true);
      if (after) cross(2 * corner + 3, b, d, x1, top, true);
      if (count === 2) join(joints, found[0] as number, found[1] as number);
      else meet(joints, found.slice(0, count));
    }
  }
  return trace(joints);
}

/** Lets lines end where they meet; each gets an end of its own there. */
function meet(joints: Joints, crossings: readonly number[]): void {
  const mean = (values: readonly number[]) =>
    crossings.reduce((sum, joint) => sum + (values[joint] as number), 0) / crossings.length;
  const [x, y] = [mean(joints.xs), mean(joints.ys)];
  for (const joint of crossings) join(joints, joint, addJoint(joints, x, y));
}

/** Lines with an end first, then the closed ones; rounded by running from middle to middle of their pieces. */
function trace({ xs, ys, first, second }: Joints): Path2D {
  const path = new Path2D();
  const done = new Uint8Array(xs.length);
  const x = (joint: number) => xs[joint] as number;
  const y = (joint: number) => ys[joint] as number;
  const follow = (start: number, closed: boolean) => {
    let current = start;
    let next = first[start] as number;
    if (closed) path.moveTo((x(start) + x(next)) / 2, (y(start) + y(next)) / 2);
    else path.moveTo(x(start), y(start));
    done[start] = 1;
    while (!done[next]) {
      done[next] = 1;
      const beyond = (first[next] === current ? second[next] : first[next]) as number;
      if (beyond === NONE) path.lineTo(x(next), y(next));
      else path.quadraticCurveTo(x(next), y(next), (x(next) + x(beyond)) / 2, (y(next) + y(beyond)) / 2);
      if (beyond === NONE) return;
      current = next;
      next = beyond;
    }
    const after = first[start] as number;
    path.quadraticCurveTo(x(start), y(start), (x(start) + x(after)) / 2, (y(start) + y(after)) / 2);
    path.closePath();
  };
  for (let joint = 0; joint < done.length; joint++) {
    if (!done[joint] && second[joint] === NONE) follow(joint, false);
  }
  for (let joint = 0; joint < done.length; joint++) if (!done[joint]) follow(joint, true);
  return path;
}
