// Rows for the tests of curves.
import type { CurveData, PinnedCurve } from "../../src/draw/curve-data";

export const of = (...values: number[]) => Float64Array.from(values);
export function makeData(
  train: number[],
  test: number[] = train,
  steps: number[] = [],
  stepsPerEpoch = 10,
): CurveData {
  const mean = Float64Array.from(steps);
  return {
    stepsPerEpoch,
    steps: { step: mean.map((_, index) => index + 1), mean, min: mean, max: mean },
    epochs: {
      epoch: Float64Array.from(train, (_, index) => index + 1),
      train: of(...train),
      test: of(...test),
    },
  };
}

/** A run to compare with. */
export function makePin(train: number[], values: Partial<PinnedCurve> = {}): PinnedCurve {
  const { epoch, test } = makeData(train).epochs;
  return { label: "run 1", dash: 0, epoch, train: of(...train), test, ...values };
}
