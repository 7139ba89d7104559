// Softmax and cross-entropy: the twin of nnwidgets/concepts/softmax.py.

export interface NaiveSoftmax {
  /** e^(z/T) in float32: infinite above z/T ≈ 88.7, 0 below ≈ −103.3. */
  readonly exponentials: readonly number[];
  readonly total: number;
  /** Their quotients: NaN for ∞/∞ and 0/0. */
  readonly probabilities: readonly number[];
  readonly isBroken: boolean;
}

export interface Softmax {
  /** (z − max z) / T, at most 0. */
  readonly shifted: readonly number[];
  /** Their exponentials: the largest is 1. */
  readonly exponentials: readonly number[];
  readonly total: number;
  readonly probabilities: readonly number[];
  readonly logProbabilities: readonly number[];
  /** ln Σ e^((z − max z) / T), which log-softmax takes away. */
  readonly logTotal: number;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const without = (values: readonly number[], index: number) => values.filter((_, at) => at !== index);

/** Probabilities of the classes for logits of any size, and what they are made of. */
export function softmax(logits: readonly number[], temperature: number): Softmax {
  const largest = Math.max(...logits);
  const shifted = logits.map((logit) => (logit - largest) / temperature);
  const exponentials = shifted.map(Math.exp);
  const total = sum(exponentials);
  // The largest has the exponential 1: with log1p of the others' sum, a loss of 1e-20 is not rounded to 0.
  const logTotal = Math.log1p(sum(without(exponentials, logits.indexOf(largest))));
  return {
    shifted,
    exponentials,
    total,
    probabilities: exponentials.map((each) => each / total),
    logProbabilities: shifted.map((each) => each - logTotal),
    logTotal,
  };
}

/** The loss −ln p of the true class. */
export const crossEntropy = (values: Softmax, target: number) => 0 - (values.logProbabilities[target] ?? 0);

/** Derivative of the loss by each logit: (p − y) / T. */
export function crossEntropyGradient(values: Softmax, target: number, temperature: number): number[] {
  // 1 − p would cancel where the true class is almost certain; the others' probabilities do not.
  const rest = sum(without(values.probabilities, target));
  return values.probabilities.map((each, index) => (index === target ? 0 - rest : each) / temperature);
}

/** The formula as it is written, in float32. */
export function naiveSoftmax(logits: readonly number[], temperature: number, offset: number): NaiveSoftmax {
  const single = Math.fround;
  const exponentials = logits.map((logit) =>
    single(Math.exp(single(single(single(logit) + single(offset)) / single(temperature)))),
  );
  const total = exponentials.reduce((before, each) => single(before + each), 0);
  const probabilities = exponentials.map((each) => single(each / total));
  return { exponentials, total, probabilities, isBroken: probabilities.some(Number.isNaN) };
}
