// What the large map shows: the decision of the network, or what the neuron pointed at makes of the plane.
import type { ClassColours, Theme } from "../draw/colour";
import { contour, contourPath } from "../draw/contour";
import { drawField } from "../draw/field";
import { drawFlat } from "../draw/flat";
import { drawLoosePoints, drawPoints, type Labels, type PlanePoints } from "../draw/points";
import { drawRegions, regionBorders } from "../draw/regions";
import type { DataTrait, NetworkTrait } from "../generated/protocol";
import type { Field } from "../model/frames";
import type { Scene } from "../model/store";
import type { Sketch } from "./drawing";
import type { Unit } from "./planar";

export type Shown = PlanePoints["shown"];

/** The byte of what lies in the middle: p = 0.5 on the decision map, 0 on that of a hidden neuron. */
const MIDDLE = 128;

/** Index of a neuron's tile among all tiles. */
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

/** What the points are: classes, or values in a range. */
export const labelsOf = ({ class_names, value_range }: DataTrait): Labels => ({
  classes: class_names.length,
  range: value_range,
});

/** The colours of a class; a network may have more outputs than there are colours. */
export const coloursOf = ({ classes }: Theme, index: number): ClassColours =>
  classes[index % classes.length] as ClassColours;

/** Whether a neuron stands for a class, as one of several outputs. */
export const isClass = ({ layers, outputs }: NetworkTrait, unit: Unit | null): unit is Unit =>
  unit !== null && outputs > 1 && unit[0] === layers.length - 1;

/** How the map is drawn: as a decision only, and with further lines of equal value. */
export interface MapLook {
  readonly classes: boolean;
  readonly contours: boolean;
}

/** The bytes of p = 0.1, 0.2, … 0.9 without the middle, or of those shares of a neuron's range. */
const LEVELS = [1, 2, 3, 4, 6, 7, 8, 9].map((tenth) => MIDDLE + 127 * (tenth / 5 - 1));
/** Of more than two classes those of a lead of 0.2, 0.4, 0.6 and 0.8 over the second. */
const LEADS = [0.2, 0.4, 0.6, 0.8].map((lead) => 255 * Math.sqrt(lead));

function strokeContours(
  context: CanvasRenderingContext2D,
  { cells, columns, rows }: Field,
  levels: readonly number[],
  size: number,
  theme: Theme,
): void {
  context.save();
  context.lineWidth = 0.75;
  context.strokeStyle = theme.ink2;
  context.globalAlpha = 0.7;
  context.stroke(contourPath(contour(cells, columns, rows, levels, size, size)));
  context.restore();
}

export interface MapOptions {
  readonly scene: Scene;
  readonly points: Float32Array;
  /** A neuron whose map is wanted, or none for the decision map. */
  readonly unit: Unit | null;
  readonly shown: Shown;
  readonly sketch: Sketch;
  readonly look: MapLook;
  readonly size: number;
  readonly theme: Theme;
}

export function paintMap(context: CanvasRenderingContext2D, options: MapOptions): void {
  const { scene, points, unit, shown, sketch, look, size, theme } = options;
  const { frame, data } = scene;
  context.clearRect(0, 0, size, size);
  context.lineWidth = 1.5;
  context.lineJoin = context.lineCap = "round";
  context.strokeStyle = theme.contour;
  const field = unit ? mapOf(scene, unit)?.field : frame?.map;
  const flat = look.classes && !unit && scene.network.output !== "value";
  if (field && frame?.classes && !unit) {
    const { columns, rows, cells: margins } = field;
    const classes = frame.classes.cells;
    if (flat) {
      const colours = theme.classes.map(({ fieldRamp32 }) => fieldRamp32.at(-1) ?? 0);
      const leads = Float32Array.from(margins, (margin) => margin ** 2);
      drawFlat(context, { classes, leads, columns, rows }, size, size, colours);
    } else drawRegions(context, { classes, margins, columns, rows }, 0, 0, size, size, theme);
    if (look.contours) strokeContours(context, field, LEADS, size, theme);
    context.stroke(regionBorders(classes, margins, columns, rows, size, size));
  } else if (field) {
    const { cells, columns, rows } = field;
    const ramp = isClass(scene.network, unit) ? coloursOf(theme, unit[1]).fieldRamp32 : theme.fieldRamp32;
    if (flat) {
      const classes = cells.map((byte) => Number(byte > MIDDLE));
      const leads = cells.map((byte) => Math.abs(byte - MIDDLE));
      drawFlat(context, { classes, leads, columns, rows }, size, size, [ramp[1] ?? 0, ramp.at(-1) ?? 0]);
    } else drawField(context, cells, columns, rows, 0, 0, size, size, ramp);
    if (look.contours) strokeContours(context, field, LEVELS, size, theme);
    context.stroke(contourPath(contour(cells, columns, rows, [MIDDLE], size, size)));
  }
  const plane = { xRange: data.x_range, yRange: data.y_range, width: size, height: size };
  const labels = labelsOf(data);
  const wrong = frame?.wrong ?? null;
  drawPoints(
    context,
    { xy: points, train: data.shown_train, wrong, labels, shown, faint: sketch.replacing },
    plane,
    theme,
  );
  if (sketch.points.length) {
    drawLoosePoints(context, sketch.points, { ...labels, classes: sketch.classes }, plane, theme);
  }
}
