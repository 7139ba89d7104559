// Histograms of layers as bars on one common scale, or each on its own. Pure functions.
import type { Bins } from "./arrays";

export interface Bars {
  /** Shares of the values in equal bins from −reach to reach. */
  readonly shares: Float64Array;
  /** Shares of what lies below and above. */
  readonly below: number;
  readonly above: number;
  /** The share that is exactly 0, which no bin holds. */
  readonly zero: number;
}

/** As many as a row of the drawing can show: an even number, so that no bin holds both signs. */
export const ROWS = 40;

/**
 * The shares of a histogram in `rows` bins from −reach to reach. What a bin of the histogram shares with several of
 * them is divided by the widths; values that are exactly 0, of which there are so many, are taken out.
 */
export function barsOf({ bound, counts }: Bins, zeroShare: number, reach: number, rows = ROWS): Bars {
  const shares = new Float64Array(rows);
  let total = 0;
  for (const count of counts) total += count;
  if (!total) return { shares, below: 0, above: 0, zero: 0 };
  let [below, above] = [0, 0];
  const wide = (2 * bound) / counts.length;
  const row = (2 * reach) / rows;
  // The middle is 0 exactly: what is narrower than any rounding lies on one side of it.
  const edge = (at: number) => (at - rows / 2) * row;
  counts.forEach((all, bin) => {
    // Exact zeros are in the first bin right of the middle.
    const count = (bin === counts.length / 2 ? Math.max(0, all - zeroShare * total) : all) / total;
    if (count <= 1e-12) return;
    const low = (bin - counts.length / 2) * wide;
    const high = (bin + 1 - counts.length / 2) * wide;
    if (low < -reach) below += (count * (Math.min(high, -reach) - low)) / wide;
    if (high > reach) above += (count * (high - Math.max(low, reach))) / wide;
    const first = Math.max(0, Math.floor(low / row) + rows / 2);
    const last = Math.min(rows - 1, Math.ceil(high / row) - 1 + rows / 2);
    for (let at = first; at <= last; at++) {
      const shared = Math.min(high, edge(at + 1)) - Math.max(low, edge(at));
      if (shared > 0) shares[at] = (shares[at] as number) + (count * shared) / wide;
    }
  });
  return { shares, below, above, zero: zeroShare };
}

/** Bars without those below zero: what little there is of them lies beyond the drawing. */
export function positiveHalf(bars: Bars): Bars {
  const shares = bars.shares.slice();
  const middle = shares.length / 2;
  const below = shares.subarray(0, middle).reduce((sum, share) => sum + share, bars.below);
  return { ...bars, shares: shares.fill(0, 0, middle), below };
}

/** What the longest bar stands for. Exact zeros are no bar: how many they are of all is drawn beside. */
export const largest = ({ shares, below, above }: Bars) => Math.max(below, above, ...shares) || 1;

/** The next of 1, 2 and 5 times a power of ten. */
export function roundUp(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((each) => each * power >= value * (1 - 1e-9)) ?? 10;
  return Number((factor * power).toPrecision(3));
}

/** A share that is small beside others can still be seen. */
const LEAST = 0.02;

interface Frame {
  /** Where the bars begin, and how long the longest is: to the left, if negative. */
  readonly from: number;
  readonly length: number;
  readonly top: number;
  readonly height: number;
}

/** The outline of the bars above or below zero: one closed path. */
export function outline(bars: Bars, sign: 1 | -1, { from, length, top, height }: Frame): string {
  const { shares } = bars;
  const most = largest(bars);
  const high = height / shares.length;
  const middle = shares.length / 2;
  let path = "";
  let drawing = false;
  // Away from zero.
  for (let step = 0; step <= middle; step++) {
    const share = step < middle ? (shares[sign > 0 ? middle + step : middle - 1 - step] as number) : 0;
    const near = top + height / 2 - sign * step * high;
    if (!share) {
      if (drawing) path += `V${near.toFixed(2)}H${from.toFixed(2)}Z`;
      drawing = false;
      continue;
    }
    const end = from + length * Math.max(LEAST, share / most);
    path += drawing
      ? `V${near.toFixed(2)}H${end.toFixed(2)}`
      : `M${from.toFixed(2)} ${near.toFixed(2)}H${end.toFixed(2)}`;
    drawing = true;
  }
  return path;
}
