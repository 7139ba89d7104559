// Gradient descent with five optimizers, the twin of nnwidgets/concepts/descent.py: PyTorch's steps, in its order of
// operations.
import { type Evaluate, holds, type Point, type Surface } from "./surfaces";

const EPS = 1e-8;

export interface Hyperparameters {
  learningRate: number;
  /** Learning rates of single optimizers, by their names. */
  rates: Readonly<Record<string, number>>;
  momentum: number;
  alpha: number;
  beta1: number;
  beta2: number;
  /** The standard deviation of what mini-batches add to each derivative. */
  noise: number;
  seed: number;
}

export const DEFAULTS: Hyperparameters = {
  learningRate: 0.1,
  rates: {},
  momentum: 0.9,
  alpha: 0.99,
  beta1: 0.9,
  beta2: 0.999,
  noise: 0,
  seed: 0,
};

/** One weight and what is remembered of it: w, m, v. */
type Slots = readonly [weight: number, first: number, second: number];

type Rule = (options: Hyperparameters, rate: number, step: number, gradient: number, slots: Slots) => Slots;

export interface Optimizer {
  /** The name to show to readers. */
  label: string;
  rule: Rule;
}

const sgd: Rule = (_, rate, __, g, [w, m, v]) => [w - rate * g, m, v];

const momentum: Rule = (options, rate, _, g, [w, m, v]) => {
  const velocity = options.momentum * m + g;
  return [w - rate * velocity, velocity, v];
};

const nesterov: Rule = (options, rate, _, g, [w, m, v]) => {
  const velocity = options.momentum * m + g;
  return [w - rate * (g + options.momentum * velocity), velocity, v];
};

const rmsprop: Rule = ({ alpha }, rate, _, g, [w, m, v]) => {
  const square = alpha * v + (1 - alpha) * g * g;
  return [w - (rate * g) / (Math.sqrt(square) + EPS), m, square];
};

const adam: Rule = ({ beta1, beta2 }, rate, step, g, [w, m, v]) => {
  const mean = m + (1 - beta1) * (g - m);
  const square = beta2 * v + (1 - beta2) * g * g;
  const size = rate / (1 - beta1 ** step);
  return [w - (size * mean) / (Math.sqrt(square) / Math.sqrt(1 - beta2 ** step) + EPS), mean, square];
};

/** By name, in the order in which to offer them. */
export const OPTIMIZERS: Readonly<Record<string, Optimizer>> = {
  sgd: { label: "SGD", rule: sgd },
  momentum: { label: "momentum", rule: momentum },
  nesterov: { label: "Nesterov", rule: nesterov },
  rmsprop: { label: "RMSprop", rule: rmsprop },
  adam: { label: "Adam", rule: adam },
};

export const rateOf = ({ rates, learningRate }: Hyperparameters, optimizer: string) =>
  rates[optimizer] ?? learningRate;

/** What the next step computes at a point; one number per weight in each. */
export interface Update {
  /** The derivatives of the loss. */
  slope: Point;
  /** The same with the noise of the mini-batch. */
  gradient: Point;
  /** The velocity, or Adam's mean of gradients, after this gradient; else zeros. */
  first: Point;
  /** The mean of squared gradients after this one; else zeros. */
  second: Point;
  /** Where the step leads. */
  weights: Point;
}

export interface Run {
  /** The weights at steps 0, 1, …, as long as the loss there is a number. */
  path: readonly Point[];
  losses: readonly number[];
  updates: readonly Update[];
  /** Why the path is shorter than was asked for. */
  ending: "" | "diverged" | "outside";
}

