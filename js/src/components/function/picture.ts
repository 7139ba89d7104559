// What the plot and the tiles draw of a scene: arrays that belong together, and scales that hold still.
import type { Range } from "../../draw/curve-data";
import type { PiecesPart } from "../../draw/function-plot";
import { fitRange, partialSums, piecesReach, sumsRange } from "../../draw/function-scale";
import { readTriples } from "../../model/binary";
import type { FunctionScene } from "../../model/function-store";
import { createRun } from "../panel";

/** The output weight of each neuron of the last hidden layer. */
export function outputWeights({ network, frame }: FunctionScene): Float32Array {
  const output = network.layers.at(-1);
  if (!output || !frame) return new Float32Array();
  const [offset, , columns] = output.weight;
  return frame.parameters.subarray(offset, offset + columns);
}

/** The pieces of the newest scene; worked out once for all that draw them. */
export type Pieces = PiecesPart & { readonly bias: number };

const known = new WeakMap<object, Pieces>();

export function piecesOf(scene: FunctionScene): Pieces | null {
  const pieces = scene.frame?.pieces;
  if (!scene.frame || !pieces?.units) return null;
  const found = known.get(scene.frame);
  if (found) return found;
  const { units, values, bias, places } = pieces;
  const made = {
    units,
    values,
    bias,
    places,
    sums: partialSums(values, bias, units),
    weights: outputWeights(scene),
  };
  known.set(scene.frame, made);
  return made;
}

export interface Scales {
  fit: Range;
  /** The pieces are shown from minus this to this. */
  reach: number;
}

/** Scales that only widen until there are other data, another network, or another run. */
export function createScales(): (scene: FunctionScene, adds: boolean) => Scales {
  const isAnother = createRun();
  let reach = 0;
  let sums: Range | null = null;
  return (scene, adds) => {
    const usual = fitRange(scene.data.value_range);
    const pieces = piecesOf(scene);
    if (isAnother(scene)) {
      reach = 0;
      sums = null;
    }
    reach = piecesReach(pieces?.values ?? new Float32Array(), usual, reach);
    sums = adds && pieces ? sumsRange(pieces.sums, usual, sums) : null;
    return { fit: sums ?? usual, reach };
  };
}

/** Samples and function of the data; read once. */
const readings = new WeakMap<object, { points: Float32Array; target: Float32Array | null }>();

export function readData(data: FunctionScene["data"]) {
  const found = readings.get(data);
  if (found) return found;
  const made = { points: readTriples(data.points), target: data.target && readTriples(data.target) };
  readings.set(data, made);
  return made;
}

/** Root mean square error on the training samples that are shown. */
export function rmse({ frame }: FunctionScene): number | null {
  const residuals = frame?.residuals;
  if (!residuals?.length) return null;
  return Math.sqrt(residuals.reduce((sum, residual) => sum + residual ** 2, 0) / residuals.length);
}
