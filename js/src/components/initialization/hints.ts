// One measured sentence about what is looked at, and what to try next.
import { percent } from "../../draw/format";
import type { InitializationSettings } from "../../generated/protocol";
import type { Action } from "../callout";
import { amountOf } from "./scale";
import { fateOf, passes, type Shown } from "./state";

export interface Hint {
  readonly lead: string;
  readonly text: string;
  readonly action: Action | null;
}

type Changes = Partial<InitializationSettings>;

export function hintOf(shown: Shown): Hint {
  const { training, measured } = shown;
  if (training?.message) return { lead: "Not trained:", text: training.message, action: null };
  return training && training.epoch > 0 && training.status !== "running" && measured.epoch === 0
    ? learned(shown)
    : (passed(shown) ?? { lead: "", text: "", action: null });
}

/** Which of the six have learned. */
function learned(shown: Shown): Hint {
  const { measured, training } = shown;
  const verdicts = training?.verdicts ?? [];
  const by = (wanted: string) =>
    measured.schemes.filter((_, scheme) => verdicts[scheme] === wanted).map(({ label }) => label);
  const [good, slow] = [by("learns"), by("slow")];
  const lead = good.length
    ? `${good.length} of ${measured.schemes.length} learn: ${listOf(good)}.`
    : `None of the ${measured.schemes.length} has learned.`;
  const text = shown.training?.texts[shown.chosen] ?? "";
  const rest = slow.length ? `${listOf(slow)} ${slow.length > 1 ? "are" : "is"} slow. ` : "";
  return { lead, text: `${rest}${text ? `${shown.label} ${text}.` : ""}`, action: null };
}

const listOf = (names: readonly string[]) =>
  names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : (names[0] ?? "");

function passed(shown: Shown): Hint | null {
  const { measured, chosen, name, label, hidden, store, activation, settings } = shown;
  const forward = passes(measured, chosen, "a");
  const backward = passes(measured, chosen, "da");
  const { width } = measured;
  const set = (said: string, changes: Changes): Action | null =>
    store.answered(changes) ? { label: said, press: () => store.set(changes) } : null;
  const rectifies = ["relu", "leaky_relu", "elu", "silu", "gelu"].includes(activation);
  const right = rectifies ? "he" : "xavier";
  const look = (scheme: string) => ({
    label: `Show ${scheme === "he" ? "He" : "Xavier"}`,
    press: () => store.set({ initialiser: scheme }),
  });
  const layers = `${hidden} layers`;
  if (measured.epoch > 0)
    return {
      lead: `After ${measured.epoch} epoch${measured.epoch > 1 ? "s" : ""}:`,
      text: `${layers} change the variance of the activations by a factor of ${amountOf(forward)}, that of the gradients by ${amountOf(backward)}. The theory is that of the first weights.`,
      action: null,
    };
  if (name === "zeros")
    return {
      lead: "Nothing goes in, nothing comes back.",
      text: "Every gradient but that of the last bias is 0, so no weight will ever move.",
      action: { label: "Show Constant", press: () => store.set({ initialiser: "constant" }) },
    };
  if (name === "constant")
    return {
      lead: `All ${width} neurons of a layer are alike.`,
      text: "They get the same gradient too, so they stay alike: the layer is as good as one neuron. Only random weights tell them apart.",
      action: look(right),
    };
  const fate = fateOf(forward);
  const back = fateOf(backward);
  // A slope of 0 is no saturation where the other half has a slope of 1.
  const saturated = rectifies ? 0 : measured.saturated(chosen, hidden - 1);
  if (fate === "explodes" || (back === "explodes" && saturated < 0.3)) {
    const forwards = fate === "explodes";
    return {
      lead: `The variance of the ${forwards ? "activations" : "gradients"} grows by a factor of ${amountOf(forwards ? forward : backward)}.`,
      text: "Each layer multiplies it by more than this activation takes away.",
      action: name === right ? null : look(right),
    };
  }
  if (saturated >= 0.3)
    return {
      lead: `${percent(saturated, 0)} of the last hidden layer is saturated.`,
      text: "Where the slope is nearly 0 hardly any gradient comes through, and large weights multiply what does.",
      action: name === right ? null : look(right),
    };
  const dies = fate === "vanishes" || fate === "lost";
  if (dies || back === "vanishes" || back === "lost") {
    const left = dies ? forward : backward;
    const lead = `${left === 0 ? "Nothing" : amountOf(left)} of the variance of the ${dies ? "activations" : "gradients"} is left behind ${layers}.`;
    if (name === "small" && dies) {
      const std = Number((1 / Math.sqrt(width)).toPrecision(2));
      return {
        lead,
        text: `A layer multiplies it by n σ² = ${amountOf(width * settings.small ** 2)} at most; with σ = 1/√n that is 1.`,
        action: set(`Set σ to ${std}`, { small: std }),
      };
    }
    if (activation === "sigmoid")
      return {
        lead,
        text: "The slope of sigmoid is 0.25 at most, and each layer multiplies by its square.",
        action: set("Use tanh", { activation: "tanh" }),
      };
    if (name !== right)
      return {
        lead,
        text: rectifies
          ? "Functions like ReLU cut about half of every signal; He doubles the variance of the weights to make up for it."
          : "Each layer takes away a little.",
        action: look(right),
      };
    return {
      lead,
      text: "Even a factor near 1 is far from 1 if it is taken often.",
      action: hidden > 10 ? set("Use 10 layers", { n_layers: 10 }) : null,
    };
  }
  const deep = hidden < 50;
  return {
    lead: `${label} keeps the signal: a factor of ${amountOf(forward)} behind ${layers}.`,
    text: deep
      ? "Try this: 50 layers. A factor near 1 for each of them is all that helps."
      : "Now train all six.",
    action: deep ? set("Use 50 layers", { n_layers: 50 }) : null,
  };
}
