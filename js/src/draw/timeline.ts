// The whole run as one line: the train loss of each epoch on a log scale, and where on it things stand.
import { multiples, niceStep, type Tick } from "./axes";
import type { Column } from "./curve-data";
import { thousands } from "./format";

export const TIMELINE_HEIGHT = 68;
/** Where the axis is; what hangs under it has the rest. */
export const TIMELINE_BASE = 44;
const TOP = 4;
/** Half of the handle's line: at the ends it is not cut off. */
const INSET = 1;
const TICK_SPACE = 64;
/** The shortest axis of a run that has no end. */
const SHORTEST = 10;
/** Losses within this factor (e^0.5) of each other are a flat line, not a mountain range. */
const LEAST_SPAN = 0.5;
/** The lower end moves in steps of this factor (√2), so that it does not follow every epoch. */
const STEP = Math.LN2 / 2;
const ROOM_BELOW = 0.25;

export interface TimelineShape {
  /** The loss as a line, and the area under it; empty before there are two epochs. */
  readonly line: string;
  readonly area: string;
  readonly ticks: readonly Tick[];
  x(epoch: number): number;
  /** Where the line is at an epoch; null where it is not. */
  y(epoch: number): number | null;
}

/** The last epoch of the axis: what is recorded, what a run is to reach, or room for one that has no end. */
export function axisEnd(last: number, running: boolean, target: number | null): number {
  if (!running) return Math.max(1, last);
  return Math.max(1, target ?? niceStep(Math.max(last, SHORTEST), 1), last);
}

type Point = readonly [x: number, y: number];

export function timelineShape(epochs: Column, losses: Column, end: number, width: number): TimelineShape {
  const length = width - 2 * INSET;
  const x = (epoch: number) => INSET + (length * epoch) / end;
  const rows = [...epochs.keys()].filter(
    (row) => Number.isFinite(losses[row]) && (losses[row] as number) >= 0,
  );
  const positive = rows.map((row) => losses[row] as number).filter((loss) => loss > 0);
  const least = positive.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = Math.log(positive.reduce((a, b) => Math.max(a, b), 0) || 1);
  const lowest = positive.length ? Math.floor(Math.log(least) / STEP) * STEP - ROOM_BELOW : high;
  const span = Math.max(high - lowest, LEAST_SPAN);
  // A loss of zero lies on the axis.
  const y = (loss: number) =>
    loss > 0
      ? TIMELINE_BASE - ((TIMELINE_BASE - TOP) * (Math.log(loss) - high + span)) / span
      : TIMELINE_BASE;

  const points = onePerPixel(
    rows.map((row) => [x(epochs[row] as number), y(losses[row] as number)] as const),
  );
  const text = points.map(([px, py]) => `${px.toFixed(1)} ${py.toFixed(1)}`).join("L");
  const [first, final] = [points[0], points.at(-1)];
  const drawn = first && final && points.length > 1;
  return {
    line: drawn ? `M${text}` : "",
    area: drawn ? `M${first[0].toFixed(1)} ${TIMELINE_BASE}L${text}V${TIMELINE_BASE}Z` : "",
    ticks: multiples([0, end], Math.max(1, niceStep(end, length / TICK_SPACE))).map((value) => ({
      value,
      position: x(value),
      label: thousands(value),
    })),
    x,
    y: (epoch) => heightAt(points, x(epoch)),
  };
}

/** Of the points that fall on one pixel the last stays, and the very first of all. */
function onePerPixel(points: readonly Point[]): readonly Point[] {
  return points.filter(([x], index) => {
    const next = points[index + 1];
    return index === 0 || !next || Math.floor(next[0]) !== Math.floor(x);
  });
}

function heightAt(points: readonly Point[], x: number): number | null {
  const after = points.findIndex((point) => point[0] >= x - 0.5);
  const right = points[after];
  if (!right) return null;
  const left = points[after - 1];
  if (!left) return right[0] <= x + 0.5 ? right[1] : null;
  const share = Math.min(1, (x - left[0]) / (right[0] - left[0]));
  return left[1] + share * (right[1] - left[1]);
}
