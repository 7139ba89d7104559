// The way through one step: its stops, and what is known at each of them.

import type { Theme } from "../draw/colour";
import { drawWalk, type Known, ringPoints } from "../draw/walk";
import type { DataTrait, LayerTrait, NetworkTrait } from "../generated/protocol";
import type { Trace } from "../model/trace";
import { placeIn } from "./names";
import type { Unit } from "./planar";
import type { Layout } from "./tiles";

export type Phase = "Forward" | "Loss" | "Backward" | "Update";

/** A layer on the way there or back; −1 is the input. */
export interface Stop {
  readonly phase: Phase;
  readonly layer: number;
}

export interface Walk {
  readonly trace: Trace;
  readonly stop: Stop;
  /** The neuron in question: its layer is the stop's where that has one. */
  readonly unit: Unit;
  /** 0 is the whole batch, then come its samples. */
  readonly row: number;
}

/** Of a network that is no chain of layers only the phases are known. */
export function stopsOf(layers: number): Stop[] {
  const at = (phase: Phase) => (layer: number) => ({ phase, layer });
  const there = Array.from({ length: layers }, (_, layer) => layer);
  return [
    ...[-1, ...there].map(at("Forward")),
    at("Loss")(layers - 1),
    ...(layers ? there.reverse() : [-1]).map(at("Backward")),
    at("Update")(layers - 1),
  ];
}

/** The layers of which a trace tells each neuron. */
export const tracedLayers = (trace: Trace, { layers }: NetworkTrait): readonly LayerTrait[] =>
  trace.part("z").length ? layers : [];

/** The value of a neuron in one of the tables of a trace, whose rows are all layers side by side. */
export function unitValue(
  trace: Trace,
  layers: readonly LayerTrait[],
  name: "z" | "h" | "dz" | "dh",
  row: number,
  [layer, unit]: Unit,
): number {
  const before = (end: number) => layers.slice(0, end).reduce((sum, { units }) => sum + units, 0);
  return trace.part(name)[row * before(layers.length) + before(layer) + unit] ?? Number.NaN;
}

/** What goes into a neuron of a layer: the samples' features, or what the layer before puts out. */
export function inputValue(
  trace: Trace,
  layers: readonly LayerTrait[],
  row: number,
  layer: number,
  input: number,
) {
  if (layer) return unitValue(trace, layers, "h", row, [layer - 1, input]);
  return trace.part("x")[row * (layers[0]?.weight[2] ?? 0) + input] ?? Number.NaN;
}

/** The gradient of a parameter: of the batch's loss from autograd, which the update is made of; of a sample's from what reaches its neuron. */
export function gradientAt(
  walk: Walk,
  layers: readonly LayerTrait[],
  unit: Unit,
  input: number | null,
): number {
  const { trace, row, stop } = walk;
  if (!row || stop.phase === "Update") return parameterAt(trace, "gradient", layers[unit[0]], unit[1], input);
  const reaching = unitValue(trace, layers, "dz", row, unit);
  return input === null ? reaching : reaching * inputValue(trace, layers, row, unit[0], input);
}

/** A parameter of a neuron in one of the tables that are as long as all parameters. */
export function parameterAt(
  trace: Trace,
  name: "before" | "gradient" | "used" | "after" | "mean" | "square",
  layer: LayerTrait | undefined,
  unit: number,
  input: number | null,
): number {
  return trace.part(name)[placeIn(layer, unit, input) ?? -1] ?? Number.NaN;
}

function gradients(walk: Walk, layers: readonly LayerTrait[]): Float32Array {
  if (!walk.row) return walk.trace.part("gradient");
  const found = walk.trace.part("gradient").slice();
  const [layer, unit] = walk.unit;
  const own = layers[layer] as LayerTrait;
  for (let input = 0; input < own.weight[2]; input++) {
    found[placeIn(own, unit, input) as number] = gradientAt(walk, layers, walk.unit, input);
  }
  return found;
}

/** In place of the usual picture of the network. */
export function paintWalk(
  context: CanvasRenderingContext2D,
  { geometry }: Layout,
  layers: readonly LayerTrait[],
  walk: Walk,
  theme: Theme,
): void {
  const { trace, stop, row, unit } = walk;
  const back = stop.phase === "Backward";
  const known = (column: number, index: number): Known => {
    const layer = column - 1;
    const reached = stop.phase !== "Forward" || layer <= stop.layer;
    const flown = back && layer >= Math.max(0, stop.layer);
    const gradient = flown ? unitValue(trace, layers, "dh", row, [layer, index]) : Number.NaN;
    return {
      value: reached ? inputValue(trace, layers, row, column, index) : null,
      gradient: Number.isNaN(gradient) ? null : gradient,
    };
  };
  const scales = geometry.nodes.map((nodes, column) => {
    if (layers[column - 1]?.scale_fixed) return 1;
    return Math.max(...nodes.map((node) => Math.abs(inputValue(trace, layers, row, column, node.unit))));
  });
  drawWalk(
    context,
    {
      geometry,
      layers,
      parameters: trace.part(stop.phase === "Update" ? "after" : "before"),
      numbers: back ? gradients(walk, layers) : null,
      known,
      scales,
      at: [unit[0] + 1, unit[1]],
      way: back ? "backward" : stop.phase === "Loss" || stop.layer < 0 ? "none" : "forward",
    },
    theme,
  );
}

/** The batch on the map of the data. */
export function paintBatch(
  context: CanvasRenderingContext2D,
  { trace, row }: Walk,
  points: Float32Array,
  data: DataTrait,
  size: number,
  theme: Theme,
): void {
  const indices = trace.part("indices");
  const plane = { xRange: data.x_range, yRange: data.y_range, width: size, height: size };
  const shown = [...indices].filter((index) => index < data.shown_train);
  ringPoints(context, points, shown, row ? (indices[row - 1] ?? null) : null, plane, theme);
}
