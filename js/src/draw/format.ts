// Numbers as text: a real minus sign, thin spaces before units, and no digit that means nothing.

const MINUS = "\u2212";
const THIN_SPACE = "\u2009";
const NOT_A_NUMBER = "\u2013";
/** From here on a number is written as a power of ten: all its digits would not fit the place it has. */
const LARGEST_PLAIN = 1e6;

const withMinus = (text: string) => text.replace("-", MINUS);

/** A number that was rounded to nothing has no sign. */
const withoutNegativeZero = (text: string) => (/^-0(\.0*)?$/.test(text) ? text.slice(1) : text);

/** What replaces a number that cannot be written as digits; null where digits are fine. */
function exceptional(value: number | null | undefined): string | null {
  if (value === null || value === undefined || Number.isNaN(value)) return NOT_A_NUMBER;
  if (value === Number.POSITIVE_INFINITY) return "\u221e";
  if (value === Number.NEGATIVE_INFINITY) return `${MINUS}\u221e`;
  return null;
}

/** `fixed(-0.5, 2)` is "−0.50"; nothing measured is "–"; a huge value is "1.2·10⁹". */
export function fixed(value: number | null | undefined, digits: number): string {
  const special = exceptional(value);
  if (special !== null) return special;
  const number = value as number;
  if (Math.abs(number) >= LARGEST_PLAIN) return scientific(number, 2);
  return withMinus(withoutNegativeZero(number.toFixed(digits)));
}

/** Like `fixed`, with a plus sign before what is not negative: for weights, where the sign is the point. */
export function signed(value: number | null | undefined, digits: number): string {
  const text = fixed(value, digits);
  return text === NOT_A_NUMBER || text.startsWith(MINUS) ? text : `+${text}`;
}

/** A fraction as a percentage: `percent(0.971)` is "97.1 %". */
export function percent(fraction: number | null | undefined, digits = 1): string {
  if (exceptional(fraction) !== null) return NOT_A_NUMBER;
  return `${fixed(100 * (fraction as number), digits)}${THIN_SPACE}%`;
}

/** `thousands(2688)` is "2,688". */
export function thousands(count: number): string {
  return withMinus(String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ","));
}

/** At most so many significant digits, without trailing zeros: `significant(0.030000001, 2)` is "0.03". */
export function significant(value: number | null | undefined, digits: number): string {
  const special = exceptional(value);
  if (special !== null) return special;
  const number = value as number;
  const size = Math.abs(number);
  if (size >= LARGEST_PLAIN || (size > 0 && size < 1e-6)) return scientific(number, digits);
  // Digits before the point are kept even where there are more of them than asked for.
  const rounded = size >= 10 ** digits ? Math.round(number) : Number(number.toPrecision(digits));
  const decimals = size > 0 ? Math.max(0, digits - 1 - Math.floor(Math.log10(size))) : 0;
  const text = rounded.toFixed(Math.min(decimals, 20));
  return withMinus(text.includes(".") ? text.replace(/\.?0+$/, "") : text);
}

/** Like `significant`, with a plus sign before what is not negative. */
export function signedSignificant(value: number | null | undefined, digits: number): string {
  const text = significant(value, digits);
  return text === NOT_A_NUMBER || text.startsWith(MINUS) ? text : `+${text}`;
}

const SUPERSCRIPTS: Record<string, string> = {
  "-": "\u207b",
  "0": "\u2070",
  "1": "\u00b9",
  "2": "\u00b2",
  "3": "\u00b3",
  "4": "\u2074",
  "5": "\u2075",
  "6": "\u2076",
  "7": "\u2077",
  "8": "\u2078",
  "9": "\u2079",
};

/** `scientific(1.25e9, 2)` is "1.3·10⁹". */
export function scientific(value: number, digits: number): string {
  const special = value === 0 ? "0" : exceptional(value);
  if (special !== null) return special;
  const [mantissa = "0", exponent = "+0"] = value.toExponential(Math.max(0, digits - 1)).split("e");
  const power = [...exponent.replace("+", "")].map((sign) => SUPERSCRIPTS[sign] ?? "").join("");
  return `${withMinus(mantissa)}\u00b710${power}`;
}

/** Beside an axis there is less room. */
const LARGEST_TICK = 1e5;

const magnitude = (value: number) => Math.floor(Math.log10(value) + 1e-9);

/** The label of a tick: as many decimals as the distance between ticks needs, and none for zero. */
export function tickLabel(value: number, distance: number): string {
  const size = Math.abs(value);
  if (size < distance / 1e6) return "0";
  const digits = magnitude(size) - magnitude(distance) + 1;
  if (size >= (digits > 3 ? LARGEST_PLAIN : LARGEST_TICK)) return scientific(value, digits);
  if (distance < 1e-6) return significant(value, 3);
  const decimals = Math.max(0, -magnitude(distance));
  return decimals ? fixed(value, decimals) : thousands(value);
}
