import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  BINARY_LOSSES,
  batchLoss,
  type LossName,
  prediction,
  predictionDerivative,
  singlePrecisionBce,
} from "../../src/concepts/loss";

/** A number as the files of vectors write it. */
type Written = number | "inf" | "-inf";

interface Vectors {
  points: {
    z: number;
    target: number;
    p: number;
    dp_dz: number;
    losses: Record<LossName, [value: number, byPrediction: number, byLogit: number]>;
    single: { p: number; loss: number };
  }[];
  batches: {
    predictions: number[];
    targets: number[];
    losses: Record<LossName, Record<string, Written | Written[]>>;
  }[];
}

const vectors: Vectors = JSON.parse(readFileSync("../tests/vectors/loss.json", "utf8"));
const NAMES = Object.keys(BINARY_LOSSES) as LossName[];

const number = (written: Written) =>
  typeof written === "number" ? written : Number(written.replace("inf", "Infinity"));

const isClose = (value: number, expected: number, absolute = 0) =>
  value === expected || Math.abs(value - expected) <= 1e-9 * Math.abs(expected) + absolute;

describe("losses of one prediction", () => {
  it.each(vectors.points)("at z = $z for target $target, with their derivatives", (point) => {
    const { z, target } = point;
    expect(isClose(prediction(z), point.p)).toBe(true);
    expect(isClose(predictionDerivative(z), point.dp_dz)).toBe(true);
    for (const name of NAMES) {
      const { value, byPrediction, byLogit } = BINARY_LOSSES[name];
      const [expected, byP, byZ] = point.losses[name];
      expect(isClose(value(z, target), expected)).toBe(true);
      expect(isClose(byPrediction(z, target), byP)).toBe(true);
      expect(isClose(byLogit(z, target), byZ)).toBe(true);
    }
    // PyTorch's own exponential in float32 may be one unit beside the right one.
    const single = singlePrecisionBce(z, target);
    expect(Math.abs(single.p - point.single.p)).toBeLessThanOrEqual(1e-6 * point.single.p);
    expect(Math.abs(single.loss - point.single.loss)).toBeLessThanOrEqual(1e-6 * point.single.loss + 1e-7);
  });
});

describe("losses of a batch", () => {
  it.each(vectors.batches)("of $predictions for $targets", ({ predictions, targets, losses }) => {
    for (const name of NAMES) {
      const ours = batchLoss(name, predictions, targets) as unknown as Record<string, number | number[]>;
      for (const [field, expected] of Object.entries(losses[name])) {
        const values = [ours[field] ?? Number.NaN].flat();
        const wanted = [expected].flat().map(number);
        expect(values.length).toBe(wanted.length);
        expect(values.every((value, at) => isClose(value, wanted[at] as number, 1e-12))).toBe(true);
      }
    }
  });
});
