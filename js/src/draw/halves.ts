// A plane and the line that cuts it in two: two halves have a sharp edge, which the cells of a map do not.
import type { Plane } from "./points";

export type Spot = readonly [x: number, y: number];
/** w1, w2 and b of w1 x1 + w2 x2 + b. */
export type Weights = readonly [number, number, number];

type Ranges = Pick<Plane, "xRange" | "yRange">;

const sum = ([w1, w2, b]: Weights, [x, y]: Spot) => w1 * x + w2 * y + b;

const corners = ({ xRange: [left, right], yRange: [low, high] }: Ranges): Spot[] => [
  [left, low],
  [right, low],
  [right, high],
  [left, high],
];

/** Where the way from one place to the next is at a share of it. */
const between = ([x, y]: Spot, [u, v]: Spot, share: number): Spot => [
  x + share * (u - x),
  y + share * (v - y),
];

/** The corners of the part of the plane where the sum is positive; none where it is nowhere. */
export function positiveHalf(weights: Weights, ranges: Ranges): Spot[] {
  const all = corners(ranges);
  return all.flatMap((corner, index) => {
    const next = all[(index + 1) % all.length] as Spot;
    const [here, there] = [sum(weights, corner), sum(weights, next)];
    const kept = here > 0 ? [corner] : [];
    return here > 0 === there > 0 ? kept : [...kept, between(corner, next, here / (here - there))];
  });
}

/** The two places where the line on which the sum is 0 leaves the plane; null where it does not cross it. */
export function lineAcross(weights: Weights, ranges: Ranges): readonly [Spot, Spot] | null {
  const all = corners(ranges);
  const ends = all.flatMap((corner, index) => {
    const next = all[(index + 1) % all.length] as Spot;
    const [here, there] = [sum(weights, corner), sum(weights, next)];
    return here > 0 === there > 0 ? [] : [between(corner, next, here / (here - there))];
  });
  const [start, end] = ends;
  return start && end ? [start, end] : null;
}
