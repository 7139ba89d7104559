// Activation functions looked at, the twin of nnwidgets/concepts/activation.py: value, slope and what is between, and
// where the gradient vanishes. What is sampled is sampled on a grid of round numbers, and the point stays on it.
import { ACTIVATIONS, normalCdf, normalDensity, sigmoid } from "./functions";

export type Range = readonly [low: number, high: number];
/** x_low, x_high, y_low, y_high */
export type Window = readonly [number, number, number, number];

const LOW = -6;
const HIGH = 6;
const RAMP: Window = [LOW, HIGH, -1.1, 6.1];

/** Part of the plane to show of each function; in the order of a course. */
export const WINDOWS: Readonly<Record<string, Window>> = {
  sigmoid: [LOW, HIGH, -0.1, 1.1],
  tanh: [LOW, HIGH, -1.1, 1.1],
  relu: RAMP,
  leaky_relu: RAMP,
  elu: RAMP,
  softplus: RAMP,
  silu: RAMP,
  gelu: RAMP,
  identity: [LOW, HIGH, -6.1, 6.1],
  step: [LOW, HIGH, -0.1, 1.1],
};

/** The multiples `first` to `last` of `mantissa` × 10^`exponent`. */
export interface Grid {
  readonly first: number;
  readonly last: number;
  readonly mantissa: number;
  readonly exponent: number;
}

/** A division by a power of ten rounds once; 0.1 times 3 is no 0.3. */
const gridPoint = ({ mantissa, exponent }: Grid, multiple: number) =>
  exponent < 0 ? (multiple * mantissa) / 10 ** -exponent : multiple * mantissa * 10 ** exponent;

const multipleOf = ({ mantissa, exponent }: Grid, x: number) =>
  exponent < 0 ? (x * 10 ** -exponent) / mantissa : x / 10 ** exponent / mantissa;

/** The finest grid that has no more than some 2,500 points between two bounds. */
export function gridOver(low: number, high: number): Grid {
  const rough = ((high - low) / 1000) * (1 + 1e-9);
  const exponent = Math.floor(Math.log10(rough));
  const mantissa = [5, 2].find((candidate) => candidate * 10 ** exponent <= rough) ?? 1;
  const unit = { first: 0, last: 0, mantissa, exponent };
  return {
    ...unit,
    first: Math.ceil(multipleOf(unit, low) - 1e-9),
    last: Math.floor(multipleOf(unit, high) + 1e-9),
  };
}

export const gridStep = (grid: Grid) => gridPoint(grid, 1);

/** How many decimals a point of it needs. */
export const gridDecimals = ({ exponent }: Grid) => Math.max(0, -exponent);

export function gridPoints(grid: Grid): Float64Array {
  return Float64Array.from(
    { length: grid.last - grid.first + 1 },
    (_, i) => gridPoint(grid, grid.first + i) + 0,
  );
}

/** Which of the points is nearest to x. */
export function gridIndex(grid: Grid, x: number): number {
  return Math.min(Math.max(Math.floor(multipleOf(grid, x) + 0.5), grid.first), grid.last) - grid.first;
}

/** The point that is nearest to x, within the grid. */
export const nearest = (grid: Grid, x: number) => gridPoint(grid, grid.first + gridIndex(grid, x)) + 0;

/** Ranges of at least two points over which the slope is nearer to zero than a threshold. */
export function vanishingRanges(x: ArrayLike<number>, slopes: ArrayLike<number>, threshold: number): Range[] {
  const ranges: Range[] = [];
  for (let i = 0; i < x.length; i++) {
    const first = i;
    while (i < x.length && Math.abs(slopes[i] as number) < threshold) i++;
    if (i - first > 1) ranges.push([x[first] as number, x[i - 1] as number]);
  }
  return ranges;
}

/** What is left of a gradient behind so many layers that each multiply it by the same slope. */
export const remaining = (slope: number, layers: number) => slope ** layers;

/** A function that was sampled on a grid where it is known; it was a user's, and is not known here. */
export interface Sampled {
  readonly name: string;
  readonly grid: Grid;
  readonly f: ArrayLike<number>;
  readonly derivative: ArrayLike<number>;
}

/** Value and slope of a function, ours or sampled; NaN where there is none. */
export interface Pair {
  readonly f: (x: number) => number;
  readonly derivative: (x: number) => number;
}

export function pairOf(name: string, sampled: readonly Sampled[]): Pair | undefined {
  const own = sampled.find((each) => each.name === name);
  if (!own) return ACTIVATIONS[name];
  const at = (values: ArrayLike<number>) => (x: number) => values[gridIndex(own.grid, x)] ?? Number.NaN;
  return { f: at(own.f), derivative: at(own.derivative) };
}

/** The numbers between a point and the value and slope there, as the formulas of a function have them. */
export function terms(name: string, x: number): Readonly<Record<string, number>> {
  switch (name) {
    case "sigmoid":
      return { exp: Math.exp(-x), rest: sigmoid(-x) };
    case "tanh":
      return { sigma2: sigmoid(2 * x) };
    case "elu":
      return { exp: Math.exp(Math.min(x, 0)) };
    case "softplus":
      return { exp: Math.exp(x) };
    case "silu":
      return { sigma: sigmoid(x), rest: sigmoid(-x) };
    case "gelu":
      return { phi: normalCdf(x), density: normalDensity(x) };
    default:
      return {};
  }
}
