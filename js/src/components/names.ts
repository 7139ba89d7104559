// How layers and neurons are called on screen and for screen readers.
import { signed, signedSignificant } from "../draw/format";
import type { LayerTrait, NetworkTrait } from "../generated/protocol";
import type { Scene } from "../model/store";
import { inputsOf } from "./inputs";
import type { EdgeValues, WeightPlace } from "./planar";

export function unitName(layers: readonly LayerTrait[], [layer, unit]: readonly [number, number]): string {
  const { name, units } = layers[layer] ?? { name: "", units: 0 };
  if (layer < layers.length - 1) return `${name}, neuron ${unit + 1}`;
  return units > 1 ? `Output neuron ${unit + 1}` : "Output neuron";
}

/** Two numbers where a title would cover the picture: "Hidden 1.2" is the second neuron of that layer. */
export function nodeName({ network: { layers }, data }: Scene, layer: number, unit: number): string {
  if (layer < 0) return inputsOf(data)[unit]?.label ?? `x${unit + 1}`;
  const { name, units } = layers[layer] ?? { name: "", units: 0 };
  return layer === layers.length - 1 && units === 1 ? name : `${name}.${unit + 1}`;
}

const subscript = (index: number) =>
  [...String(index)].map((digit) => String.fromCodePoint(0x2080 + Number(digit))).join("");

/** What a weight leads from, as the formula calls it, where the neuron that it leads to is named already. */
export const sourceName = ({ data }: Scene, layer: number, input: number) =>
  layer ? `h${subscript(input + 1)}` : (inputsOf(data)[input]?.label ?? `x${subscript(input + 1)}`);

export function weightName(scene: Scene, { unit: [layer, unit], input }: WeightPlace): string {
  const name = nodeName(scene, layer, unit);
  return input === null ? name : `${nodeName(scene, layer - 1, input)} → ${name}`;
}

/** A class whose name is a number needs the word to be understood. */
export const className = (name: string) => (/^\d+$/.test(name) ? `class ${name}` : name);

/** A weight as it is written, or a gradient, which may be of any size. */
export const weightText = (value: number | null, edges: EdgeValues) =>
  edges === "weights" ? signed(value, 4) : signedSignificant(value, 3);

/** Where a weight of a neuron, or its bias, is among all parameters; null if there is no such one. */
export function placeIn(own: LayerTrait | undefined, unit: number, input: number | null): number | null {
  const { weight: [offset, rows, columns] = [0, 0, 0], bias = null } = own ?? {};
  if (unit >= rows) return null;
  if (input === null) return bias && bias[0] + unit;
  return input < columns ? offset + unit * columns + input : null;
}

export const placeOf = ({ layers }: NetworkTrait, { unit: [layer, unit], input }: WeightPlace) =>
  placeIn(layers[layer], unit, input);

/** The value of a weight in the scene, or its gradient, or nothing where it is not known. */
export function weightAt(
  { network, frame }: Scene,
  place: WeightPlace | null,
  edges: EdgeValues = "weights",
): number | null {
  const at = place && placeOf(network, place);
  const values = edges === "weights" ? frame?.parameters : frame?.inside.gradients;
  return at === null ? null : (values?.[at] ?? null);
}
