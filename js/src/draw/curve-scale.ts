// The axes of a learning curve: their limits, which stay as long as they can, their ticks, and where a value lies.
import { multiples, niceStep, type Tick } from "./axes";
import {
  type Column,
  type CurveData,
  type CurveKind,
  type Epochs,
  lastEpoch,
  type Range,
} from "./curve-data";
import { percent, significant, thousands, tickLabel } from "./format";

export interface CurveLimits {
  readonly x: number;
  readonly y: Range;
  /** Whole powers of ten; null while nothing is above zero. */
  readonly log: Range | null;
}

const SHORTEST = 10;
/** Tops of a loss axis, times a power of ten: each has whole ticks of 1, 2 or 5. */
const TOPS = [1, 2, 4, 6, 8, 10];
/** Of a long run, which is looked at for long, what chance gives for ten classes (2.3) has an axis of its own. */
const FINE_TOPS = [1, 2, 2.5, 4, 6, 8, 10];
const FLOORS = [0.4, 0.2, 0];
const LOSS_TICKS = 5;
/** A loss that falls to nothing would make an axis of empty decades. */
const MOST_DECADES = 8;
/** Of single batches, so many in a hundred may lie outside of the axis. */
const OUTLIERS = 0.02;

/** Free of binary dust: 0.6 and not 0.6000000000000001. */
const clean = (value: number) => Number(value.toPrecision(12));

