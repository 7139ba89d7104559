// What is computed from the settings of a neuron, once for all that shows it.
import * as neuron from "../../concepts/neuron";
import type { NeuronSettings } from "../../generated/protocol";
import { useExplorer } from "../explorer/view";

export const GATE_NAMES: Partial<Record<string, string>> = { NOT: "NOT x₁" };
export const gateName = (gate: string) => GATE_NAMES[gate] ?? gate;

/** Inputs of the truth table are whole, those between have decimals. */
export const inputDigits = (value: number) => (Number.isInteger(value) ? 0 : 2);

/** The gates have weights of tenths; numbers of one's own may have more digits. */
export const weightDigits = (...values: number[]) =>
  values.every((value) => Math.abs(value * 10 - Math.round(value * 10)) < 1e-6) ? 1 : 2;

export function useNeuron() {
  const { store } = useExplorer<NeuronSettings>();
  const settings = store.now();
  const { weights, bias, inputs, gate, form, hidden_layer: layered } = settings;
  const isThreshold = form === "mcculloch_pitts";
  const activation = isThreshold ? "step" : settings.activation;
  const { f, label } = neuron.activationOf(activation);
  const seen = neuron.seenBy(inputs, layered);
  const products: neuron.Pair = [weights[0] * seen[0], weights[1] * seen[1]];
  const z = neuron.preActivation(weights, bias, seen);
  const rows = neuron.table(weights, bias, activation, gate, layered);
  const digits = weightDigits(...weights, bias);
  return {
    store,
    ...settings,
    isThreshold,
    layered,
    activation,
    f,
    activationLabel: label,
    /** x, or h where a hidden layer stands before the neuron. */
    symbol: layered ? "h" : "x",
    seen,
    products,
    /** Of the products alone: what McCulloch and Pitts compare with the threshold. */
    sum: neuron.preActivation(weights, 0, seen),
    z,
    y: f(z),
    rows,
    right: rows.filter(({ isRight }) => isRight).length,
    /** Decimals of weights, and of what is computed from them. */
    digits,
    sumDigits: seen.every((value) => Number.isInteger(value)) ? digits : Math.max(2, digits),
    outputDigits: activation === "step" ? 0 : activation === "relu" ? Math.max(2, digits) : 3,
  };
}

export type Neuron = ReturnType<typeof useNeuron>;
