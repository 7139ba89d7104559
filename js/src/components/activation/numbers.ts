// Numbers of activation functions as text: exactly nothing is "0", and what is nearly nothing says how little it is.
import { fixed, scientific } from "../../draw/format";

/** So many decimals where that leaves a digit, else a power of ten. */
export function told(value: number, digits = 4): string {
  if (value === 0) return "0";
  return Math.abs(value) < 10 ** -Math.min(digits, 3) ? scientific(value, 2) : fixed(value, digits);
}
