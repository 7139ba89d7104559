// One number of a convolution's output: what it is made of, channel by channel.
import type { PixelTrait } from "../../generated/protocol";
import { float32In, type Picture } from "./arrays";
import type { Mark } from "./picture";

export interface Patch extends Omit<PixelTrait, "patch" | "kernel" | "inside"> {
  /** Channel by channel, row by row. */
  readonly patch: Float32Array;
  readonly kernel: Float32Array;
  readonly inside: Float32Array;
  /** Rows and columns of the input from its first to its last one. */
  readonly reach: readonly [rows: number, columns: number];
}

const read = new WeakMap<PixelTrait, Patch>();

export function readPixel(trait: PixelTrait | null): Patch | null {
  if (!trait) return null;
  const known = read.get(trait);
  if (known) return known;
  const { size, steps } = trait;
  const reach = [0, 1].map((axis) => ((size[axis] ?? 1) - 1) * (steps[axis] ?? 1) + 1) as [number, number];
  const patch = {
    ...trait,
    patch: float32In(trait.patch),
    kernel: float32In(trait.kernel),
    inside: float32In(trait.inside),
    reach,
  };
  read.set(trait, patch);
  return patch;
}

/** What one input channel adds. */
export interface Part {
  /** Of all input channels. */
  readonly channel: number;
  /** Of those of the patch. */
  readonly at: number;
  readonly sum: number;
}

/** Channels in their order where there are few, else those that add or take away the most; and what the others do. */
export function partsOf(
  { sums, channels }: Patch,
  most: number,
): { parts: Part[]; others: number; rest: number } {
  const all = sums.map((sum, at) => ({ channel: channels + at, at, sum }));
  if (all.length <= most) return { parts: all, others: 0, rest: 0 };
  const size = ({ sum }: Part) => (Number.isFinite(sum) ? Math.abs(sum) : Number.POSITIVE_INFINITY);
  const order = [...all].sort((one, other) => size(other) - size(one) || one.at - other.at);
  const parts = order.slice(0, most);
  const rest = order.slice(most).reduce((total, { sum }) => total + sum, 0);
  return { parts, others: all.length - most, rest };
}

/** Of one channel the numbers of the patch, or of the kernel. */
export function planeOf(
  { size: [rows = 1, columns = 1] }: Patch,
  array: Float32Array,
  at: number,
): Float32Array {
  return array.subarray(at * rows * columns, (at + 1) * rows * columns);
}

/** Where the patch of a number lies in the map of an input channel, in cells of its picture. */
export function marksOf(pixel: Patch, input: Picture, channel: number): Mark[] {
  if (channel < pixel.channels || channel >= pixel.channels + pixel.sums.length) return [];
  const [rows = 1, columns = 1] = input.grid;
  const [down, right] = [rows / input.rows, columns / input.columns];
  const [tall, wide] = pixel.reach;
  return [
    {
      row: pixel.top * down,
      column: pixel.left * right,
      rows: tall * down,
      columns: wide * right,
      kind: "now",
    },
  ];
}
