// Activation functions and their derivatives, the twin of nnwidgets/functions.py: computed in forms that neither
// overflow nor cancel. Infinite arguments give the limit, never NaN.

export interface Activation {
  /** The name to show to readers. */
  label: string;
  f: (x: number) => number;
  /** Where the function has a corner, the derivative is the one that PyTorch uses. */
  derivative: (x: number) => number;
}

/** Below this, x e^x is zero in double precision: an argument is cut there before it is multiplied. */
const FAR = 1e4;
const LEAKY_SLOPE = 0.01;

/** No number is shown as "−0". */
const unsignedZero = (value: number) => (value === 0 ? 0 : value);

export function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x)); // at most 1, so that it cannot overflow
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

export function sigmoidDerivative(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return e / (1 + e) ** 2;
}

/** 1 / cosh²(x), without a cosh that overflows. */
export function tanhDerivative(x: number): number {
  const e = Math.exp(-2 * Math.abs(x));
  return (4 * e) / (1 + e) ** 2;
}

/** ln(1 + eˣ) */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** erf by its series of positive terms: for |x| < 2, where it converges fast. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** The complementary error function 1 − erf(x), also where it is tiny: relative error below 1e-12. */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) return 1 - erfSeries(x);
  if (x > 27.3) return 0; // less than the smallest number
  // The continued fraction of Laplace, from its far end, where it does not matter what is left out.
  let fraction = x;
  for (let n = 120; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}

/** Φ, the distribution function of the normal distribution. */
export const normalCdf = (x: number) => 0.5 * erfc(-x / Math.SQRT2);

/** φ, its density. */
export const normalDensity = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

const step = (x: number) => (x > 0 ? 1 : 0);

const silu = (x: number) => Math.max(x, -FAR) * sigmoid(x);

function siluDerivative(x: number): number {
  // Beyond ±FAR both products are exactly zero.
  const bounded = Math.min(Math.max(x, -FAR), FAR);
  return sigmoid(bounded) * (1 + bounded * sigmoid(-bounded));
}

const gelu = (x: number) => Math.max(x, -FAR) * normalCdf(x);

function geluDerivative(x: number): number {
  const bounded = Math.min(Math.max(x, -FAR), FAR);
  return normalCdf(bounded) + bounded * normalDensity(bounded);
}

/** In the order in which Python offers them; `step`, which has no use in training, last. */
const TABLE: Record<string, Activation> = {
  tanh: { label: "tanh", f: Math.tanh, derivative: tanhDerivative },
  relu: { label: "ReLU", f: (x) => Math.max(0, x), derivative: step },
  sigmoid: { label: "sigmoid", f: sigmoid, derivative: sigmoidDerivative },
  identity: { label: "linear", f: (x) => x, derivative: () => 1 },
  leaky_relu: {
    label: "leaky ReLU",
    f: (x) => (x > 0 ? x : LEAKY_SLOPE * x),
    derivative: (x) => (x > 0 ? 1 : LEAKY_SLOPE),
  },
  elu: {
    label: "ELU",
    f: (x) => (x > 0 ? x : Math.expm1(x)),
    derivative: (x) => Math.exp(Math.min(x, 0)),
  },
  silu: { label: "SiLU", f: silu, derivative: siluDerivative },
  gelu: { label: "GELU", f: gelu, derivative: geluDerivative },
  softplus: { label: "softplus", f: softplus, derivative: sigmoid },
  step: { label: "step", f: step, derivative: () => 0 },
};

/** The activation functions by name. */
export const ACTIVATIONS: Readonly<Record<string, Activation>> = Object.fromEntries(
  Object.entries(TABLE).map(([name, { label, f, derivative }]) => [
    name,
    { label, f: (x) => unsignedZero(f(x)), derivative: (x) => unsignedZero(derivative(x)) },
  ]),
);
