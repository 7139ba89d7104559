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

/** Tops of the axis, times a power of ten. */
const TOPS = [1, 2, 5, 10];
/** It reaches at least so far down from its top. */
const LEAST_SPAN = 100;

const tenBelow = (value: number) => Number((10 ** Math.floor(Math.log10(value) + 1e-9)).toPrecision(1));

/** Round numbers about all errors; once there they only widen. */
export function errorRange(errors: readonly number[], before: Range | null): Range {
  const known = errors.filter((error) => error > 0 && Number.isFinite(error));
  if (!known.length) return before ?? USUAL;
  const low = Math.max(LEAST, Math.min(...known));
  const high = Math.min(MOST, Math.max(...known));
  const ten = tenBelow(high);
  const [bottom, top] = before ?? [MOST, 0];
  const needed = ten * (TOPS.find((factor) => factor * ten >= high * (1 - 1e-9)) ?? 10);
  const reached = Math.max(top, Number(needed.toPrecision(1)));
  return [Math.min(bottom, tenBelow(low), tenBelow(reached / LEAST_SPAN)), reached];
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
