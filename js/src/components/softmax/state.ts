// What is computed from logits, once for all that shows it.
import { crossEntropy, crossEntropyGradient, naiveSoftmax, softmax } from "../../concepts/softmax";
import type { SoftmaxSettings } from "../../generated/protocol";
import { useExplorer } from "../explorer/view";

export const MOST_CLASSES = 10;
export const FEWEST_CLASSES = 2;

/** Decimals that logits need: their bars are dragged in tenths. */
const logitDigits = (logits: readonly number[]) =>
  logits.every((logit) => Math.abs(logit * 10 - Math.round(logit * 10)) < 1e-6) ? 1 : 2;

export function classNames(given: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, index) => given[index]?.trim() || `class ${index}`);
}

export function useSoftmax() {
  const { store } = useExplorer<SoftmaxSettings>();
  const settings = store.now();
  const { logits, temperature, offset } = settings;
  // Both arrive one after the other where a cell takes classes away.
  const target = Math.min(settings.target, logits.length - 1);
  const values = softmax(logits, temperature);
  return {
    store,
    ...settings,
    target,
    values,
    p: values.probabilities,
    loss: crossEntropy(values, target),
    gradient: crossEntropyGradient(values, target, temperature),
    naive: naiveSoftmax(logits, temperature, offset),
    names: classNames(settings.class_names, logits.length),
    digits: logitDigits(logits),
  };
}

export type SoftmaxState = ReturnType<typeof useSoftmax>;

export interface Frame {
  /** Where the bars begin: 0, or a round number near logits that are far from it. */
  readonly base: number;
  /** How far the axis goes to both sides. */
  readonly reach: number;
}

/** A logit at the end of its axis gets a longer one: dragged again, it goes on. */
const REACHES = [4, 6, 10];
/** Logits within so many of 0 have bars that begin there. */
const NEAR = 20;

/** An axis on which all logits can be told apart. */
export function frameOf(logits: readonly number[]): Frame {
  const [low, high] = [Math.min(...logits), Math.max(...logits)];
  const far = (base: number) => Math.max(high - base, base - low);
  const near = Math.max(NEAR, 2 * (high - low));
  let base = 0;
  for (let step = 1e6; far(base) > near && step >= 1; step /= 10) {
    base = Math.round((low + high) / 2 / step) * step;
  }
  const most = far(base);
  let reach = REACHES.find((each) => most < each - 1e-9);
  for (let power = 10; !reach; power *= 10) {
    reach = [2, 4, 10].map((factor) => factor * power).find((each) => most < each - 1e-9);
  }
  return { base, reach };
}
