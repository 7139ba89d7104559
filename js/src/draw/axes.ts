// Axes as data: where the ticks are and what they say, for whoever draws them.
import { tickLabel } from "./format";

export interface Tick {
  readonly value: number;
  /** In CSS pixels from the left or the top. */
  readonly position: number;
  readonly label: string;
}

/** The distance between ticks: 1, 2 or 5 times a power of ten, so that at most `most` distances fit. */
export function niceStep(span: number, most: number): number {
  const rough = span / Math.max(1, most);
  if (!(rough > 0) || !Number.isFinite(rough)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  // A tolerance, or 0.2 would be "more" than what 1 / 5 comes to in binary.
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** The multiples of `step` in a range, free of binary dust: 0.3 and not 0.30000000000000004. */
export function multiples([low, high]: readonly [number, number], step: number): number[] {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const values: number[] = [];
  for (let index = first; index <= last; index++) values.push(Number((index * step).toPrecision(12)));
  return values;
}

/** Room a tick and its label should have along an axis of the plane, and what they need. */
const TICK_SPACES = [64, 48];
/** One above the other they need less. */
const ROW_SPACES = [...TICK_SPACES, 32];
/** Fewer ticks are no scale. */
const FEWEST = 3;
/** A label this near to a corner would run into that of the other axis, or out of the zone. */
export const CORNER = 12;

function planeStep(
  [low, high]: readonly [number, number],
  length: number,
  spaces: readonly number[] = TICK_SPACES,
): number {
  const steps = spaces.map((space) => niceStep(high - low, length / space));
  const corner = ((high - low) * CORNER) / length;
  const inside = [low + corner, high - corner] as const;
  return steps.find((step) => multiples(inside, step).length >= FEWEST) ?? (steps.at(-1) as number);
}

/** Round values for the ticks of an axis of the plane that is `length` pixels long. */
export function planeTicks(range: readonly [number, number], length: number): number[] {
  return multiples(range, planeStep(range, length));
}

export interface PlaneAxes {
  /** Along the bottom edge, from left to right. */
  readonly x: readonly Tick[];
  /** Along the left edge, from bottom to top. */
  readonly y: readonly Tick[];
}

export interface PlaneSize {
  readonly xRange: readonly [low: number, high: number];
  readonly yRange: readonly [low: number, high: number];
  readonly width: number;
  readonly height: number;
}

/** The ticks of both axes of the plane, where drawPoints puts the values. */
export function planeAxes({ xRange, yRange, width, height }: PlaneSize): PlaneAxes {
  const xStep = planeStep(xRange, width);
  const yStep = planeStep(yRange, height, ROW_SPACES);
  return {
    x: multiples(xRange, xStep).map((value) => ({
      value,
      position: ((value - xRange[0]) / (xRange[1] - xRange[0])) * width,
      label: tickLabel(value, xStep),
    })),
    y: multiples(yRange, yStep).map((value) => ({
      value,
      position: ((yRange[1] - value) / (yRange[1] - yRange[0])) * height,
      label: tickLabel(value, yStep),
    })),
  };
}
