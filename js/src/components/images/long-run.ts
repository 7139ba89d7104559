// The curves of a run of few, long epochs: the train line is a running mean of batches, and the test line goes on to now.
import { type CurveData, epochsOfSteps, type Points } from "../../draw/curve-data";
import type { CurveKind } from "../../draw/curves";
import type { FrameHeader } from "../../generated/protocol";

/** Batches that the train line is a mean of. */
export const WINDOW = 100;

export function trainLine(data: CurveData): Points {
  const { step, mean } = data.steps;
  const epochOf = epochsOfSteps(data);
  return { xs: step.map((each) => epochOf(each)), ys: runningMean(step, mean, WINDOW) };
}

export function longRun(data: CurveData, kind: CurveKind, header: FrameHeader | null): CurveData {
  const { epochs } = data;
  const train = trainLine(data);
  const now = train.xs.at(-1) ?? 0;
  const value = (kind === "loss" ? header?.test_loss : header?.test_accuracy) ?? Number.NaN;
  const goesOn = header !== null && !header.preview && now > (epochs.epoch.at(-1) ?? 0);
  const test = goesOn
    ? { xs: Float64Array.of(...epochs.epoch, now), ys: Float64Array.of(...epochs.test, value) }
    : { xs: epochs.epoch, ys: epochs.test };
  // A training set that is too large to be evaluated at an epoch's end is known by its batches there.
  let row = 0;
  const known = epochs.train.map((measured, index) => {
    const epoch = epochs.epoch[index] as number;
    while (row + 1 < train.xs.length && (train.xs[row + 1] as number) <= epoch + 1e-9) row++;
    const isThere = epoch > 0 && (train.xs[row] ?? Number.POSITIVE_INFINITY) <= epoch + 1e-9;
    return Number.isNaN(measured) && isThere ? (train.ys[row] as number) : measured;
  });
  return { ...data, epochs: { ...epochs, train: known }, long: { train, test } };
}

/** The mean over the last `window` steps at the end of each bin of steps; the first bins have fewer before them. */
export function runningMean(ends: Float64Array, means: Float64Array, window: number): Float64Array {
  const result = new Float64Array(ends.length);
  let [first, sum, count] = [0, 0, 0];
  const steps = (row: number) => (ends[row] as number) - (row ? (ends[row - 1] as number) : 0);
  for (let row = 0; row < ends.length; row++) {
    const mean = means[row] as number;
    if (!Number.isFinite(mean)) {
      // What came before is not what the run is now.
      [first, sum, count] = [row + 1, 0, 0];
      result[row] = Number.NaN;
      continue;
    }
    sum += mean * steps(row);
    count += steps(row);
    while (first < row && count - steps(first) >= window) {
      sum -= (means[first] as number) * steps(first);
      count -= steps(first);
      first++;
    }
    result[row] = sum / count;
  }
  return result;
}
