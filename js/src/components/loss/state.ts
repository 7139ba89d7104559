// What is computed of a prediction and of a batch, once for all that shows it.
import {
  BINARY_LOSSES,
  batchLoss,
  type LossName,
  prediction,
  predictionDerivative,
  singlePrecisionBce,
} from "../../concepts/loss";
import type { LossSettings } from "../../generated/protocol";
import { useExplorer } from "../explorer/view";

export const NAMES: readonly LossName[] = ["bce", "mse", "hinge"];
/** As they are called where there is little room. */
export const SHORT: Readonly<Record<LossName, string>> = {
  bce: "cross-entropy",
  mse: "squared error",
  hinge: "hinge",
};

const REACHES = [8, 20, 50, 200];
/** How far the axis of z goes to both sides. */
export const reachOf = (z: number) => REACHES.find((each) => Math.abs(z) <= each) ?? 200;

/** The decimals that a handle gives to z. */
export const rounded = (z: number) => Number(z.toFixed(2));

export function useLoss() {
  const { store } = useExplorer<LossSettings>();
  const settings = store.now();
  const { logit: z, target, loss_fn: name, batch } = settings;
  const of = (each: LossName) => {
    const { value, byPrediction, byLogit } = BINARY_LOSSES[each];
    return { loss: value(z, target), byP: byPrediction(z, target), byZ: byLogit(z, target) };
  };
  const predictions = batch.map(([p]) => p);
  const targets = batch.map(([, y]) => y);
  const whole = batchLoss(name, predictions, targets);
  // What cancels is nothing, whatever rounding leaves of it.
  const isNothing = Math.abs(whole.total) < 1e-15;
  return {
    store,
    z,
    target,
    name,
    batch,
    p: prediction(z),
    slope: predictionDerivative(z),
    /** −1 for class 0 and 1 for class 1. */
    side: 2 * target - 1,
    losses: { bce: of("bce"), mse: of("mse"), hinge: of("hinge") },
    single: singlePrecisionBce(z, target),
    whole: isNothing ? { ...whole, total: 0 } : whole,
  };
}

export type LossState = ReturnType<typeof useLoss>;
