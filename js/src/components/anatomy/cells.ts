// What stands in a row of the ledger besides words: blocks to scale, bars, and spreads. Pure, for screen and file.
import type { NumbersTrait, RowTrait } from "../../generated/protocol";
import type { Measure } from "./columns";
import type { Node, Tree, Visible } from "./tree";

const greatest = (values: Iterable<number>) => {
  let found = 0;
  for (const value of values) if (value > found) found = value;
  return found;
};

// --- the block of a shape ---

/** Sides of a block, at most. */
const BLOCK = { wide: 40, high: 22, least: 2.5 };

export interface Extent {
  /** How many values there are side by side: the geometric mean of all axes but that of the channels. */
  readonly side: number;
  readonly channels: number;
}

/** Of the first tensor that comes out, without the axis of samples; null where there is none. */
export function extentOf({ outputs }: Pick<Node, "outputs">, samples: number): Extent | null {
  const shape = outputs[0]?.shape;
  if (!shape) return null;
  const own = shape[0] === samples ? shape.slice(1) : shape;
  if (own.length < 2) return { side: 1, channels: own[0] ?? 1 };
  // Images have their channels first, sequences last.
  const [channels, others] =
    own.length > 2 ? [own[0] as number, own.slice(1)] : [own[1] as number, own.slice(0, 1)];
  const size = others.reduce((product, each) => product * each, 1);
  return { side: size ** (1 / others.length), channels };
}

export interface Block {
  readonly width: number;
  readonly height: number;
}

/** Blocks of one network are drawn to one scale, a logarithmic one: as wide as an image is, as high as it has channels. */
export function blocksOf(tree: Tree): (node: Node) => Block | null {
  const extents = tree.nodes.map((node) => extentOf(node, tree.samples));
  const side = greatest(extents.map((each) => each?.side ?? 0));
  const channels = greatest(extents.map((each) => each?.channels ?? 0));
  const length = (value: number, most: number, room: number) =>
    BLOCK.least + (most > 1 ? (Math.log(Math.max(1, value)) / Math.log(most)) * (room - BLOCK.least) : 0);
  return ({ index }) => {
    const extent = extents[index];
    return extent
      ? {
          width: length(extent.side, side, BLOCK.wide),
          height: length(extent.channels, channels, BLOCK.high),
        }
      : null;
  };
}

// --- bars ---

export const amountOf = (node: Node, measure: Measure) =>
  measure === "parameters"
    ? node.count
    : measure === "multiply_adds"
      ? node.multiply_adds
      : node.parameter_bytes + node.output_bytes;

/** What a bar shows: the first part is filled, the second is pale; of the longest bar. */
export interface Bar {
  readonly filled: number;
  readonly pale: number;
}

/** Whether all that a leaf counts was counted before: its parameters are another's. */
export const isShared = ({ count, fresh }: Node) => count > 0 && fresh === 0;

/** An unfolded container has no bar: it is in those of what it holds. Together they make up the network. */
export function barsOf(
  { rows }: Visible,
  measure: Measure,
  hides: (node: Node) => boolean,
): (node: Node, folded: boolean | null) => Bar {
  const parts = (node: Node): readonly [filled: number, pale: number] => {
    if (measure === "multiply_adds") return [node.multiply_adds, 0];
    const fresh = node.count ? node.fresh / node.count : 0;
    if (measure === "memory") return [node.parameter_bytes * fresh, node.output_bytes];
    const trained = Math.min(node.trainable, node.fresh);
    return [trained, node.fresh - trained];
  };
  const most = greatest(
    rows
      // The longest bar must not tell how long one is that is hidden.
      .filter(({ node, folded }) => folded !== false && !hides(node))
      .map(({ node }) => parts(node)[0] + parts(node)[1]),
  );
  return (node, folded) => {
    if (folded === false || !most || hides(node)) return { filled: 0, pale: 0 };
    const [filled, pale] = parts(node);
    return { filled: filled / most, pale: pale / most };
  };
}

// --- what the numbers say ---

export const rowsByNode = (numbers: NumbersTrait | null): ReadonlyMap<number, RowTrait> =>
  new Map(numbers?.rows.map((row) => [row.node, row]));

export interface Bin {
  readonly x: number;
  readonly width: number;
  readonly height: number;
  readonly sign: 1 | 0 | -1;
}

/** The spread of weights around a zero that is in the middle, in a place of this size. */
export function binsOf({ low, high, counts }: RowTrait, width: number, height: number): Bin[] {
  if (low === null || high === null || !counts.length) return [];
  const bound = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const place = (value: number) => (width / 2) * (1 + value / bound);
  const step = (high - low) / counts.length;
  const most = greatest(counts);
  return counts.flatMap((count, bin): Bin[] => {
    if (!count) return [];
    const [from, to] = [low + bin * step, low + (bin + 1) * step];
    const middle = (from + to) / 2;
    const wide = Math.max(place(to) - place(from), 1);
    return [
      {
        x: place(middle) - wide / 2,
        width: wide,
        height: Math.max(1, (count / most) * height),
        sign: low === high && low === 0 ? 0 : (Math.sign(middle) as 1 | 0 | -1),
      },
    ];
  });
}

/** Decades from below the least gradient to above the greatest, at least two. */
export function decadesOf(numbers: NumbersTrait | null): readonly [low: number, high: number] | null {
  const sizes = (numbers?.rows ?? []).flatMap(({ gradients }) => (gradients ? [Math.log10(gradients)] : []));
  if (!sizes.length) return null;
  const [low, high] = [Math.floor(Math.min(...sizes)), Math.ceil(Math.max(...sizes))];
  return high - low < 2 ? [high - 2, high] : [low, high];
}

/** Where a size is on a scale of decades, from 0 to 1; null for none, and for what is not finite. */
export function decadePlace(size: number | null, decades: readonly [number, number] | null): number | null {
  if (size === null || !decades || !Number.isFinite(size)) return null;
  if (size <= 0) return 0;
  return (Math.log10(size) - decades[0]) / (decades[1] - decades[0]);
}
