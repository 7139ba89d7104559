// The gradients that a neuron gets, as a line of text beside which its formula would stand.
import { signedSignificant } from "./format";
import { type FormulaPart, labelParts } from "./formula";
import type { LayerParameters } from "./network";

/**
 * The gradients of the weights and of the bias of neuron `unit` in layer `layer` (0 is the first after the input).
 * If there are more than `maxTerms` weights, the largest stay, in their order. `inputs` are the labels of what the
 * network gets.
 */
export function neuronGradients(
  layers: readonly LayerParameters[],
  gradients: Float32Array | null,
  layer: number,
  unit: number,
  maxTerms: number,
  inputs: readonly string[],
): FormulaPart[] {
  const own = layers[layer];
  if (!own || !gradients) return [];
  const [offset, , columns] = own.weight;
  const values = Array.from(gradients.subarray(offset + unit * columns, offset + (unit + 1) * columns));
  const size = (index: number) => Math.abs(values[index] ?? 0);
  const kept = values
    .map((_, index) => index)
    .sort((first, second) => size(second) - size(first) || first - second)
    .slice(0, Math.max(1, maxTerms))
    .sort((first, second) => first - second);
  const parts: FormulaPart[] = [{ kind: "text", text: "∂L/∂w" }];
  const add = (value: number | undefined) => {
    parts.push({ kind: (value ?? 0) < 0 ? "neg" : "pos", text: signedSignificant(value, 2) });
  };
  for (const index of kept) {
    const name = layer ? [variable("h"), sub(index)] : labelParts(inputs[index] ?? "");
    parts.push({ kind: "text", text: "  " }, ...name, { kind: "text", text: " " });
    add(values[index]);
  }
  if (kept.length < values.length) parts.push({ kind: "text", text: " …" });
  if (own.bias) {
    parts.push({ kind: "text", text: "  ∂L/∂b " });
    add(gradients[own.bias[0] + unit]);
  }
  return parts;
}

const variable = (text: string): FormulaPart => ({ kind: "var", text });
const sub = (index: number): FormulaPart => ({ kind: "sub", text: String(index + 1) });
