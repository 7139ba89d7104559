// What a learning curve shows, worked out from its rows: limits of the axes, pixel columns, places of names.
import { multiples, niceStep, type Tick } from "./axes";
import { percent, thousands, tickLabel } from "./format";

export type CurveKind = "loss" | "accuracy";

/** Columns of equal length: a row for each bin of successive steps, and one for each epoch. NaN: not measured. */
export interface CurveData {
  readonly stepsPerEpoch: number;
  /**
   * Known pairs of a step and the epoch (with fraction) it stands at, in order. Needed where the number of steps
   * per epoch has changed in the run; between two of them epochs pass evenly.
   */
  readonly anchors?: readonly (readonly [step: number, epoch: number])[];
  readonly steps: {
    /** The last step of each bin. */
    readonly step: Float64Array;
    readonly mean: Float64Array;
    readonly min: Float64Array;
    readonly max: Float64Array;
  };
  readonly epochs: {
    readonly epoch: Float64Array;
    readonly train: Float64Array;
    readonly test: Float64Array;
  };
}

const NONE = new Float64Array();

export const NO_DATA: CurveData = {
  stepsPerEpoch: 1,
  steps: { step: NONE, mean: NONE, min: NONE, max: NONE },
  epochs: { epoch: NONE, train: NONE, test: NONE },
};

/** Turns a step into epochs with fraction. Steps must be asked for in order. */
export function epochsOfSteps(data: CurveData): (step: number) => number {
  const anchors = [[0, 0] as const, ...(data.anchors ?? [])];
  let index = 0;
  return (step) => {
    while (index + 1 < anchors.length && (anchors[index + 1] as readonly [number, number])[0] <= step)
      index++;
    const [fromStep, fromEpoch] = anchors[index] as readonly [number, number];
    const next = anchors[index + 1];
    if (!next) return fromEpoch + (step - fromStep) / data.stepsPerEpoch;
    return fromEpoch + ((step - fromStep) / (next[0] - fromStep)) * (next[1] - fromEpoch);
  };
}

/** The epoch (with fraction) the data reach to. */
export function lastEpoch(data: CurveData): number {
  const step = data.steps.step.at(-1);
  return Math.max(data.epochs.epoch.at(-1) ?? 0, step === undefined ? 0 : epochsOfSteps(data)(step));
}

export interface CurveLimits {
  readonly x: number;
  readonly y: readonly [low: number, high: number];
}

const SHORTEST = 10;
/** Tops of a loss axis, times a power of ten: each has whole ticks of 1, 2 or 5. */
const TOPS = [1, 2, 4, 6, 8, 10];
const FLOORS = [0.4, 0.2, 0];
const LOSS_TICKS = 5;

