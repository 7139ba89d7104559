// The map as a decision only: one flat colour a class, with sharp borders where the classes are equally likely.
import { drawGrid } from "./field";

/** Pixels of the picture for the side of a cell: borders run through cells, not along them. */
const FINER = 4;

export interface Decisions {
  /** The class of each cell, and by how much it leads there. */
  readonly classes: Uint8Array;
  readonly leads: ArrayLike<number>;
  readonly columns: number;
  readonly rows: number;
}

export function drawFlat(
  context: CanvasRenderingContext2D,
  { classes, leads, columns, rows }: Decisions,
  width: number,
  height: number,
  colours: ArrayLike<number>,
): void {
  const across = columns * FINER;
  const lefts = Array.from({ length: across }, (_, column) => neighbours(column, columns));
  drawGrid(context, across, rows * FINER, 0, 0, width, height, (pixels, to, from) => {
    const [upper, lower, v] = neighbours(from / across, rows);
    for (let column = 0; column < across; column++) {
      const [left, right, u] = lefts[column] as Neighbours;
      const a = upper * columns + left;
      const b = upper * columns + right;
      const c = lower * columns + left;
      const d = lower * columns + right;
      let leader = classes[a] as number;
      // Most places lie within one class.
      if (classes[b] !== leader || classes[c] !== leader || classes[d] !== leader) {
        const shares = [(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v];
        leader = leaderOf([a, b, c, d], shares, classes, leads);
      }
      pixels[to + column] = colours[leader] as number;
    }
  });
}

type Neighbours = readonly [first: number, second: number, share: number];

/** The two cells between whose middles a place lies, and how far it is from the first to the second. */
function neighbours(place: number, count: number): Neighbours {
  const at = (place + 0.5) / FINER - 0.5;
  const first = Math.floor(at);
  return [Math.max(first, 0), Math.min(first + 1, count - 1), at - first];
}

/** The class that leads between four cells: each counts for its own, by its lead and its nearness. */
function leaderOf(
  corners: readonly number[],
  shares: readonly number[],
  classes: Uint8Array,
  leads: ArrayLike<number>,
): number {
  let best = 0;
  let most = -1;
  for (const corner of corners) {
    const own = classes[corner] as number;
    let sum = 0;
    corners.forEach((other, index) => {
      if (classes[other] === own) sum += (shares[index] as number) * (leads[other] as number);
    });
    if (sum > most) {
      most = sum;
      best = own;
    }
  }
  return best;
}
