// What a learning curve says at one epoch: the numbers of every line there, and where the keyboard goes from it.
import { type Column, type CurveData, nearestRow } from "./curve-data";
import type { CurveView } from "./curve-lines";

/** What was measured at an epoch; null where nothing was. The numbers of pinned runs are in the order of the runs. */
export interface CurveValues {
  readonly epoch: number;
  /** The last step of the row; null where rows are epochs. */
  readonly step: number | null;
  readonly train: number | null;
  readonly test: number | null;
  readonly pins: readonly (number | null)[];
  /** Where the row is a step: the epochs that the other numbers are of. */
  readonly of?: { readonly test: number | null; readonly pins: readonly (number | null)[] };
}

/** A row stands for the epochs up to half way to its neighbours. */
function rowAt(xs: Column, x: number): number {
  const row = nearestRow(xs, x);
  const at = xs[row] as number;
  const gap = Math.max(1, (xs[row + 1] ?? at) - at, at - (xs[row - 1] ?? at));
  return Math.abs(at - x) <= gap / 2 ? row : -1;
}
function valueAt(xs: Column, ys: Column, x: number): number | null {
  const value = ys[rowAt(xs, x)];
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** The epochs that there are numbers at, in order: those of this run, and of the longest other one what is beyond. */
export function stopsOf(data: CurveData, stepXs: Column | null): number[] {
  const own = stepXs ?? data.epochs.epoch;
  const end = own.at(-1) ?? 0;
  const others = (data.pins ?? []).map(({ epoch }) => epoch);
  const longest = others.reduce<Column>(
    (best, epoch) => ((epoch.at(-1) ?? 0) > (best.at(-1) ?? 0) ? epoch : best),
    new Float64Array(),
  );
  return [...own, ...longest.filter((epoch) => epoch > end)];
}

/** The numbers at one of the stops. */
export function valuesAt(data: CurveData, view: CurveView, stepXs: Column | null, stop: number): CurveValues {
  const { epochs, steps } = data;
  const xs = stepXs ?? epochs.epoch;
  const row = stepXs ? nearestRow(xs, stop) : -1;
  const isOwn = stop <= (xs.at(-1) ?? 0);
  const own = stepXs && isOwn ? (steps.mean[row] as number) : null;
  const pins = data.pins ?? [];
  const epochOf = (of: Column) => of[rowAt(of, stop)] ?? null;
  return {
    epoch: stop,
    step: stepXs && isOwn ? (steps.step[row] as number) : null,
    train: stepXs ? (Number.isNaN(own) ? null : own) : valueAt(xs, epochs.train, stop),
    test: valueAt(epochs.epoch, epochs.test, stop),
    pins: pins.map((pin) => valueAt(pin.epoch, view.train || !view.test ? pin.train : pin.test, stop)),
    ...(stepXs ? { of: { test: epochOf(epochs.epoch), pins: pins.map(({ epoch }) => epochOf(epoch)) } } : {}),
  };
}
