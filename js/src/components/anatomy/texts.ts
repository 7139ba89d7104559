// How counts, sizes in memory, shapes and names of a model are written, the same wherever they stand.
import { percent, thousands } from "../../draw/format";
import type { AnatomyParameterTrait, NodeTrait, TermTrait } from "../../generated/protocol";
import { shortened } from "../explorer/numbers";

const THIN = "\u2009";
const TIMES = `${THIN}×${THIN}`;

/** What is hidden, or not there. */
export const UNKNOWN = "·";

/** "25,557,032": every digit. */
export const countText = (count: number) => thousands(count);

const PREFIXES = ["", "k", "M", "G", "T", "P"] as const;

/** A value in thousands of thousands, with three figures where it has a prefix: "4.09 G", "55.1 k". */
function prefixed(value: number, from: number): [number: string, prefix: string] {
  if (value < from) return [thousands(value), ""];
  let [left, power] = [value, 0];
  // 999.6 has become 1,000 by being rounded.
  while (Number(left.toPrecision(3)) >= 1000 && power < PREFIXES.length - 1) {
    left /= 1000;
    power++;
  }
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Number(left.toPrecision(3)))));
  return [left.toFixed(digits), PREFIXES[power] as string];
}

/** "4.09 G": three figures of what is too long for its place; all of what is below ten thousand. */
export function shortCount(count: number): string {
  const [number, prefix] = prefixed(count, 10_000);
  return prefix ? `${number}${THIN}${prefix}` : number;
}

/**
 * "102 MB": a megabyte has 10⁶ bytes, so that 25,557,032 parameters of 4 bytes each can be followed by hand. So
 * print torchinfo and the hub; what says "MiB", such as nvidia-smi, has some 5 % less.
 */
export function bytesText(bytes: number): string {
  const [number, prefix] = prefixed(bytes, 1000);
  return `${number}${THIN}${prefix}B`;
}

/** "59 %", and "< 1 %" of what is there all the same. */
export function shareText(part: number, whole: number): string {
  if (whole <= 0) return UNKNOWN;
  const share = part / whole;
  if (share > 0 && share < 0.01) return `<${THIN}1${THIN}%`;
  return percent(share > 0.99 && share < 1 ? 0.99 : share, 0);
}

/** "64 × 56 × 56": of one sample, so that the first axis is left out where it is that of the samples. */
export function shapeText(shape: readonly number[], samples: number): string {
  if (!shape.length) return "scalar";
  const own = shape[0] === samples ? shape.slice(1) : shape;
  return own.length ? own.join(TIMES) : "1";
}

/** "(1, 64, 56, 56)", as PyTorch writes it. */
export const fullShape = (shape: readonly number[]) =>
  `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

/** Several tensors in a row: "64 × 56 × 56, 10". */
export const shapesText = (
  shapes: readonly { readonly shape: readonly number[] }[],
  samples: number,
  most = 2,
) => {
  const texts = shapes.slice(0, most).map(({ shape }) => shapeText(shape, samples));
  return shapes.length > most ? `${texts.join(", ")}, …` : texts.join(", ");
};

/** "images (1, 3, 224, 224) float32": all there is to say of one. */
export const tensorText = ({
  path,
  shape,
  dtype,
}: {
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}) => `${path}${path ? " " : ""}${fullShape(shape)} ${dtype}`;

/** The last part of a module's name; PyTorch's name of an operation; "input" and "output" with their path. */
export function nodeName({ key, kind, name, parent, type }: NodeTrait): string {
  if (kind === "input" || kind === "output") return key.replace(/^.*:/, "").replace(/#\d+$/, "") || kind;
  if (kind !== "operation" && kind !== "loop")
    return name ? (name.split(".").at(-1) ?? name) : parent < 0 ? type : name;
  return name || type;
}

/** The whole name: as in `named_modules()`, or the operation with the module that calls it; with its call. */
export const fullName = ({ key, name, type }: NodeTrait) => key || name || type;

const LONGEST = 32;

/** In a sentence: the whole name, and what it is where that is a number alone: "0 (Linear)". */
export const called = ({ key, type }: Pick<NodeTrait, "key" | "type">) =>
  shortened(/^[\d.#]+$/.test(key) ? `${key} (${type})` : key === ":model" ? type : key || type, LONGEST);

/** A summand: "784 × 64". */
export const termText = ({ factors }: Pick<TermTrait, "factors">) => factors.map(countText).join(TIMES);

/** "784 × 64 + 64", or "" where nothing is to be counted. */
export const termsText = ({ terms }: Pick<NodeTrait, "terms">) => terms.map(termText).join(" + ");

/** "784 × 64 + 64 = 50,240"; a single factor is its own result. */
export function arithmeticText({ terms, count }: Pick<NodeTrait, "terms" | "count">): string {
  const text = termsText({ terms });
  const isPlain = !terms.length || (terms.length === 1 && terms[0]?.factors.length === 1);
  return isPlain ? countText(count) : `${text} = ${countText(count)}`;
}

/** "784 inputs × 64 neurons": a summand with what its factors count. */
export const meantText = ({ factors, meanings }: TermTrait) =>
  factors.map((factor, at) => `${countText(factor)} ${meanings[at] ?? ""}`.trim()).join(TIMES);

/** What a parameter is called first. */
export const parameterName = ({ names }: AnatomyParameterTrait) => names[0] ?? "";

export const counted = (count: number, what: string, many = `${what}s`) =>
  `${countText(count)} ${count === 1 ? what : many}`;
