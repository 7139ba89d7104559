// Lines between tiles: the path to draw, and the points on it.
import { clamp } from "../explorer/scene";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Curve {
  readonly path: string;
  readonly points: readonly Point[];
  /** A point by its share of the points, and the direction there in degrees. */
  at(share: number): Point & { readonly angle: number };
}

const PIECES = 24;

/** An S between two points that leaves and arrives level. */
function bend(from: Point, to: Point): Point[] {
  const half = (to.x - from.x) / 2;
  return Array.from({ length: PIECES + 1 }, (_, piece) => {
    const t = piece / PIECES;
    const u = 1 - t;
    return {
      x: u ** 3 * from.x + 3 * u * u * t * (from.x + half) + 3 * u * t * t * (to.x - half) + t ** 3 * to.x,
      y: from.y + (to.y - from.y) * (3 * u * t * t + t ** 3),
    };
  });
}

/** Through all these: S curves between points of different heights, straight where they are level. */
export function curveThrough(stops: readonly Point[]): Curve {
  const [first = { x: 0, y: 0 }] = stops;
  let path = `M${first.x.toFixed(1)} ${first.y.toFixed(1)}`;
  const points: Point[] = [];
  for (let index = 1; index < stops.length; index++) {
    const [from, to] = [stops[index - 1] as Point, stops[index] as Point];
    const middle = ((from.x + to.x) / 2).toFixed(1);
    const [x, y] = [to.x.toFixed(1), to.y.toFixed(1)];
    path += from.y === to.y ? `H${x}` : `C${middle} ${from.y.toFixed(1)} ${middle} ${y} ${x} ${y}`;
    points.push(...bend(from, to).slice(points.length ? 1 : 0));
  }
  return { path, points, at: alongside(points) };
}

/** Level, then round a corner and up or down. */
export function elbow(from: Point, to: Point): Curve {
  const [left, down] = [Math.sign(from.x - to.x), Math.sign(to.y - from.y)];
  const round = Math.min(12, Math.abs(to.y - from.y), Math.abs(to.x - from.x));
  const corner = { x: to.x, y: from.y };
  const points = [from, { x: to.x + left * round, y: from.y }, { x: to.x, y: from.y + down * round }, to];
  const path = `M${from.x} ${from.y}H${to.x + left * round}Q${corner.x} ${corner.y} ${to.x} ${from.y + down * round}V${to.y}`;
  return { path, points, at: alongside(points) };
}

const alongside =
  (points: readonly Point[]): Curve["at"] =>
  (share) => {
    const place = clamp(Math.round(share * (points.length - 1)), [0, points.length - 1]);
    const [before, after] = [points[Math.max(0, place - 1)] as Point, points[place + 1] ?? points[place]];
    const { x, y } = points[place] as Point;
    const { x: toX, y: toY } = after as Point;
    return { x, y, angle: (Math.atan2(toY - before.y, toX - before.x) * 180) / Math.PI };
  };

export const boxAt = ({ x, y }: Point, width: number, height: number): Box => ({
  left: x - width / 2,
  right: x + width / 2,
  top: y - height / 2,
  bottom: y + height / 2,
});

export const overlap = (one: Box, other: Box) =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

/** From a box to a curve. */
function distance({ left, right, top, bottom }: Box, { points }: Curve): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { x, y } of points) {
    const [across, along] = [Math.max(left - x, x - right, 0), Math.max(top - y, y - bottom, 0)];
    least = Math.min(least, across * across + along * along);
  }
  return Math.sqrt(least);
}

const SHARES = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82, 0.1, 0.9];
const SHIFTS = [0, -16, 16, -32, 32, -46, 46];
const RISES = [2, 7, 12, 18];
/** Best so far from its line that a ring round it is clear of the arrow. */
const NEAR = 7;
/** A line's half width, and air. */
const CLEAR = 4;

interface Candidate {
  readonly place: Point;
  readonly cost: number;
}

const startOf = ({ points }: Curve) => (points[0] as Point).x;
const endOf = ({ points }: Curve) => (points.at(-1) as Point).x;

/**
 * Where a label of a curve can stand without touching any curve or box: best where it is near its own and nearer to it
 * than to any other.
 */
function candidates(
  own: Curve,
  curves: readonly Curve[],
  boxes: readonly Box[],
  [width, height]: readonly [number, number],
): Candidate[] {
  const found: Candidate[] = [];
  const others = curves.filter(
    (curve) => curve !== own && startOf(curve) < endOf(own) && endOf(curve) > startOf(own),
  );
  for (const share of SHARES) {
    const on = own.at(share);
    for (const shift of SHIFTS)
      for (const rise of RISES)
        for (const side of [-1, 1]) {
          const place = { x: on.x + shift, y: on.y + side * (rise + height / 2) };
          const box = boxAt(place, width, height);
          if (boxes.some((each) => overlap(each, box))) continue;
          const near = distance(box, own);
          if (near < CLEAR) continue;
          const next = Math.min(99, ...others.map((each) => distance(box, each)));
          if (next < CLEAR) continue;
          const cost =
            12 * Math.abs(share - 0.5) +
            Math.abs(shift) / 8 +
            Math.abs(near - NEAR) +
            Math.max(0, 14 + near - next);
          found.push({ place, cost });
        }
  }
  return found.sort((one, other) => one.cost - other.cost);
}

/** How far a box is from the nearest of some curves. */
export const clearance = (box: Box, curves: readonly Curve[]) =>
  Math.min(...curves.map((curve) => distance(box, curve)));

interface Wanted {
  readonly id: number;
  readonly size: readonly [number, number];
}

/** Places for the labels of curves, none on another or on one of `among`; as many as there are. */
export function placeAll(
  wanted: readonly Wanted[],
  curves: readonly Curve[],
  boxes: readonly Box[],
  among = curves,
): Map<number, Point> {
  let order = wanted
    .map((each) => ({ ...each, options: candidates(curves[each.id] as Curve, among, boxes, each.size) }))
    .sort((one, other) => one.options.length - other.options.length);
  let best = new Map<number, Point>();
  for (let round = 0; round <= wanted.length; round++) {
    const taken: Box[] = [];
    const found = new Map<number, Point>();
    const failed = order.find(({ id, size, options }) => {
      const free = options.find(({ place }) => !taken.some((box) => overlap(box, boxAt(place, ...size))));
      if (!free) return true;
      taken.push(boxAt(free.place, size[0] + 4, size[1]));
      found.set(id, free.place);
      return false;
    });
    if (found.size > best.size) best = found;
    if (!failed?.options.length) break;
    // Who finds no place chooses first the next time.
    order = [failed, ...order.filter((each) => each !== failed)];
  }
  return best;
}
