// The network's anatomy: every weight a line, every bias a mark, and what a pointer finds there.
import { clearCanvas } from "./canvas";
import type { Theme } from "./colour";
import { signed, signedSignificant } from "./format";
import { biasPlace, type EdgePlace, type NetworkGeometry, type NodePlace, portOffset } from "./layout";

export { neuronFormula } from "./formula";
export {
  biasPlace,
  type EdgePlace,
  type LayerShape,
  layoutNetwork,
  type NetworkGeometry,
  type NodePlace,
  type StageOptions,
} from "./layout";

/** Where the weights and biases of a layer lie in `parameters`: rows are neurons, columns their inputs. */
export interface LayerParameters {
  readonly weight: readonly [offset: number, rows: number, columns: number];
  readonly bias: readonly [offset: number, count: number] | null;
}

export interface Edge extends EdgePlace {
  weight: number;
  readonly path: Path2D;
}

/** The same for every network, so that widths compare across time and runs. */
export const edgeWidth = (weight: number) => 0.75 + 6.25 * (1 - Math.exp(-Math.abs(weight) / 2.6));
export const edgeAlpha = (weight: number) => 0.38 + 0.57 * (1 - Math.exp(-Math.abs(weight) / 1.2));
/** Negative weights are dashed: the sign must not hang on colour alone. */
export function edgeDash(weight: number, scale: number): number[] {
  if (!(weight < 0)) return [];
  const width = edgeWidth(weight);
  return [5 + 1.6 * width * scale, 1.6 + 0.16 * width];
}

const DIMMED = 0.12;
const FULL_BIAS = 3;

/** A weight that is not a number has no width and no sign. */
const known = (weight: number | undefined) => (weight === undefined || Number.isNaN(weight) ? 0 : weight);

function weightOf(layers: readonly LayerParameters[], parameters: Float32Array, edge: EdgePlace): number {
  const layer = layers[edge.layer - 1];
  if (!layer) return 0;
  const [offset, rows, columns] = layer.weight;
  if (edge.to >= rows || edge.from >= columns) return 0;
  return known(parameters[offset + edge.to * columns + edge.from]);
}

const drawnEdges = new WeakMap<NetworkGeometry, Edge[]>();

/** The edges with their weights, the strongest last. The array and its paths are kept for a geometry. */
export function edgesOf(
  geometry: NetworkGeometry,
  layers: readonly LayerParameters[],
  parameters: Float32Array,
): readonly Edge[] {
  let edges = drawnEdges.get(geometry);
  if (!edges) {
    edges = geometry.edges.map((place) => ({ ...place, weight: 0, path: edgePath(place) }));
    drawnEdges.set(geometry, edges);
  }
  for (const edge of edges) edge.weight = weightOf(layers, parameters, edge);
  return edges.sort((first, second) => Math.abs(first.weight) - Math.abs(second.weight));
}

function edgePath({ x0, y0, x1, y1 }: EdgePlace): Path2D {
  const path = new Path2D();
  const bend = (x1 - x0) / 2;
  path.moveTo(x0, y0);
  path.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1, y1);
  return path;
}

/** The two lines that join the outputs to the map, which is what they make of the plane seen through a lens. */
export interface Lens {
  /** Left edge of the map, in CSS pixels of the stage, and its upper and lower end. */
  readonly x: number;
  readonly y0: number;
  readonly y1: number;
}

export interface NetworkScene {
  readonly geometry: NetworkGeometry;
  readonly layers: readonly LayerParameters[];
  readonly parameters: Float32Array;
  readonly theme: Theme;
  /** The neuron under the pointer: [layer, unit], layer 0 being the input. */
  readonly hover: readonly [layer: number, unit: number] | null;
  readonly lens: Lens | null;
  /** What stands at the lines to that neuron, if not their weights. */
  readonly numbers?: Float32Array;
}

