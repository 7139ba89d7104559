// The map as a decision only: one flat colour a class, with sharp borders where the classes are equally likely.
import { drawGrid } from "./field";

/** Pixels of the picture for the side of a cell: borders run through cells, not along them. */
const FINER = 4;

export interface Decisions {
  /** The class of each cell, and by how much it leads there. */
  readonly classOf: (cell: number) => number;
  readonly leadOf: (cell: number) => number;
  readonly columns: number;
  readonly rows: number;
}

export function drawFlat(
  context: CanvasRenderingContext2D,
  { classOf, leadOf, columns, rows }: Decisions,
  width: number,
  height: number,
  colours: ArrayLike<number>,
): void {
  const across = columns * FINER;
  drawGrid(context, across, rows * FINER, 0, 0, width, height, (pixels, to, from) => {
    const [upper, lower, v] = neighbours(from / across, rows);
    for (let column = 0; column < across; column++) {
      const [left, right, u] = neighbours(column, columns);
      const corners = [
        upper * columns + left,
        upper * columns + right,
        lower * columns + left,
        lower * columns + right,
      ];
      const shares = [(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v];
      pixels[to + column] = colours[leader(corners, shares, classOf, leadOf)] as number;
    }
  });
}

/** The two cells between whose middles a place lies, and how far it is from the first to the second. */
function neighbours(place: number, count: number): [first: number, second: number, share: number] {
  const at = (place + 0.5) / FINER - 0.5;
  const first = Math.floor(at);
  return [Math.max(first, 0), Math.min(first + 1, count - 1), at - first];
}

/** The class that leads between four cells: each counts for its own, by its lead and its nearness. */
function leader(
  corners: readonly number[],
  shares: readonly number[],
  classOf: Decisions["classOf"],
  leadOf: Decisions["leadOf"],
): number {
  const first = classOf(corners[0] as number);
  if (corners.every((corner) => classOf(corner) === first)) return first;
  let best = first;
  let most = -1;
  for (const corner of corners) {
    const own = classOf(corner);
    let sum = 0;
    corners.forEach((other, index) => {
      if (classOf(other) === own) sum += (shares[index] as number) * leadOf(other);
    });
    if (sum > most) {
      most = sum;
      best = own;
    }
  }
  return best;
}
