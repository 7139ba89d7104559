// The numbers of the training set, as every part of a view shows them.
import type { FrameHeader } from "../generated/protocol";
import type { CommonStore } from "../model/common-store";

/** Training samples up to which Python evaluates loss and accuracy for every picture. */
const EVALUATED = 10_000;

/**
 * Where the training set is too large to be evaluated for every picture, the running mean stands in. Elsewhere a
 * missing number is one that is not finite, and nothing can stand in for it.
 */
const shown = ({ scene }: CommonStore, value: number | null, running: number | null) =>
  value ?? (scene.value.data.n_train > EVALUATED ? running : null);

export const trainLoss = (store: CommonStore, header: FrameHeader | null) =>
  header
    ? shown(store, header.loss, header.running_loss)
    : shown(store, store.traits.loss.value, store.traits.running_loss.value);

export const trainAccuracy = (store: CommonStore, header: FrameHeader | null) =>
  header
    ? shown(store, header.accuracy, header.running_accuracy)
    : shown(store, store.traits.accuracy.value, store.traits.running_accuracy.value);