function topFor(needed: number): number {
  if (!(needed > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(needed));
  // Free of binary dust: 0.6 and not 0.6000000000000001.
  return Number(((TOPS.find((top) => top * power >= needed) ?? 10) * power).toPrecision(12));
}

/** Lowest and highest measured value of an epoch; before the first one, the mean over the steps so far. */
function extent(data: CurveData): readonly [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const column of [data.epochs.train, data.epochs.test]) {
    for (const value of column) {
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low <= high) return [low, high];
  let sum = 0;
  let count = 0;
  for (const value of data.steps.mean) {
    if (!Number.isFinite(value)) continue;
    sum += value;
    count++;
  }
  return [sum / count, sum / count];
}

/**
 * The limits of both axes. Single batches scatter so widely that they would flatten the curves: the axis is made
 * for the epochs, and the band of batches is cut off where it leaves it. Within a run limits only ever widen.
 */
export function limitsFor(kind: CurveKind, data: CurveData, before: CurveLimits | null): CurveLimits {
  const reach = lastEpoch(data);
  const step = niceStep(Math.max(reach, SHORTEST), 1);
  const x = Math.max(step, before?.x ?? 0);
  const [low, high] = extent(data);
  if (kind === "accuracy") {
    const floor = Number.isNaN(low) ? 0.4 : (FLOORS.find((candidate) => candidate <= low) ?? 0);
    return { x, y: [Math.min(floor, before?.y[0] ?? 1), 1] };
  }
  const top = Number.isNaN(high) ? 0.8 : topFor(high);
  const bottom = low < 0 ? -topFor(-low) : 0;
  // What was shown before the first value came is no scale to keep.
  return { x, y: [Math.min(bottom, before?.y[0] ?? 0), Math.max(top, before?.y[1] ?? 0)] };
}

/** Whether these data begin a new run: a rewound one keeps its scale, one that starts over does not. */
export function isNewRun(data: CurveData, reachedBefore: number): boolean {
  const reach = lastEpoch(data);
  return reach === 0 || (reach < reachedBefore && reach < 1);
}

/** Ticks of the value axis; positions are left to the chart. */
export function valueTicks(
  kind: CurveKind,
  [low, high]: readonly [number, number],
): Omit<Tick, "position">[] {
  const step = kind === "accuracy" ? 0.2 : niceStep(high - low, LOSS_TICKS);
  return multiples([low, high], step).map((value) => ({
    value,
    label: kind === "accuracy" ? percent(value, 0) : tickLabel(value, step),
  }));
}

const EPOCH_TICK_SPACE = 44;

/** Ticks of the epoch axis: whole epochs, as many as have room in `length` pixels. */
export function epochTicks(limit: number, length: number): Omit<Tick, "position">[] {
  const space = EPOCH_TICK_SPACE + 6 * Math.max(0, thousands(limit).length - 3);
  const step = Math.max(1, niceStep(limit, length / space));
  return multiples([0, limit], step).map((value) => ({ value, label: thousands(value) }));
}

/** What is drawn of the steps: one entry for each pixel column that holds any. */
export interface Band {
  readonly x: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly mean: readonly number[];
}

/** Of a column: what rounding takes from a step at a column's very beginning must not move it to the one before. */
const DUST = 1e-6;

/** Gathers the steps by pixel columns, `columnsPerEpoch` of them to an epoch; x is in epochs. */
export function stepBand(data: CurveData, columnsPerEpoch: number): Band {
  const band = { x: [] as number[], low: [] as number[], high: [] as number[], mean: [] as number[] };
  const { step, mean, min, max } = data.steps;
  const epochOf = epochsOfSteps(data);
  let column = Number.NaN;
  let [count, sum, low, high, end] = [0, 0, 0, 0, 0];
  const flush = () => {
    if (!count) return;
    band.x.push(end);
    band.low.push(low);
    band.high.push(high);
    band.mean.push(sum / count);
  };
  for (let row = 0; row < step.length; row++) {
    const value = mean[row] as number;
    if (!Number.isFinite(value)) continue;
    const x = epochOf(step[row] as number);
    const at = Math.floor(x * columnsPerEpoch + DUST);
    if (at !== column) {
      flush();
      column = at;
      [count, sum, low, high] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    }
    count++;
    sum += value;
    low = Math.min(low, min[row] as number);
    high = Math.max(high, max[row] as number);
    end = x;
  }
  flush();
  return band;
}

/** The last row in which something was measured, or −1. */
export function lastMeasured(values: Float64Array): number {
  let row = values.length - 1;
  while (row >= 0 && !Number.isFinite(values[row])) row--;
  return row;
}

/** The row whose x is nearest; rows are in ascending order. −1 if there is none. */
export function nearestRow(xs: Float64Array, x: number): number {
  let low = 0;
  let high = xs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    // Exact middles go to the earlier row, whichever half they are found in.
    if (x - (xs[middle] as number) <= (xs[middle + 1] as number) - x) high = middle;
    else low = middle + 1;
  }
  return high;
}

/**
 * Moves labels apart until each has `distance` from the next, as little as possible (least squares), between
 * `low` and `high`. The answer is in the order of the question; equal positions keep their order.
 */
export function placeLabels(
  positions: readonly number[],
  distance: number,
  low: number,
  high: number,
): number[] {
  const order = positions.map((_, index) => index);
  order.sort(
    (first, second) => (positions[first] as number) - (positions[second] as number) || first - second,
  );
  // With the distances taken out, the labels only have to be in ascending order: a run that is not becomes its mean.
  const runs: { sum: number; count: number }[] = [];
  order.forEach((index, rank) => {
    let run = { sum: (positions[index] as number) - rank * distance, count: 1 };
    for (let last = runs.at(-1); last && last.sum / last.count >= run.sum / run.count; last = runs.at(-1)) {
      run = { sum: last.sum + run.sum, count: last.count + run.count };
      runs.pop();
    }
    runs.push(run);
  });
  const highest = high - (positions.length - 1) * distance;
  const placed: number[] = [];
  let rank = 0;
  for (const { sum, count } of runs) {
    const mean = Math.max(low, Math.min(highest, sum / count));
    for (let member = 0; member < count; member++, rank++)
      placed[order[rank] as number] = mean + rank * distance;
  }
  return placed;
}
