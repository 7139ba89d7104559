// Losses of one prediction for a target of 0 or 1, and the chain of derivatives back to its logit: the twin of
// nnwidgets/concepts/loss.py.
import { sigmoid, sigmoidDerivative, softplus } from "./functions";

export type LossName = "bce" | "mse" | "hinge";

/** Functions of the logit z and the target y. */
export interface BinaryLoss {
  readonly label: string;
  readonly value: (z: number, target: number) => number;
  /** dL/dp, p = σ(z). */
  readonly byPrediction: (z: number, target: number) => number;
  /** dL/dz; at the corner of the hinge loss 0, as in PyTorch. */
  readonly byLogit: (z: number, target: number) => number;
}

/** PyTorch's BCELoss takes no logarithm for less. */
const CLAMP = -100;

/** −1 for class 0 and 1 for class 1: times z, it is by how much a prediction is right. */
const side = (target: number) => 2 * target - 1;
const margin = (z: number, target: number) => side(target) * z;
/** |p − y|, without the cancellation of 1 − p. */
const wrong = (z: number, target: number) => sigmoid(-margin(z, target));

const mseByPrediction = (z: number, target: number) => -2 * side(target) * wrong(z, target);
const hingeByLogit = (z: number, target: number) => (margin(z, target) < 1 ? -side(target) : 0);

export const BINARY_LOSSES: Readonly<Record<LossName, BinaryLoss>> = {
  bce: {
    label: "binary cross-entropy",
    value: (z, target) => softplus(-margin(z, target)),
    byPrediction: (z, target) => -side(target) * (1 + Math.exp(-margin(z, target))),
    byLogit: (z, target) => -side(target) * wrong(z, target),
  },
  mse: {
    label: "squared error",
    value: (z, target) => wrong(z, target) ** 2,
    byPrediction: mseByPrediction,
    byLogit: (z, target) => mseByPrediction(z, target) * sigmoidDerivative(z),
  },
  hinge: {
    label: "hinge",
    value: (z, target) => Math.max(0, 1 - margin(z, target)),
    byPrediction: (z, target) => hingeByLogit(z, target) && hingeByLogit(z, target) / sigmoidDerivative(z),
    byLogit: hingeByLogit,
  },
};

export const prediction = sigmoid;
export const predictionDerivative = sigmoidDerivative;

/** The z whose sigmoid is p: −∞ for 0 and ∞ for 1. */
export const logit = (p: number) => Math.log(p) - Math.log1p(-p);

/** Binary cross-entropy by way of p, in float32, as `BCELoss()(sigmoid(z), y)` computes it. */
export function singlePrecisionBce(z: number, target: number): { p: number; loss: number } {
  const single = Math.fround;
  const p = single(1 / single(1 + single(Math.exp(-z))));
  const chosen = target ? Math.log(p) : Math.log1p(-p);
  return { p, loss: 0 - single(Math.max(chosen, CLAMP)) };
}

export interface BatchLoss {
  /** Of each sample: infinite where p is 0 and y is 1, or the other way round. */
  readonly losses: readonly number[];
  readonly mean: number;
  /** The mean as PyTorch computes it: its binary cross-entropy makes at most 100 of a sample. */
  readonly clamped: number;
  /** Derivative of the mean by each sample's logit. */
  readonly gradient: readonly number[];
  /** Their sum: the derivative of the mean by a bias that all samples share. */
  readonly total: number;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** The mean loss of predictions, and what each has in its gradient. */
export function batchLoss(
  name: LossName,
  predictions: readonly number[],
  targets: readonly number[],
): BatchLoss {
  const { value, byLogit } = BINARY_LOSSES[name];
  const target = (index: number) => targets[index] ?? 0;
  const n = predictions.length;
  const losses = predictions.map((p, index) => value(logit(p), target(index)));
  const kept = name === "bce" ? losses.map((each) => Math.min(each, -CLAMP)) : losses;
  const gradient = predictions.map((p, index) => byLogit(logit(p), target(index)) / n);
  return { losses, mean: sum(losses) / n, clamped: sum(kept) / n, gradient, total: sum(gradient) };
}