export function run(
  evaluate: Evaluate,
  start: Point,
  optimizer: string,
  options: Hyperparameters,
  steps: number,
): Run {
  const { rule } = OPTIMIZERS[optimizer] as Optimizer;
  const rate = rateOf(options, optimizer);
  const path: Point[] = [];
  const losses: number[] = [];
  const updates: Update[] = [];
  let weights = start;
  let first: Point = start.map(() => 0);
  let second = first;
  for (let step = 0; step <= steps; step++) {
    if (!weights.every(Number.isFinite)) return { path, losses, updates, ending: "diverged" };
    const here = evaluate(weights);
    if (here === null) return { path, losses, updates, ending: "outside" };
    const { loss, slope } = here;
    if (!Number.isFinite(loss) || !slope.every(Number.isFinite))
      return { path, losses, updates, ending: "diverged" };
    const drawn = options.noise ? normals(options.seed, step) : null;
    const gradient = drawn ? slope.map((g, index) => g + options.noise * (drawn[index] as number)) : slope;
    path.push(weights);
    losses.push(loss);
    // Loops, for a hand that drags the start waits for thousands of these.
    const next: [number[], number[], number[]] = [[], [], []];
    for (let index = 0; index < weights.length; index++) {
      const slots = [weights[index], first[index], second[index]] as unknown as Slots;
      const [w, m, v] = rule(options, rate, step + 1, gradient[index] as number, slots);
      next[0].push(w);
      next[1].push(m);
      next[2].push(v);
    }
    [weights, first, second] = next;
    updates.push({ slope, gradient, first, second, weights });
  }
  return { path, losses, updates, ending: "" };
}

/** The loss at a step: infinite after the run has diverged, null where it is not known. */
export const lossAt = ({ losses, ending }: Run, step: number): number | null =>
  losses[step] ?? (ending === "diverged" ? Number.POSITIVE_INFINITY : null);

/** The last step not after this one that has a place on the path. */
export const placeAt = ({ path }: Run, step: number) => Math.min(step, path.length - 1);

const found = (index: number) => (index < 0 ? null : index);

/** The first step at which the loss is no more than this; null where it never is. */
export const reaches = ({ losses }: Run, loss: number) => found(losses.findIndex((value) => value <= loss));

/** The first step outside the window; null where there is none. */
export function leaves({ path, ending }: Run, surface: Pick<Surface, "window">): number | null {
  const beyond = found(path.findIndex((point) => !holds(surface, point)));
  return beyond ?? (ending ? path.length : null);
}

/** The upper half of the product of two 32-bit words: by halves, for a double has only 53 bits. */
function upperHalf(one: number, other: number): number {
  const low = one & 0xffff;
  const high = one >>> 16;
  const otherLow = other & 0xffff;
  const otherHigh = other >>> 16;
  const middle = high * otherLow + ((low * otherLow) >>> 16);
  const carried = low * otherHigh + (middle % 0x10000);
  return high * otherHigh + Math.floor(middle / 0x10000) + Math.floor(carried / 0x10000);
}

/** Two 32-bit words of Philox 2×32 with 10 rounds (Salmon and others, 2011). */
export function philox(seed: number, counter: number): readonly [number, number] {
  let key = seed >>> 0;
  let left = counter >>> 0;
  let right = Math.floor(counter / 2 ** 32) >>> 0;
  for (let round = 0; round < 10; round++) {
    const next = (upperHalf(0xd256d193, left) ^ key ^ right) >>> 0;
    right = Math.imul(0xd256d193, left) >>> 0;
    left = next;
    key = (key + 0x9e3779b9) >>> 0;
  }
  return [left, right];
}

const rounded = (value: number) => Math.floor(value * 2 ** 20 + 0.5) / 2 ** 20;

/** Two numbers of the standard normal distribution, rounded so that the last bit of a logarithm does not matter. */
export function normals(seed: number, counter: number): readonly [number, number] {
  const [one, two] = philox(seed, counter);
  const radius = Math.sqrt(-2 * Math.log((one + 0.5) / 2 ** 32));
  const angle = 2 * Math.PI * ((two + 0.5) / 2 ** 32);
  return [rounded(radius * Math.cos(angle)), rounded(radius * Math.sin(angle))];
}
