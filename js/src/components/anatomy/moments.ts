// What a normalisation does to each channel, or to each sample.
import type { MomentsTrait } from "../../generated/protocol";
import { float32In } from "./arrays";

type Arrays = "mean" | "variance" | "mean_in" | "variance_in" | "mean_out" | "variance_out";

export interface Moments extends Omit<MomentsTrait, Arrays | "weight" | "bias"> {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly weight: Float32Array | null;
  readonly bias: Float32Array | null;
  readonly mean_in: Float32Array;
  readonly variance_in: Float32Array;
  readonly mean_out: Float32Array;
  readonly variance_out: Float32Array;
}

const read = new WeakMap<MomentsTrait, Moments>();

export function readMoments(trait: MomentsTrait | null): Moments | null {
  if (!trait) return null;
  const known = read.get(trait);
  if (known) return known;
  const moments = {
    ...trait,
    mean: float32In(trait.mean),
    variance: float32In(trait.variance),
    weight: trait.weight ? float32In(trait.weight) : null,
    bias: trait.bias ? float32In(trait.bias) : null,
    mean_in: float32In(trait.mean_in),
    variance_in: float32In(trait.variance_in),
    mean_out: float32In(trait.mean_out),
    variance_out: float32In(trait.variance_out),
  };
  read.set(trait, moments);
  return moments;
}

/** A mean with its deviation on both sides. */
export interface Band {
  readonly low: number;
  readonly mean: number;
  readonly high: number;
}

export function bandOf(means: Float32Array, variances: Float32Array, unit: number): Band {
  const [mean, deviation] = [means[unit] ?? Number.NaN, Math.sqrt(variances[unit] ?? Number.NaN)];
  return { low: mean - deviation, mean, high: mean + deviation };
}

/** From the least to the greatest of all finite ends, and 0. */
export function rangeOf(
  pairs: readonly (readonly [Float32Array, Float32Array])[],
  units: number,
): [number, number] {
  let [low, high] = [0, 0];
  for (const [means, variances] of pairs)
    for (let unit = 0; unit < units; unit++) {
      const band = bandOf(means, variances, unit);
      if (Number.isFinite(band.low)) low = Math.min(low, band.low);
      if (Number.isFinite(band.high)) high = Math.max(high, band.high);
    }
  return low === high ? [-1, 1] : [low, high];
}
