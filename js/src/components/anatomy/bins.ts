// Histograms: where their bins lie, what is in them, and what of it can be said in words.
import { fixed, percent, scientific, thousands } from "../../draw/format";
import type { SpreadTrait } from "../../generated/protocol";
import { numberText } from "./arrays";

export interface Bars {
  /** Bars left and right of zero, in a box of `width` × `height`. */
  readonly negative: string;
  readonly positive: string;
  /** Where zero is, null where it is not among them. */
  readonly zero: number | null;
  /** The height of those that are exactly 0, which the bars leave out. */
  readonly spike: number;
}

const LEAST = 1;

/** The bin that holds a number; where all are equal it is the one in the middle. */
const binOf = (value: number, low: number, high: number, bins: number) =>
  high > low
    ? Math.max(0, Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins)))
    : Math.floor(bins / 2);

const hasZero = ({ low, high }: SpreadTrait) => low !== null && high !== null && low <= 0 && high >= 0;

/** What is in each bin without those that are exactly 0: they would flatten all others. */
export function countsApart(spread: SpreadTrait): number[] {
  const counts = [...spread.counts];
  if (!spread.zeros || !hasZero(spread)) return counts;
  const bin = binOf(0, spread.low ?? 0, spread.high ?? 0, counts.length);
  counts[bin] = Math.max(0, (counts[bin] ?? 0) - spread.zeros);
  return counts;
}

export function barsOf(spread: SpreadTrait, width: number, height: number): Bars {
  const [low, high] = [spread.low ?? 0, spread.high ?? 0];
  const counts = countsApart(spread);
  const most = Math.max(...counts, 0);
  const range = high - low;
  const place = (value: number) => (range > 0 ? ((value - low) / range) * width : width / 2);
  const zero = hasZero(spread) ? place(0) : null;
  const step = width / Math.max(1, counts.length);
  let [negative, positive] = ["", ""];
  counts.forEach((count, bin) => {
    if (!count) return;
    const tall = Math.max(LEAST, (count / most) * height);
    const bar = (from: number, to: number) =>
      to - from > 0.01
        ? `M${from.toFixed(2)} ${height}V${(height - tall).toFixed(2)}H${to.toFixed(2)}V${height}Z`
        : "";
    // A single value has one bar in the middle.
    const [from, to] = range > 0 ? [bin * step, (bin + 1) * step] : [width / 2 - 2, width / 2 + 2];
    const apart = zero ?? (low > 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
    if (range > 0) {
      negative += bar(from, Math.min(to, apart));
      positive += bar(Math.max(from, apart), to);
    } else if (low < 0) negative += bar(from, to);
    else positive += bar(from, to);
  });
  const spike = spread.zeros && zero !== null ? Math.min(1, spread.zeros / Math.max(most, 1)) * height : 0;
  return { negative, positive, zero, spike: spread.zeros ? Math.max(2, spike) : 0 };
}

/** The ends of a bin, with as many digits as tell it from the next. */
function edgeText(value: number, width: number): string {
  if (!(width > 0)) return numberText(value, 3);
  const power = Math.floor(Math.log10(width) + 1e-9);
  // A width of 0.0125 needs one digit more than one of 0.02.
  const digits = (width / 10 ** power < 1.99 ? 1 : 0) - power;
  if (digits > 7) return scientific(value, 3);
  return fixed(value, Math.max(0, digits));
}

/** "−0.12 to −0.10: 1,204 of 50,176". */
export function binText(spread: SpreadTrait, bin: number): string {
  const [low, high] = [spread.low ?? 0, spread.high ?? 0];
  const width = (high - low) / Math.max(1, spread.counts.length);
  const [from, to] = [low + bin * width, low + (bin + 1) * width];
  const count = `${thousands(spread.counts[bin] ?? 0)} of ${thousands(spread.size)}`;
  if (!width) return `${numberText(low, 4)}: ${count}`;
  const isZeros = spread.zeros && hasZero(spread) && binOf(0, low, high, spread.counts.length) === bin;
  const zeros = isZeros ? `, ${thousands(spread.zeros)} of them exactly 0` : "";
  return `${edgeText(from, width)} to ${edgeText(to, width)}: ${count}${zeros}`;
}

/** As many decimals as the deviation has: what is smaller means nothing. */
export function momentTexts({ mean, deviation }: SpreadTrait): [mean: string, deviation: string] {
  if (mean === null || deviation === null) return ["·", "·"];
  const decimals = deviation > 0 ? Math.max(0, 1 - Math.floor(Math.log10(deviation))) : 3;
  const text = (value: number) => {
    if (value === 0) return "0";
    return decimals > 4 ? scientific(value, 2) : fixed(value, decimals);
  };
  return [text(mean), text(deviation)];
}

/** "62 %" of all are exactly 0; "" for none. */
export function zerosText({ zeros, size }: SpreadTrait): string {
  if (!zeros || !size) return "";
  if (zeros === size) return "all 0";
  const part = zeros / size;
  if (part < 0.005) return `${thousands(zeros)} × 0`;
  return `${percent(Math.min(part, 0.99), 0)} = 0`;
}

export const oddText = ({ odd, size }: SpreadTrait) =>
  odd ? `${odd === size ? "all" : thousands(odd)} NaN or ∞` : "";
