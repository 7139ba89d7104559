// What the large map shows: the decision of the network, or the activation of the neuron pointed at.
import type { Theme } from "../draw/colour";
import { contourPath, drawField } from "../draw/field";
import { drawPoints, type PlanePoints } from "../draw/points";
import type { Field } from "../model/frames";
import type { Scene } from "../model/store";
import type { Unit } from "./context";

export type Shown = PlanePoints["shown"];

/** The byte that stands for zero: p = 0.5 on the decision map. */
const ZERO = 128;

/** Index of a hidden neuron's tile among all tiles. */
function tileIndex({ network }: Scene, [layer, unit]: Unit): number {
  return network.layers.slice(0, layer).reduce((count, { units }) => count + units, unit);
}

/** The map of a neuron: its own where it has arrived, until then its tile, enlarged. */
export function mapOf(scene: Scene, unit: Unit): { field: Field; scale: number } | null {
  const { frame } = scene;
  if (!frame) return null;
  const { focus } = frame.header;
  if (frame.focusMap && focus?.[0] === unit[0] && focus[1] === unit[1]) {
    return { field: frame.focusMap, scale: frame.focusScale };
  }
  const index = tileIndex(scene, unit);
  const field = frame.tiles[index];
  return field ? { field, scale: frame.tileScales[index] ?? 1 } : null;
}

export interface MapOptions {
  readonly scene: Scene;
  readonly points: Float32Array;
  /** A hidden neuron, or none for the decision map. */
  readonly unit: Unit | null;
  readonly shown: Shown;
  readonly size: number;
  readonly theme: Theme;
}

export function paintMap(context: CanvasRenderingContext2D, options: MapOptions): void {
  const { scene, points, unit, shown, size, theme } = options;
  const { frame, data } = scene;
  const field = unit ? mapOf(scene, unit)?.field : frame?.map;
  context.clearRect(0, 0, size, size);
  if (field) {
    const { cells, columns, rows } = field;
    drawField(context, cells, columns, rows, 0, 0, size, size, theme.fieldRamp32);
    context.strokeStyle = theme.contour;
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    context.stroke(contourPath(cells, columns, rows, ZERO, size, size));
  }
  const plane = { xRange: data.x_range, yRange: data.y_range, width: size, height: size };
  const marks = { xy: points, train: data.shown_train, wrong: frame?.wrong ?? null, shown };
  drawPoints(context, marks, plane, theme);
}
