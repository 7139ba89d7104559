// The vertical scales of the plot of a function: they hold still while a network learns, and only ever widen.
import type { Range } from "./curve-data";

/** Above and below the function there is room for a fit that overshoots. */
const ROOM = 0.16;
const FACTORS = [1, 1.5, 2, 3, 5, 7, 10];
/** Even a network that explodes is drawn, on some scale. */
const WIDEST = 1e9;

/** What the function and its samples are shown in. */
export function fitRange([low, high]: Range): Range {
  const span = high - low;
  const room = span > 0 ? ROOM * span : Math.max(1, Math.abs(high)) / 2;
  return [low - room, high + room];
}

/** A round number that is not less than a size. */
function roundUp(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  const factor = FACTORS.find((candidate) => candidate * power >= size * (1 - 1e-9)) ?? 10;
  return Number((factor * power).toPrecision(12));
}

function largest(values: Float32Array): number {
  let most = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (size > most && size <= WIDEST) most = size;
  }
  return most;
}

/**
 * How far the scale of the pieces reaches, up and down alike: at first as far as the function, and then as far as it
 * has had to since.
 */
export function piecesReach(values: Float32Array, [low, high]: Range, before: number): number {
  const first = before || roundUp(Math.max((high - low) / 2, 1e-6));
  const needed = largest(values);
  return needed > first ? Math.max(first, roundUp(1.02 * needed)) : first;
}

/** The scale for sums of some of the pieces, of which single ones may be larger than all together. */
export function sumsRange(sums: Float32Array, usual: Range, before: Range | null): Range {
  let [low, high] = before ?? usual;
  let [least, most] = [low, high];
  for (const value of sums) {
    if (Math.abs(value) > WIDEST) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const step = roundUp((usual[1] - usual[0]) / 4);
  if (least < low) low = Math.floor(least / step) * step;
  if (most > high) high = Math.ceil(most / step) * step;
  return [low, high];
}

/** The bias, and then that plus the first piece, plus the first two and so on: (units + 1) rows. */
export function partialSums(values: Float32Array, bias: number, units: number): Float32Array {
  const places = units ? values.length / units : 0;
  const sums = new Float32Array((units + 1) * places);
  sums.fill(bias, 0, places);
  for (let index = 0; index < values.length; index++)
    sums[places + index] = (sums[index] as number) + (values[index] as number);
  return sums;
}
