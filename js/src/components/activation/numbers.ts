// Numbers of activation functions as text: exactly nothing is "0", and what is nearly nothing says how little it is.
import { fixed, scientific } from "../../draw/format";

/** More decimals than this are no help. */
const MOST = 7;

/** So many decimals where that leaves a digit, and more where they would make 1 of what is less; else a power of ten. */
export function told(value: number, digits = 4): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 10 ** -Math.min(digits, 3)) return scientific(value, 2);
  const isOne = (decimals: number) => size < 1 && Number(size.toFixed(decimals)) === 1;
  const enough = Array.from({ length: MOST - digits }, (_, more) => digits + more).find(
    (each) => !isOne(each),
  );
  return fixed(value, enough ?? digits);
}
