// The scale of variances: decades, with a place at its edges for what is exactly 0 and for what is not finite.
import { scientific, significant } from "../../draw/format";

export interface LogScale {
  (value: number): number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
  /** Where what is 0, and what is infinite, has its place. */
  readonly zero: number;
  readonly infinite: number;
  readonly low: number;
  readonly high: number;
}

/** More decades than this say no more than that a signal is gone. */
const MOST_DECADES = 40;
const LEAST_DECADES = 2;
const EDGE = 15;

/** From values to heights: `top` is the upper end. */
export function logScale(values: readonly number[], middle: number, top: number, bottom: number): LogScale {
  const logs = values.filter((value) => value > 0 && Number.isFinite(value)).map(Math.log10);
  const centre = middle > 0 && Number.isFinite(middle) ? Math.log10(middle) : 0;
  let low = Math.floor(Math.max(Math.min(centre, ...logs), centre - MOST_DECADES) - 0.05);
  let high = Math.ceil(Math.min(Math.max(centre, ...logs), centre + MOST_DECADES) + 0.05);
  while (high - low < LEAST_DECADES) {
    low -= 1;
    if (high - low < LEAST_DECADES) high += 1;
  }
  const [from, to] = [bottom - EDGE, top + EDGE];
  const y = (value: number) => {
    if (value === 0) return bottom - 2;
    if (!Number.isFinite(value)) return top + 2;
    const share = (Math.log10(value) - low) / (high - low);
    // What is farther away leaves the drawing.
    return from + Math.max(-0.5, Math.min(1.5, share)) * (to - from);
  };
  const most = Math.max(2, Math.floor((bottom - top) / 30));
  const step = [1, 2, 3, 5, 10, 20].find((each) => (high - low) / each <= most) ?? 20;
  const ticks: { value: number; label: string }[] = [];
  for (let power = Math.ceil(low / step) * step; power <= high; power += step)
    ticks.push({ value: 10 ** power, label: power === 0 ? "1" : powerOfTen(power) });
  return Object.assign(y, { ticks, zero: bottom - 2, infinite: top + 2, low: 10 ** low, high: 10 ** high });
}

const powerOfTen = (power: number) => scientific(10 ** power, 1).replace("1·", "");

/** A tick or another round number. */
export const roundText = (value: number) =>
  value !== 0 && (Math.abs(value) < 0.001 || Math.abs(value) >= 1e4)
    ? scientific(value, 1)
    : significant(value, 2);

/** A variance, or what is like one: three digits that mean something. */
export function amountOf(value: number): string {
  if (Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (size > 0 && Number.isFinite(size) && (size < 0.001 || size >= 1e4))
    return scientific(value, size < 1e-99 || size >= 1e100 ? 1 : 2);
  if (size >= 100) return significant(value, 4);
  const digits = size === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(size)));
  return size === 0 || !Number.isFinite(size)
    ? significant(value, 3)
    : value.toFixed(Math.min(4, digits)).replace("-", "\u2212");
}

/** By how much something has grown: of what is very far from 1 the power of ten says enough. */
export const factorText = (factor: number) =>
  factor > 1e9 || (factor < 1e-9 && factor > 0) ? scientific(factor, 1) : amountOf(factor);
