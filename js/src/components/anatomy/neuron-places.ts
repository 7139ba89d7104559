// A small dense layer as neurons and connections: where they stand.
import { portOffset } from "../../draw/layout";

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly path: string;
}

export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface NeuronPlaces {
  readonly width: number;
  readonly height: number;
  /** The middles of the tiles. */
  readonly inputs: readonly Spot[];
  readonly outputs: readonly Spot[];
  readonly tile: { readonly width: number; readonly height: number };
  readonly edges: readonly Edge[];
  /** Widths of edges are multiplied by it. */
  readonly scale: number;
  /** From one tile to the next on the side that has more of them. */
  readonly pitch: number;
}

const [TALLEST, LOWEST] = [30, 16];
const BIAS = 12;
const [LARGEST_PITCH, LEAST_PITCH] = [52, 26];
const TALL = 336;
const FULL = 30;

/** Room beside the tiles for the names of inputs. */
export const NAMES = 22;

export function placeNeurons(inputs: number, outputs: number, width: number, top: number): NeuronPlaces {
  const most = Math.max(inputs, outputs, 1);
  const pitch = Math.max(LEAST_PITCH, Math.min(LARGEST_PITCH, TALL / most));
  const height = Math.max(LOWEST, Math.min(TALLEST, pitch - BIAS));
  const tile = { width: Math.min(58, Math.max(46, width / 7)), height };
  const high = most * pitch;
  const column = (count: number, x: number) =>
    Array.from({ length: count }, (_, at) => ({ x, y: top + high / 2 + (at - (count - 1) / 2) * pitch }));
  const left = NAMES + tile.width / 2;
  const right = width - NAMES - tile.width / 2;
  const [ins, outs] = [column(inputs, left), column(outputs, right)];
  const edges = outs.flatMap((target, to) =>
    ins.map((source, from) => {
      const x0 = source.x + tile.width / 2 + 1;
      const x1 = target.x - tile.width / 2 - 1;
      const y0 = source.y + portOffset(to, outputs, height);
      const y1 = target.y + portOffset(from, inputs, height);
      const bend = (x1 - x0) / 2;
      const path = `M${x0} ${y0.toFixed(2)}C${x0 + bend} ${y0.toFixed(2)} ${x1 - bend} ${y1.toFixed(2)} ${x1} ${y1.toFixed(2)}`;
      return { from, to, path };
    }),
  );
  return {
    ...{ width, inputs: ins, outputs: outs, tile, edges, pitch },
    height: top + high + 4,
    scale: Math.min(1, height / FULL),
  };
}

export interface Term {
  readonly input: number;
  readonly weight: number;
  readonly value: number;
}

/** What a neuron adds up, the largest first. */
export function termsOf(weights: ArrayLike<number>, inputs: ArrayLike<number>, to: number): Term[] {
  return Array.from({ length: inputs.length }, (_, input) => ({
    input,
    weight: weights[to * inputs.length + input] ?? Number.NaN,
    value: inputs[input] ?? Number.NaN,
  }));
}
