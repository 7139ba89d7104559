// What a histogram says in words, and how far its axis reaches.
import { fixed, scientific, significant } from "../draw/format";
import type { Histogram } from "../draw/histogram";

export function describeHistogram(histogram: Histogram | null, bound: number): [string, string] {
  if (!histogram) return ["·", ""];
  const { mean, deviation } = histogram;
  // As many decimals as the deviation has: what is smaller means nothing.
  const decimals = deviation > 0 ? Math.max(0, 1 - Math.floor(Math.log10(deviation))) : 2;
  const text = (value: number) => (decimals > 4 ? scientific(value, 2) : fixed(value, decimals));
  return [
    `μ ${text(mean)}, σ ${text(deviation)}`,
    bound < 1e-3 ? scientific(bound, 2) : significant(bound, 2),
  ];
}
