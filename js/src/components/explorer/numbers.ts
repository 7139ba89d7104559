// Numbers of every size, and names of every length, in a small place.
import { fixed, scientific, significant } from "../../draw/format";

/** Three decimals, and powers of ten for what they would round to nothing or would be too long; "0" is exact. */
export function three(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.0005 || size >= 1e5) return scientific(value, 2);
  return fixed(value, size < 1000 ? 3 : 1);
}

/** A probability: "1" is exact, as "0" is, and what three decimals would round to it has more. */
export function probabilityText(p: number): string {
  if (p === 1) return "1";
  if (p < 0.9995) return three(p);
  return 1 - p < 1e-5 ? "> 0.99999" : fixed(p, 5);
}

/** As much of a name as there is room for. */
export const shortened = (name: string, most: number) =>
  name.length > most ? `${name.slice(0, Math.max(1, most - 1)).trimEnd()}\u2026` : name;

/** The class of a number that wears the colour of its sign. */
export const signClass = (value: number) => (value > 0 ? "nnw-pos" : value < 0 ? "nnw-neg" : "");

/** What float32 gives, in its own words where it is no finite number. */
export function inFloat32(value: number, write: (value: number) => string): string {
  if (Number.isNaN(value)) return "nan";
  return Number.isFinite(value) ? write(value) : "inf";
}

/** An exponential, which may be of any size. */
export function amount(value: number): string {
  if (value === 0) return "0";
  if (value < 0.001 || value >= 1e5) return scientific(value, 2);
  if (value < 0.1) return significant(value, 3);
  return fixed(value, value < 1000 ? 2 : 0);
}