/** Clears the canvas and draws edges, bias bars and lens. The tiles are not part of it. */
export function drawNetwork(context: CanvasRenderingContext2D, scene: NetworkScene): void {
  const { geometry, layers, parameters, theme, hover, lens } = scene;
  clearCanvas(context);
  context.save();
  const last = geometry.nodes.length - 1;
  // The lens stands for all outputs; while the map shows one neuron of several it would be a lie.
  const shows = !hover || (hover[0] === last && geometry.nodes[last]?.length === 1);
  if (lens && shows) drawLens(context, geometry, lens, theme);

  const focus = hover && hover[0] > 0 ? hover : null;
  const edges = edgesOf(geometry, layers, parameters);
  context.lineCap = "butt";
  for (const edge of edges) {
    const { weight } = edge;
    const dimmed = focus !== null && !(edge.layer === focus[0] && edge.to === focus[1]);
    context.globalAlpha = dimmed ? DIMMED : edgeAlpha(weight);
    context.strokeStyle = weight < 0 ? theme.neg : theme.pos;
    context.lineWidth = edgeWidth(weight) * geometry.scale;
    context.setLineDash(edgeDash(weight, geometry.scale));
    context.stroke(edge.path);
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
  if (focus) drawWeights(context, scene, edges, focus);
  for (const [index, nodes] of geometry.nodes.entries()) {
    const bias = layers[index - 1]?.bias;
    if (bias)
      for (const node of nodes) drawBias(context, node, known(parameters[bias[0] + node.unit]), theme);
  }
  context.restore();
}

function drawLens(
  context: CanvasRenderingContext2D,
  geometry: NetworkGeometry,
  lens: Lens,
  theme: Theme,
): void {
  const outputs = geometry.nodes.at(-1) ?? [];
  const [first, last] = [outputs[0], outputs.at(-1)];
  if (!first || !last) return;
  const x = first.x + first.size / 2;
  const [top, bottom] = [first.y - first.size / 2, last.y + last.size / 2];
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(lens.x, lens.y0);
  context.lineTo(lens.x, lens.y1);
  context.lineTo(x, bottom);
  context.closePath();
  context.fillStyle = theme.surface;
  context.fill();
  context.beginPath();
  context.moveTo(x, top + 1);
  context.lineTo(lens.x, lens.y0);
  context.moveTo(x, bottom - 1);
  context.lineTo(lens.x, lens.y1);
  context.strokeStyle = theme.hairline;
  context.lineWidth = 1;
  context.stroke();
}

/** A diverging bar under the tile: to the right is positive, to the left negative. */
function drawBias(context: CanvasRenderingContext2D, node: NodePlace, bias: number, theme: Theme): void {
  const { x, y, half, scale } = biasPlace(node);
  const stroke = (style: string, width: number, x0: number, y0: number, x1: number, y1: number) => {
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke();
  };
  stroke(theme.track, 1, x - half, y, x + half, y);
  const length = half * Math.max(-1, Math.min(1, bias / FULL_BIAS));
  if (length) stroke(bias < 0 ? theme.neg : theme.pos, 3 * scale, x, y, x + length, y);
  stroke(theme.ink2, 1, x, y - 3 * scale, x, y + 3 * scale);
}

/** Room a weight's number takes between two layers. */
const NUMBER_WIDTH = 44;

/** The weights that lead to a neuron, as numbers at the neurons they come from. */
function drawWeights(
  context: CanvasRenderingContext2D,
  { geometry, theme, layers, numbers }: NetworkScene,
  edges: readonly Edge[],
  [layer, unit]: readonly [number, number],
): void {
  const sources = geometry.nodes[layer - 1] ?? [];
  const targets = geometry.nodes[layer] ?? [];
  const target = targets[unit];
  const room = (geometry.columns[layer] ?? 0) - (geometry.columns[layer - 1] ?? 0) - geometry.tile;
  // In a crowd they would cover each other; the formula under the network has them too.
  const crowded = (sources[1]?.y ?? Number.POSITIVE_INFINITY) - (sources[0]?.y ?? 0) < theme.textXs + 1;
  if (!target || room < NUMBER_WIDTH || crowded) return;
  context.font = `600 ${theme.textS}px ${theme.fontFamily}`;
  context.lineJoin = "round";
  for (const edge of edges) {
    if (edge.layer !== layer || edge.to !== unit) continue;
    const source = sources[edge.from];
    if (!source) continue;
    const x = source.x + source.size / 2 + 8;
    // On the side of the line that it bends away from.
    const side = target.y < source.y - 8 ? theme.textS + 4 : -7;
    const y = source.y + side + portOffset(unit, targets.length, source.size);
    const number = numbers ? weightOf(layers, numbers, edge) : edge.weight;
    const text = numbers ? signedSignificant(number, 2) : signed(number, 2);
    context.strokeStyle = theme.bg;
    context.lineWidth = 4;
    context.strokeText(text, x, y);
    context.fillStyle = number < 0 ? theme.negText : theme.posText;
    context.fillText(text, x, y);
  }
}

/** How near to an edge counts as on it, in CSS pixels from its rim. */
const REACH = 6;
const PIECES = 16;

/** The edge nearest to a point, if one is within 6 px; of two that cross there, the one drawn on top. */
export function edgeAt(
  geometry: NetworkGeometry,
  x: number,
  y: number,
  parameters: Float32Array,
  layers: readonly LayerParameters[],
): { layer: number; from: number; to: number; weight: number } | null {
  let best: EdgePlace | null = null;
  let bestWeight = 0;
  let bestDistance = REACH;
  for (const edge of geometry.edges) {
    if (x < edge.x0 - REACH || x > edge.x1 + REACH) continue;
    const weight = weightOf(layers, parameters, edge);
    const halfWidth = (edgeWidth(weight) * geometry.scale) / 2;
    const distance = Math.max(0, distanceTo(edge, x, y) - halfWidth);
    const onTop = distance === bestDistance && Math.abs(weight) >= Math.abs(bestWeight);
    if (distance > REACH || (distance >= bestDistance && best && !onTop)) continue;
    best = edge;
    bestWeight = weight;
    bestDistance = distance;
  }
  return best && { layer: best.layer, from: best.from, to: best.to, weight: bestWeight };
}

/** The distance of a point from a cubic, which is taken as so many straight pieces. */
function distanceTo({ x0, y0, x1, y1 }: EdgePlace, x: number, y: number): number {
  const bend = (x1 - x0) / 2;
  let nearest = Number.POSITIVE_INFINITY;
  let [fromX, fromY] = [x0, y0];
  for (let piece = 1; piece <= PIECES; piece++) {
    const t = piece / PIECES;
    const u = 1 - t;
    const toX = u ** 3 * x0 + 3 * u * u * t * (x0 + bend) + 3 * u * t * t * (x1 - bend) + t ** 3 * x1;
    const toY = y0 + (y1 - y0) * (3 * u * t * t + t ** 3);
    const [dx, dy] = [toX - fromX, toY - fromY];
    const along = Math.max(0, Math.min(1, ((x - fromX) * dx + (y - fromY) * dy) / (dx * dx + dy * dy || 1)));
    nearest = Math.min(nearest, Math.hypot(x - fromX - along * dx, y - fromY - along * dy));
    [fromX, fromY] = [toX, toY];
  }
  return nearest;
}
