// Numbers of every size in a small place.
import { fixed, scientific, significant } from "../../draw/format";

/** Three decimals, and powers of ten for what they would round to nothing; "0" is exact. */
export function three(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.0005) return scientific(value, 2);
  return fixed(value, size < 1000 ? 3 : 1);
}

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