function topFor(needed: number, tops: readonly number[] = TOPS): number {
  if (!(needed > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(needed));
  return clean((tops.find((top) => top * power >= needed) ?? 10) * power);
}

/** The least and greatest of what was measured, and the least above zero. */
class Extent {
  low = Number.POSITIVE_INFINITY;
  high = Number.NEGATIVE_INFINITY;
  positive = Number.POSITIVE_INFINITY;

  add(value: number): void {
    if (!Number.isFinite(value)) return;
    if (value < this.low) this.low = value;
    if (value > this.high) this.high = value;
    if (value > 0 && value < this.positive) this.positive = value;
  }

  column(xs: Column, ys: Column, [from, to]: Range): void {
    for (let row = 0; row < xs.length; row++) {
      const x = xs[row] as number;
      if (x >= from && x <= to) this.add(ys[row] as number);
    }
  }

  rows({ epoch, train, test }: Epochs, range: Range): void {
    this.column(epoch, train, range);
    this.column(epoch, test, range);
  }

  get isEmpty(): boolean {
    return this.low > this.high;
  }
}

/** What lies in a range of epochs; of the steps all but a few, and where there is no epoch yet, their mean. */
function extentOf(data: CurveData, range: Range, stepXs: Column | null): Extent {
  const extent = new Extent();
  for (const rows of [data.epochs, ...(data.pins ?? [])]) extent.rows(rows, range);
  if (!stepXs && !extent.isEmpty) return extent;
  const isInside = (x: number) => x >= range[0] && x <= range[1];
  const means = data.steps.mean
    .filter((mean, row) => Number.isFinite(mean) && (!stepXs || isInside(stepXs[row] as number)))
    .sort();
  if (!means.length) return extent;
  if (stepXs) {
    const last = means.length - 1;
    extent.add(means[Math.floor(OUTLIERS * last)] as number);
    extent.add(means[Math.ceil((1 - OUTLIERS) * last)] as number);
  } else extent.add(means.reduce((sum, value) => sum + value, 0) / means.length);
  return extent;
}

function decades({ positive, high }: Extent): Range | null {
  if (!Number.isFinite(positive)) return null;
  const top = Math.ceil(Math.log10(high) - 1e-9);
  const bottom = Math.min(Math.floor(Math.log10(positive) + 1e-9), top - 1);
  return [10 ** Math.max(bottom, top - MOST_DECADES), 10 ** top];
}

const union = (first: Range, second: Range): Range => [
  Math.min(first[0], second[0]),
  Math.max(first[1], second[1]),
];

/**
 * The limits of both axes, pinned runs included. Single batches scatter so widely that they would flatten the curves:
 * the axis is made for the epochs, and the band of batches is cut off where it leaves it. Within a run limits only ever
 * widen. With the epochs of steps, single batches are what is drawn, and the axis is made for most of them as well.
 */
export function limitsFor(
  kind: CurveKind,
  data: CurveData,
  before: CurveLimits | null,
  stepXs: Column | null = null,
  planned: number | null = null,
): CurveLimits {
  const reach = Math.max(lastEpoch(data), ...(data.pins ?? []).map(({ epoch }) => epoch.at(-1) ?? 0));
  const x =
    planned === null
      ? Math.max(niceStep(Math.max(reach, SHORTEST), 1), before?.x ?? 0)
      : Math.max(planned, Math.ceil(reach), 1);
  // Before the first step a network is as wrong as it will not be again.
  const extent = extentOf(data, [data.long && reach >= 1 ? 1 : 0, Number.POSITIVE_INFINITY], stepXs);
  const { low, high, isEmpty } = extent;
  if (kind === "accuracy") {
    const floor = isEmpty ? 0.4 : (FLOORS.find((candidate) => candidate <= low) ?? 0);
    return { x, y: [Math.min(floor, before?.y[0] ?? 1), 1], log: null };
  }
  const top = isEmpty ? 0.8 : topFor(high, data.long ? FINE_TOPS : TOPS);
  const bottom = low < 0 ? -topFor(-low) : 0;
  const powers = decades(extent);
  return {
    x,
    // What was shown before the first value came is no scale to keep.
    y: [Math.min(bottom, before?.y[0] ?? 0), Math.max(top, before?.y[1] ?? 0)],
    log: powers && before?.log ? union(powers, before.log) : (powers ?? before?.log ?? null),
  };
}

/** The values that a range of epochs is shown with: round numbers around what lies in it, and around averages there. */
export function zoomedLimits(
  kind: CurveKind,
  data: CurveData,
  range: Range,
  log: boolean,
  before: Range | null,
  stepXs: Column | null = null,
  averages: readonly { readonly xs: Column; readonly ys: Column }[] = [],
): Range | null {
  const extent = extentOf(data, range, stepXs);
  for (const { xs, ys } of averages) extent.column(xs, ys, range);
  const powers = log ? decades(extent) : null;
  if (powers) return before ? union(powers, before) : powers;
  if (extent.isEmpty) return before;
  const { low, high } = extent;
  const step = niceStep(Math.max(high - low, Math.abs(high) / 50, 1e-9), LOSS_TICKS);
  const bottom = clean(Math.floor(low / step + 1e-9) * step);
  const top = clean(Math.max(Math.ceil(high / step - 1e-9) * step, bottom + step));
  // Nothing is above 100 %, and where all of it is 100 % there is room below.
  const fitted: Range =
    kind === "accuracy" && top > 1 ? [Math.min(bottom, clean(1 - step)), 1] : [bottom, top];
  return before ? union(fitted, before) : fitted;
}

/** Ticks of the value axis; positions are left to the chart. */
export function valueTicks(kind: CurveKind, [low, high]: Range): Omit<Tick, "position">[] {
  const whole = kind === "accuracy" && high === 1 && high - low >= 0.6;
  const step = whole ? 0.2 : niceStep(high - low, LOSS_TICKS);
  return multiples([low, high], step).map((value) => ({
    value,
    label: kind === "accuracy" ? percent(value, step < 0.01 ? 1 : 0) : tickLabel(value, step),
  }));
}

const MOST_POWERS = 5;

/** Ticks of a logarithmic axis: the powers of ten, as many as have room; of one or two decades, 2 and 5 as well. */
export function logTicks([low, high]: Range): Omit<Tick, "position">[] {
  const [first, last] = [Math.round(Math.log10(low)), Math.round(Math.log10(high))];
  const every = Math.ceil((last - first) / MOST_POWERS);
  const factors = last - first <= 2 ? [1, 2, 5] : [1];
  const ticks: Omit<Tick, "position">[] = [];
  for (let power = last; power >= first; power -= every) {
    for (const factor of factors) {
      const value = clean(factor * 10 ** power);
      if (value <= high * 1.001) ticks.push({ value, label: significant(value, 1) });
    }
  }
  return ticks.sort((one, other) => one.value - other.value);
}

const EPOCH_TICK_SPACE = 44;
/** A shorter range than so many epochs has ticks between them. */
const FEW_EPOCHS = 3;

/** Ticks of the epoch axis: whole epochs, as many as have room in `length` pixels. */
export function epochTicks([low, high]: Range, length: number): Omit<Tick, "position">[] {
  const space = EPOCH_TICK_SPACE + 6 * Math.max(0, thousands(high).length - 3);
  const step = Math.max(high - low < FEW_EPOCHS ? 0 : 1, niceStep(high - low, length / space));
  return multiples([low, high], step).map((value) => ({
    value,
    label: step < 1 ? tickLabel(value, step) : thousands(value),
  }));
}

/** Where values lie in the plotting area, in CSS pixels. */
export interface Axes {
  readonly x: Range;
  readonly y: Range;
  readonly log: boolean;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const xAt = ({ x, left, width }: Axes, epoch: number) =>
  left + ((epoch - x[0]) / (x[1] - x[0])) * width;

export const epochAt = ({ x, left, width }: Axes, at: number) => x[0] + ((at - left) / width) * (x[1] - x[0]);

/** On a logarithmic axis there is no place for what is not above zero: it lies on the lower edge. */
export function yAt({ y, log, top, height }: Axes, value: number): number {
  const share = log
    ? Math.log(Math.max(value, y[0]) / y[0]) / Math.log(y[1] / y[0])
    : (value - y[0]) / (y[1] - y[0]);
  return top + (1 - share) * height;
}

/** The last row with a value up to an epoch, or −1. */
export function rowBefore(xs: Column, values: Column, epoch: number): number {
  let row = xs.length - 1;
  while (row >= 0 && ((xs[row] as number) > epoch || !Number.isFinite(values[row]))) row--;
  return row;
}
