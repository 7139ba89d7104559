// Where the parts of the stage are, and the activation maps of its neurons.
import type { Theme } from "../draw/colour";
import { drawField } from "../draw/field";
import { type Lens, layoutNetwork, type NetworkGeometry, type NodePlace } from "../draw/network";
import type { LayerTrait } from "../generated/protocol";
import type { Field } from "../model/frames";
import type { Scene } from "../model/store";
import { type Feature, inputsOf, labelWidth } from "./inputs";
import { coloursOf } from "./map";
import type { PlanarGeometry } from "./planar";
import { HEAD, PLOT_MARGIN } from "./planar-geometry";

export interface Layout {
  readonly geometry: NetworkGeometry;
  /** The middle of what stands over each layer, the input first. */
  readonly heads: readonly number[];
  /** Room for the names left of the input tiles, or none where they would touch each other. */
  readonly labels: number;
  /** Distance between two layers. */
  readonly pitch: number;
  /** The canvas reaches over the gap to the decision map, for the lens. */
  readonly canvasWidth: number;
  readonly canvasHeight: number;
  readonly lens: Lens;
}

/** Half of "sigmoid": the last head must not run into the next zone. */
const HALF_HEAD = 24;
/** About half of "2 features" with its arrow. */
const HALF_INPUT_HEAD = 40;
/** Names of inputs take from "x₁" to "sin x₁"; longer ones are cut short. */
const NARROWEST_LABEL = 22;
const WIDEST_LABEL = 44;
/** Between a name and its tile. */
const LABEL_GAP = 6;
/** Inputs nearer to each other have no names beside them. */
const LABEL_HEIGHT = 16;
/** For the bias bars of the lowest neurons. */
const BELOW = 8;

export function layOut(
  layers: readonly LayerTrait[],
  inputs: readonly Feature[],
  sizes: PlanarGeometry,
): Layout {
  const { stage: width, plot, tile, inputTile, gap } = sizes;
  const crowded = plot / inputs.length < LABEL_HEIGHT;
  const widest = crowded ? 0 : Math.max(0, ...inputs.map(({ label }) => labelWidth(label)));
  const labels = Math.min(WIDEST_LABEL, Math.max(NARROWEST_LABEL, widest + LABEL_GAP));
  const geometry = layoutNetwork({
    inputs: inputs.length,
    layers,
    width,
    plot,
    head: HEAD,
    tile,
    inputTile,
    labelWidth: labels,
    inputMiddle: HALF_INPUT_HEAD,
  });
  const mapLeft = width + gap + PLOT_MARGIN;
  return {
    geometry,
    heads: geometry.columns.map((x) => Math.min(x, width - HALF_HEAD)),
    labels: crowded ? 0 : labels,
    pitch: (geometry.columns[1] ?? 0) - (geometry.columns[0] ?? 0),
    canvasWidth: mapLeft,
    canvasHeight: HEAD + plot + BELOW,
    lens: { x: mapLeft, y0: HEAD, y1: HEAD + plot },
  };
}

const RADIUS = 4;
const ZERO = 128;
/** Narrower tiles have no room for a word. */
const WORD_WIDTH = 34;

/** Draws every neuron's map into its place on the stage. */
export function drawTiles(
  context: CanvasRenderingContext2D,
  { geometry }: Layout,
  { network, data, frame }: Scene,
  theme: Theme,
): void {
  const [inputNodes = [], ...layers] = geometry.nodes;
  const hidden = layers.slice(0, -1).flat();
  const outputs = layers.at(-1) ?? [];
  context.save();
  clipToTiles(context, geometry.nodes.flat());
  const draw = (node: NodePlace, field: Field | null | undefined, ramp = theme.tileRamp32) => {
    if (!field) return;
    const { x, y, size } = node;
    const { cells, columns, rows } = field;
    const half = size / 2;
    drawField(context, cells, columns, rows, x - half, y - half, size, size, ramp);
  };
  const inputs = inputsOf(data);
  for (const node of inputNodes) draw(node, inputs[node.unit]?.field);
  hidden.forEach((node, index) => {
    draw(node, frame?.tiles[index]);
  });
  for (const node of outputs) {
    // Of several outputs each is the probability of its class, in the colour of that class.
    if (outputs.length === 1) draw(node, frame?.map);
    else draw(node, frame?.tiles[hidden.length + node.unit], coloursOf(theme, node.unit).tileRamp32);
  }
  context.restore();
  hidden.forEach((node, index) => {
    const field = frame?.tiles[index];
    if (field && isDead(network.layers[node.layer - 1], field)) markDead(context, node, theme);
  });
}

/** A rectified neuron that is zero on the whole plane: no point here gives it a gradient. */
function isDead(layer: LayerTrait | undefined, { cells }: Field): boolean {
  return layer?.activation === "ReLU" && cells.every((cell) => cell === ZERO);
}

function markDead(context: CanvasRenderingContext2D, { x, y, size }: NodePlace, theme: Theme): void {
  context.save();
  context.setLineDash([3, 3]);
  context.strokeStyle = theme.ink3;
  context.lineWidth = 1;
  context.beginPath();
  context.roundRect(x - size / 2 + 2.5, y - size / 2 + 2.5, size - 5, size - 5, RADIUS - 1);
  context.stroke();
  if (size >= WORD_WIDTH) {
    context.fillStyle = theme.ink2;
    context.font = `${theme.textXs}px ${theme.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText("dead", x, y);
  }
  context.restore();
}

function clipToTiles(context: CanvasRenderingContext2D, nodes: readonly NodePlace[]): void {
  context.beginPath();
  for (const { x, y, size } of nodes) context.roundRect(x - size / 2, y - size / 2, size, size, RADIUS);
  context.clip();
}
