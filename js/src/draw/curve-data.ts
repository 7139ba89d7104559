// The rows that a learning curve is drawn from, and what follows from them: epochs of steps, pixel columns.

export type CurveKind = "loss" | "accuracy";
export type Range = readonly [low: number, high: number];
export type Column = Float64Array | Float32Array;

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
  readonly epochs: Epochs;
  readonly pins?: readonly PinnedCurve[];
  readonly long?: LongRun;
}

/** Of a run whose epochs are few and long: the lines as they are within epochs too, up to the present. */
export interface LongRun {
  readonly train: Points;
  readonly test: Points;
}

export interface Points {
  readonly xs: Column;
  readonly ys: Column;
}

export interface Epochs {
  readonly epoch: Column;
  readonly train: Column;
  readonly test: Column;
}

/** A run to compare with. */
export interface PinnedCurve extends Epochs {
  readonly label: string;
  /** Which of the dashes is its own. */
  readonly dash: number;
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

/** Whether these data begin a new run: a rewound one keeps its scale, one that starts over does not. */
export function isNewRun(data: CurveData, reachedBefore: number): boolean {
  const reach = lastEpoch(data);
  return reach === 0 || (reach < reachedBefore && reach < 1);
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

/** The row whose x is nearest; rows are in ascending order. −1 if there is none. */
export function nearestRow(xs: Column, x: number): number {
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
