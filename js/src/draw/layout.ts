// Where the neurons of a network stand and how the edges run: geometry only.

export interface LayerShape {
  readonly name: string;
  readonly units: number;
}

export interface NodePlace {
  /** 0 is the input. */
  readonly layer: number;
  readonly unit: number;
  /** The middle of the tile, in CSS pixels of the stage. */
  readonly x: number;
  readonly y: number;
  /** Side of the tile. */
  readonly size: number;
}

export interface EdgePlace {
  /** The layer it leads to: 1 is the first after the input. */
  readonly layer: number;
  readonly from: number;
  readonly to: number;
  /** A cubic from (x0, y0) to (x1, y1) that leaves and arrives level. */
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

export interface NetworkGeometry {
  readonly width: number;
  /** Down to the lower end of the plot. */
  readonly height: number;
  readonly nodes: readonly (readonly NodePlace[])[];
  readonly edges: readonly EdgePlace[];
  /** Distance of two neurons of a hidden layer. */
  readonly pitch: number;
  /** The middle of each layer, the input first. */
  readonly columns: readonly number[];
  /** Side of the tile of a hidden neuron. */
  readonly tile: number;
  /** Vertical middle of all layers and of the plot. */
  readonly middle: number;
  /** How much smaller than in a network with room: widths of edges are multiplied by it. */
  readonly scale: number;
}

export interface StageOptions {
  readonly inputs: number;
  readonly layers: readonly LayerShape[];
  readonly width: number;
  /** Side of the square plot beside the network: the height of the stage without its head. */
  readonly plot: number;
  /** Height above the neurons, for the names of the layers. */
  readonly head: number;
  /** Side of a tile where there is room. */
  readonly tile: number;
  readonly inputTile: number;
  /** Left of the input tiles, for their names. */
  readonly labelWidth: number;
  /** The least distance of the middle of the input from the left: half of what stands over it. */
  readonly inputMiddle: number;
}

/** Between two tiles, for the bias bar. */
const BIAS_GAP = 12;
/** A tile this large keeps the whole gap; smaller ones share what there is with it. */
const SMALLEST_TILE = 28;
const SMALLEST_SHARE = SMALLEST_TILE / (SMALLEST_TILE + BIAS_GAP);
/** Inputs have no bias, so that they may stand closer. */
const INPUT_GAP = 8;
const INPUT_SHARE = 0.8;
/** No more of the distance between two layers than this is tile: the rest is for the edges. */
const COLUMN_SHARE = 0.6;
/** Neurons of a layer with room stand this many tiles apart. */
const LOOSE = 1.5;
const PORT_DISTANCE = 8;
const PORTS_SHARE = 0.72;
/** The tile at which edges have their full width. */
const FULL_TILE = 48;
/** Of many inputs the tiles are hardly higher than a wide edge: below this, edges get thinner with them. */
const FULL_INPUT = 16;

/** The side of a tile that leaves the gap for the bias bar where neurons are `pitch` apart. */
function tileAt(pitch: number, largest: number): number {
  return Math.min(largest, Math.max(pitch - BIAS_GAP, pitch * SMALLEST_SHARE));
}

function inputTileAt(pitch: number, largest: number): number {
  return Math.min(largest, Math.max(pitch - INPUT_GAP, pitch * INPUT_SHARE));
}

export function layoutNetwork(options: StageOptions): NetworkGeometry {
  const { inputs, layers, width, plot, head, labelWidth } = options;
  const counts = [inputs, ...layers.map((layer) => layer.units)];
  const gaps = counts.length - 1;
  const ratio = options.inputTile / options.tile;
  // The width that `gaps` distances take is what the half tiles at both ends leave of the stage.
  const widest = (COLUMN_SHARE * (width - labelWidth)) / (gaps + (COLUMN_SHARE * (1 + ratio)) / 2);
  const largest = Math.min(options.tile, widest);
  const largestInput = Math.min(options.inputTile, widest * Math.max(1, ratio));
  const pitchOf = (count: number, tile: number) => Math.min(plot / Math.max(1, count), LOOSE * tile);

  const hidden = counts.slice(1, -1);
  const output = counts[gaps] ?? 1;
  // All hidden neurons are alike, so the fullest hidden layer decides for all of them. The input and the output
  // keep their own size: two inputs need not shrink because sixteen neurons stand beside them.
  const most = Math.max(1, ...(hidden.length ? hidden : [output]));
  const pitch = pitchOf(most, largest);
  const tile = tileAt(pitch, largest);
  const layerPitch = (layer: number, count: number) => {
    if (layer > 0 && layer < gaps) return pitch;
    return Math.min(plot / Math.max(1, count), Math.max(pitch, LOOSE * (layer ? largest : largestInput)));
  };
  const layerTile = (layer: number, count: number) => {
    if (layer > 0 && layer < gaps) return tile;
    const distance = layerPitch(layer, count);
    return layer ? tileAt(distance, largest) : inputTileAt(distance, largestInput);
  };

  const inputTile = layerTile(0, inputs);
  const left = Math.max(labelWidth + inputTile / 2, options.inputMiddle);
  const right = width - layerTile(gaps, output) / 2;
  const columns = counts.map((_, layer) => left + ((right - left) * layer) / Math.max(1, gaps));
  const middle = head + plot / 2;
  const nodes = counts.map((count, layer) => {
    const distance = layerPitch(layer, count);
    const size = layerTile(layer, count);
    return Array.from({ length: count }, (_, unit) => ({
      layer,
      unit,
      x: columns[layer] as number,
      y: middle + (unit - (count - 1) / 2) * distance,
      size,
    }));
  });
  return {
    width,
    height: head + plot,
    nodes,
    edges: placeEdges(nodes),
    pitch,
    columns,
    tile,
    middle,
    scale: Math.min(1, tile / FULL_TILE, inputTile / FULL_INPUT),
  };
}

/** Where the `index`-th of `count` edges meets a tile, from the middle of its side. */
export function portOffset(index: number, count: number, size: number): number {
  return (index - (count - 1) / 2) * Math.min(PORT_DISTANCE, (size * PORTS_SHARE) / count);
}

function placeEdges(nodes: readonly (readonly NodePlace[])[]): EdgePlace[] {
  const edges: EdgePlace[] = [];
  for (let layer = 1; layer < nodes.length; layer++) {
    const sources = nodes[layer - 1] ?? [];
    const targets = nodes[layer] ?? [];
    for (const target of targets) {
      for (const source of sources) {
        edges.push({
          layer,
          from: source.unit,
          to: target.unit,
          x0: source.x + source.size / 2 + 1,
          y0: source.y + portOffset(target.unit, targets.length, source.size),
          x1: target.x - target.size / 2 - 1,
          y1: target.y + portOffset(source.unit, sources.length, target.size),
        });
      }
    }
  }
  return edges;
}

/** The bias bar of a neuron: its middle, half its length at |b| = 3 and its thickness. */
export function biasPlace(node: NodePlace): { x: number; y: number; half: number; scale: number } {
  // A tile that gave up part of the gap has a thinner bar, so that it stays clear of the next tile.
  const scale = Math.min(1, node.size / SMALLEST_TILE);
  return { x: node.x, y: node.y + node.size / 2 + 5.5 * scale, half: node.size / 2, scale };
}
