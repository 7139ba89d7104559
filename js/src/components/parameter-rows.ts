// The rows of the table of parameters: which there are, what they are called, and in which order they stand.
import type { NetworkTrait } from "../generated/protocol";
import type { Scene } from "../model/store";
import { sourceName, unitName, weightName } from "./names";

/** A parameter by its index among all, or the name of the neuron or module whose parameters follow. */
export type Row = number | string;

/** What a parameter is called: where its neuron is named above it, by itself, and in Python. */
export interface ParameterNames {
  short: string;
  full: string;
  python: string;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);

/** "0.weight[2, 1]", for the parameter at an index. */
function pythonName({ parameters }: NetworkTrait, index: number): string {
  let rest = index;
  for (const { name, shape } of parameters) {
    const size = sizeOf(shape);
    if (rest >= size) {
      rest -= size;
      continue;
    }
    const place = [...shape].reverse().map((side) => {
      const at = rest % side;
      rest = Math.floor(rest / side);
      return at;
    });
    return place.length ? `${name}[${place.reverse().join(", ")}]` : name;
  }
  return "";
}

export function namesOf(scene: Scene, index: number): ParameterNames {
  const { network } = scene;
  const python = pythonName(network, index);
  for (const [layer, { weight, bias }] of network.layers.entries()) {
    const [offset, rows, columns] = weight;
    const at = index - offset;
    if (at >= 0 && at < rows * columns) {
      const input = at % columns;
      return {
        short: `weight of ${sourceName(scene, layer, input)}`,
        full: weightName(scene, { unit: [layer, Math.floor(at / columns)], input }),
        python,
      };
    }
    if (bias && index >= bias[0] && index < bias[0] + bias[1]) {
      const unit = unitName(network.layers, [layer, index - bias[0]]);
      return { short: "bias", full: `bias, ${unit}`, python };
    }
  }
  return { short: python, full: python, python };
}

/** All parameters, neuron by neuron, each with its bias; of a module of the user's, tensor by tensor. */
export function rowsByPlace(network: NetworkTrait): Row[] {
  const rows: Row[] = [];
  for (const [layer, { units, weight, bias }] of network.layers.entries()) {
    for (let unit = 0; unit < units; unit++) {
      const from = weight[0] + unit * weight[2];
      rows.push(unitName(network.layers, [layer, unit]));
      for (let input = 0; input < weight[2]; input++) rows.push(from + input);
      if (bias) rows.push(bias[0] + unit);
    }
  }
  if (rows.length) return rows;
  let offset = 0;
  for (const { name, shape } of network.parameters) {
    rows.push(name);
    for (const end = offset + sizeOf(shape); offset < end; offset++) rows.push(offset);
  }
  return rows;
}

/** The parameters with the largest values first; those whose value is not known come last. */
export function rowsBySize(values: Float32Array): Row[] {
  const sizes = values.map((value) => (Number.isNaN(value) ? -1 : Math.abs(value)));
  return Array.from(values.keys()).sort(
    (first, second) => (sizes[second] as number) - (sizes[first] as number) || first - second,
  );
}
