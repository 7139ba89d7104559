// One neuron, the twin of nnwidgets/concepts/neuron.py.
import { ACTIVATIONS, type Activation } from "./functions";

export type Pair = readonly [number, number];

export const CORNERS: readonly Pair[] = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
export const ACTIVATION_NAMES = ["step", "sigmoid", "tanh", "relu"];

/** Targets for the corners, in their order. */
export const GATES: Record<string, readonly number[]> = {
  AND: [0, 0, 0, 1],
  OR: [0, 1, 1, 1],
  NOT: [1, 1, 0, 0],
  NAND: [1, 1, 1, 0],
  XOR: [0, 1, 1, 0],
};

/** A sum smaller than its terms by this factor is what binary fractions leave of 0. */
const DUST = 1e-12;

export function preActivation([w1, w2]: Pair, bias: number, [x1, x2]: Pair): number {
  const [p1, p2] = [w1 * x1, w2 * x2];
  const z = p1 + p2 + bias;
  return Math.abs(z) < DUST * (Math.abs(p1) + Math.abs(p2) + Math.abs(bias)) ? 0 : z;
}

export const activationOf = (name: string) => ACTIVATIONS[name] as Activation;

const step = (z: number) => (z > 0 ? 1 : 0);

/** What two neurons before this one make of the inputs: OR and NAND. */
export const hidden = (inputs: Pair): Pair => [
  step(preActivation([1, 1], -0.5, inputs)),
  step(preActivation([-1, -1], 1.5, inputs)),
];

export const seenBy = (inputs: Pair, layered: boolean) => (layered ? hidden(inputs) : inputs);

export interface Row {
  readonly inputs: Pair;
  /** What the neuron gets: these, or what hidden neurons make of them. */
  readonly seen: Pair;
  readonly target: number;
  readonly z: number;
  readonly output: number;
  readonly isRight: boolean;
}

export function table(
  weights: Pair,
  bias: number,
  activation: string,
  gate: string,
  layered: boolean,
): Row[] {
  const { f } = activationOf(activation);
  return CORNERS.map((inputs, index) => {
    const target = GATES[gate]?.[index] ?? 0;
    const seen = seenBy(inputs, layered);
    const z = preActivation(weights, bias, seen);
    return { inputs, seen, target, z, output: f(z), isRight: z > 0 === (target === 1) };
  });
}

/** What a slider can be set to, from −2 to 2, in tenths: so that 0 is exact. */
export const TENTHS = 20;
export const SETTINGS = (2 * TENTHS + 1) ** 3;

/** How many of all settings of the sliders get 0, 1, 2, 3 and 4 rows of the truth table right. */
export function experiment(gate: string, layered: boolean): number[] {
  const counts = [0, 0, 0, 0, 0];
  const rows = CORNERS.map((inputs, index) => {
    const [x1, x2] = seenBy(inputs, layered);
    return { x1, x2, fires: GATES[gate]?.[index] === 1 };
  });
  for (let w1 = -TENTHS; w1 <= TENTHS; w1++)
    for (let w2 = -TENTHS; w2 <= TENTHS; w2++)
      for (let b = -TENTHS; b <= TENTHS; b++) {
        let right = 0;
        for (const { x1, x2, fires } of rows) if (w1 * x1 + w2 * x2 + b > 0 === fires) right++;
        counts[right] = (counts[right] as number) + 1;
      }
  return counts;
}

export const LOW = -0.5;
export const HIGH = 1.5;

/** Where z = 0 crosses the edge of the plane; null where it does not. */
export function line([w1, w2]: Pair, bias: number): readonly [Pair, Pair] | null {
  const points: Pair[] = [];
  const add = (x: number, y: number) => {
    if (Math.min(x, y) >= LOW && Math.max(x, y) <= HIGH) points.push([x, y]);
  };
  for (const at of [LOW, HIGH]) {
    if (w2) add(at, -(w1 * at + bias) / w2);
    if (w1) add(-(w2 * at + bias) / w1, at);
  }
  points.sort(([x, y], [u, v]) => (Math.abs(x - u) > 1e-12 ? x - u : y - v));
  const [start, end] = [points[0], points.at(-1)];
  if (!start || !end || Math.hypot(start[0] - end[0], start[1] - end[1]) < 1e-11) return null;
  return [start, end];
}
