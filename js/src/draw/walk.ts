// One step in slow motion on the drawing of the network: numbers in the tiles, and the accent where it is now.
import { rampCss, type Theme } from "./colour";
import { fixed, significant } from "./format";
import {
  drawNetwork,
  type EdgePlace,
  type LayerParameters,
  type NetworkGeometry,
  type NodePlace,
} from "./network";
import type { Plane } from "./points";

/** What is known at a neuron by now: its value and the derivative of the loss with respect to it, or not yet. */
export interface Known {
  readonly value: number | null;
  readonly gradient: number | null;
}

export interface WalkPicture {
  readonly geometry: NetworkGeometry;
  readonly layers: readonly LayerParameters[];
  readonly parameters: Float32Array;
  /** At the lines to the neuron in question: gradients instead of weights, on the way back. */
  readonly numbers: Float32Array | null;
  /** Column 0 is the input. */
  known(layer: number, unit: number): Known;
  /** The value of the fullest colour in a column. */
  readonly scales: readonly number[];
  /** Where the accent is: a neuron, its lines on the side where the values come from; none of them in the loss. */
  readonly at: readonly [layer: number, unit: number];
  readonly way: "forward" | "backward" | "none";
}

const BAND = 24;
const BAND_ALPHA = 0.14;
const RADIUS = 4;
/** Below a tile and its bias bar. */
const UNDER = 17;
const UNDER_ROOM = 23;
/** Side of a tile in which a number with so many decimals, in the small size, has room. */
const ROOM = [
  [46, 3],
  [34, 2],
  [26, 1],
] as const;

/** So many decimals, unless nothing would be left of the number. */
export function brief(value: number | null, digits: number): string {
  return value && Math.abs(value) < 0.5 * 10 ** -digits ? significant(value, 1) : fixed(value, digits);
}

export function drawWalk(context: CanvasRenderingContext2D, picture: WalkPicture, theme: Theme): void {
  const { geometry, layers, parameters, numbers, at, way } = picture;
  drawNetwork(context, {
    geometry,
    layers,
    parameters,
    theme,
    hover: at[0] ? at : null,
    lens: null,
    ...(numbers ? { numbers } : {}),
  });
  const back = way === "backward";
  const path = geometry.edges.filter(({ layer, from, to }) =>
    back ? layer === at[0] + 1 && from === at[1] : way === "forward" && layer === at[0] && to === at[1],
  );
  context.save();
  for (const edge of path) drawChevron(context, edge, back, theme);
  geometry.nodes.forEach((nodes, layer) => {
    const gap = (nodes[1]?.y ?? Number.POSITIVE_INFINITY) - (nodes[0]?.y ?? 0) - (nodes[0]?.size ?? 0);
    for (const node of nodes) drawValue(context, node, picture, gap >= UNDER_ROOM, theme);
    const node = nodes[at[1]];
    if (layer === at[0] && node) drawRing(context, node, theme);
  });
  // Under everything that is there already.
  context.globalCompositeOperation = "destination-over";
  context.globalAlpha = BAND_ALPHA;
  context.strokeStyle = theme.accent;
  context.lineWidth = BAND;
  context.beginPath();
  for (const edge of path) trace(context, edge);
  context.stroke();
  context.restore();
}

function trace(context: CanvasRenderingContext2D, { x0, y0, x1, y1 }: EdgePlace): void {
  const bend = (x1 - x0) / 2;
  context.moveTo(x0, y0);
  context.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1, y1);
}

/** In the middle of a line, in the direction of travel. */
function drawChevron(
  context: CanvasRenderingContext2D,
  { x0, y0, x1, y1 }: EdgePlace,
  back: boolean,
  theme: Theme,
): void {
  const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
  // The slope of the cubic in its middle.
  const angle = Math.atan2(1.5 * (y1 - y0), 0.75 * (x1 - x0)) + (back ? Math.PI : 0);
  context.save();
  context.translate(x, y);
  context.rotate(angle);
  context.beginPath();
  context.moveTo(-3, -5);
  context.lineTo(3, 0);
  context.lineTo(-3, 5);
  context.lineJoin = context.lineCap = "round";
  for (const [style, width] of [
    [theme.bg, 5],
    [theme.accent, 2],
  ] as const) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke();
  }
  context.restore();
}

function drawValue(
  context: CanvasRenderingContext2D,
  { layer, unit, x, y, size }: NodePlace,
  { known, scales }: WalkPicture,
  below: boolean,
  theme: Theme,
): void {
  const { value, gradient } = known(layer, unit);
  const scale = scales[layer] || 1;
  context.beginPath();
  context.roundRect(x - size / 2, y - size / 2, size, size, RADIUS);
  context.fillStyle = value === null ? theme.surface : rampCss(theme.fieldRamp, value / scale);
  context.fill();
  const digits = ROOM.find(([side]) => size >= side)?.[1];
  if (digits === undefined) return;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const write = (number: number, top: number, colour: string, words: string, decimals: number) => {
    context.font = `600 ${theme.textXs}px ${theme.fontFamily}`;
    context.fillStyle = colour;
    context.fillText(words + brief(number, decimals), x, top);
  };
  const signColour = (gradient ?? 0) < 0 ? theme.negText : theme.posText;
  // Where there is no room below, a derivative takes the place of the value.
  if (value !== null && (gradient === null || below)) write(value, y + 0.5, theme.ink, "", digits);
  if (gradient === null) return;
  if (below) {
    context.lineWidth = 4;
    context.strokeStyle = theme.bg;
    context.lineJoin = "round";
    context.font = `600 ${theme.textXs}px ${theme.fontFamily}`;
    context.strokeText(`∂L ${brief(gradient, 3)}`, x, y + size / 2 + UNDER);
    write(gradient, y + size / 2 + UNDER, signColour, "∂L ", 3);
  } else write(gradient, y + 0.5, signColour, "", digits);
}

function drawRing(context: CanvasRenderingContext2D, { x, y, size }: NodePlace, theme: Theme): void {
  context.beginPath();
  context.roundRect(x - size / 2 - 1, y - size / 2 - 1, size + 2, size + 2, RADIUS + 1);
  context.strokeStyle = theme.accent;
  context.lineWidth = 2;
  context.stroke();
}

const RING = 7;

/** Rings around some points of the map; the one that is looked at is heavier. */
export function ringPoints(
  context: CanvasRenderingContext2D,
  xy: Float32Array,
  points: Iterable<number>,
  chosen: number | null,
  { xRange, yRange, width, height }: Plane,
  theme: Theme,
): void {
  context.strokeStyle = theme.accent;
  for (const point of points) {
    const x = ((xy[3 * point] as number) - xRange[0]) / (xRange[1] - xRange[0]);
    const y = (yRange[1] - (xy[3 * point + 1] as number)) / (yRange[1] - yRange[0]);
    const own = point === chosen;
    context.lineWidth = own ? 3.5 : 1.75;
    context.beginPath();
    context.arc(x * width, y * height, RING + (own ? 1 : 0), 0, 2 * Math.PI);
    context.stroke();
  }
}
