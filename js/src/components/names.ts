// How layers and neurons are called on screen and for screen readers.
import type { LayerTrait } from "../generated/protocol";

export function unitName(layers: readonly LayerTrait[], [layer, unit]: readonly [number, number]): string {
  const name = layers[layer]?.name ?? "";
  return layer === layers.length - 1 ? "Output neuron" : `${name}, neuron ${unit + 1}`;
}

/** Two numbers where a title would cover the picture: "Hidden 1.2" is the second neuron of that layer. */
export function nodeName(layers: readonly LayerTrait[], layer: number, unit: number): string {
  if (layer < 0) return `x${unit + 1}`;
  return layer === layers.length - 1 ? "Output" : `${layers[layer]?.name ?? ""}.${unit + 1}`;
}
