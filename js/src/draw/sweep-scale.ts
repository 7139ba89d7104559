// The axes of error against neurons: both logarithmic, so that a power law is a line.

import type { Range } from "./curve-data";
import { logTicks } from "./curve-scale";

export interface SweepPlace {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Numbers of neurons, from 1 on. */
  readonly most: number;
  readonly y: Range;
}

/** Before anything is known. */
export const USUAL: Range = [0.01, 1];
/** An error that is next to nothing would leave the others no room. */
const LEAST = 1e-6;
const MOST = 1e6;

/** Whole powers of ten round all errors; once there they only widen. */
export function errorRange(errors: readonly number[], before: Range | null): Range {
  const known = errors.filter((error) => error > 0 && Number.isFinite(error));
  if (!known.length) return before ?? USUAL;
  const low = Math.max(LEAST, Math.min(...known));
  const high = Math.min(MOST, Math.max(...known));
  const bottom = 10 ** Math.floor(Math.log10(low) + 1e-9);
  const top = 10 ** Math.ceil(Math.log10(high) - 1e-9);
  const range: Range = [bottom, top > bottom ? top : 10 * bottom];
  return before ? [Math.min(before[0], range[0]), Math.max(before[1], range[1])] : range;
}

export const neuronsAt = ({ left, width, most }: SweepPlace, neurons: number) =>
  left + (Math.log2(neurons) / Math.log2(most)) * width;

export function errorAt({ top, height, y }: SweepPlace, error: number): number {
  const share = Math.log(Math.max(error, y[0]) / y[0]) / Math.log(y[1] / y[0]);
  return top + (1 - Math.min(1, share)) * height;
}

/** 1, 2, 4 and so on. */
export function neuronTicks(most: number): number[] {
  const ticks: number[] = [];
  for (let neurons = 1; neurons <= most; neurons *= 2) ticks.push(neurons);
  return ticks;
}

export const errorTicks = (y: Range) => logTicks(y);

/** The one in the middle of those that are numbers; null where none is. */
export function median(values: readonly number[]): number | null {
  const known = values.filter(Number.isFinite).sort((one, other) => one - other);
  const middle = known.length >> 1;
  if (!known.length) return null;
  return known.length % 2
    ? (known[middle] as number)
    : ((known[middle - 1] as number) + (known[middle] as number)) / 2;
}
