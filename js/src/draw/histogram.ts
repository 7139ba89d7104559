// Histograms whose bins can be added up to wider ones: bounds are powers of two, and no bin holds both signs.
import { clearCanvas } from "./canvas";
import type { Theme } from "./colour";

export interface Histogram {
  /** The bins go from −bound to bound. */
  readonly bound: number;
  readonly mean: number;
  readonly deviation: number;
  readonly counts: Float32Array;
}

/** As many as Python has. */
export const BINS = 64;
const LEAST = 2 ** -20;
const MOST = 2 ** 60;

/** Of values taken from pieces of arrays, without those that are out of all bounds. */
export function binned(pieces: readonly Float32Array[]): Histogram {
  let [count, sum, largest] = [0, 0, 0];
  const each = (visit: (value: number) => void) => {
    for (const piece of pieces) for (const value of piece) if (Math.abs(value) <= MOST) visit(value);
  };
  each((value) => {
    count++;
    sum += value;
    largest = Math.max(largest, Math.abs(value));
  });
  const mean = count ? sum / count : Number.NaN;
  const bound = 2 ** Math.ceil(Math.log2(Math.max(LEAST, largest)));
  const counts = new Float32Array(BINS);
  let squares = 0;
  each((value) => {
    squares += (value - mean) ** 2;
    const bin = Math.floor(((value / bound + 1) * BINS) / 2);
    counts[Math.max(0, Math.min(BINS - 1, bin))] = (counts[Math.min(BINS - 1, bin)] ?? 0) + 1;
  });
  return { bound, mean, deviation: Math.sqrt(squares / count), counts };
}

/** A row of what Python sends. */
export function readHistogram(row: Float32Array): Histogram {
  const [bound = 1, mean = Number.NaN, deviation = Number.NaN] = row;
  return { bound, mean, deviation, counts: row.subarray(3) };
}

/** The counts in bins of a larger bound, which is a multiple of the histogram's own by a power of two. */
export function widened({ bound, counts }: Histogram, to: number): Float32Array {
  const factor = Math.round(to / bound);
  if (factor <= 1) return counts;
  const wider = new Float32Array(BINS);
  const half = BINS / 2;
  counts.forEach((count, bin) => {
    const into = half + Math.floor((bin - half) / factor);
    wider[into] = (wider[into] as number) + count;
  });
  return wider;
}

/** Bars in the colour of their sign over a line with its zero marked. */
export function drawHistogram(
  context: CanvasRenderingContext2D,
  counts: Float32Array,
  width: number,
  height: number,
  theme: Theme,
): void {
  clearCanvas(context);
  const largest = Math.max(1, ...counts);
  const step = width / BINS;
  const floor = height - 1;
  counts.forEach((count, bin) => {
    if (!count) return;
    const bar = Math.max(1.5, (count / largest) * (floor - 2));
    context.fillStyle = bin < BINS / 2 ? theme.neg : theme.pos;
    context.fillRect(bin * step + 0.25, floor - bar, step - 0.5, bar);
  });
  context.fillStyle = theme.ink3;
  context.fillRect(0, floor, width, 1);
  context.fillRect(width / 2 - 0.5, 0, 1, height);
}
