// What a neuron computes, in the notation of the course: h = tanh(−0.56 h₁ + 1.69 h₂ + 2.49).
import { fixed } from "./format";

/** A piece of a formula: words and signs, a variable (italic), an index, or a signed number. */
export interface FormulaPart {
  readonly kind: "text" | "var" | "sub" | "pos" | "neg";
  readonly text: string;
}

export interface FormulaLayer {
  readonly units: number;
  readonly activation: string;
  readonly weight: readonly [offset: number, rows: number, columns: number];
  readonly bias: readonly [offset: number, count: number] | null;
}

const THIN_SPACE = "\u2009";
const ELLIPSIS = "\u2026";
const MINUS = "\u2212";
const IDENTITY = "linear";

const SUBSCRIPT_ZERO = 0x2080;
/** "x1" as people write it in plain text, or "x₁", which may be part of a longer label. */
const PLAIN_VARIABLE = /^x_?(\d+)$/;
const VARIABLE = /(?<!\p{Letter})x([\u2080-\u2089]+)/u;

/** A label as pieces: "sin x₁" is a word, a variable and its index. A single letter is a variable, too. */
export function labelParts(label: string): FormulaPart[] {
  const plain = PLAIN_VARIABLE.exec(label)?.[1];
  if (plain) return variable("x", plain);
  if (/^\p{Letter}$/u.test(label)) return [{ kind: "var", text: label }];
  // Every second piece is an index: split keeps what the brackets catch.
  return label.split(VARIABLE).flatMap((text, piece): FormulaPart[] => {
    if (piece % 2) return variable("x", fromSubscript(text));
    return text ? [{ kind: "text", text }] : [];
  });
}

const variable = (name: string, index: string): FormulaPart[] => [
  { kind: "var", text: name },
  { kind: "sub", text: index },
];

const fromSubscript = (digits: string) =>
  [...digits].map((digit) => (digit.codePointAt(0) ?? 0) - SUBSCRIPT_ZERO).join("");

/** A label of one's own choice may be long; in a formula it is one term of several. */
const MOST_LETTERS = 14;
const shortened = (label: string) =>
  label.length > MOST_LETTERS ? `${label.slice(0, MOST_LETTERS - 1).trimEnd()}${ELLIPSIS}` : label;

/** The name of the output: a probability where the last activation makes one. */
function symbol(layers: readonly FormulaLayer[], layer: number): string {
  if (layer < layers.length) return "h";
  return layers[layer - 1]?.activation === "sigmoid" ? "p" : "z";
}

/**
 * The formula of neuron `unit` in layer `layer` (1 is the first after the input). If there are more than
 * `maxTerms` weights, the largest stay, in their order, and "…" stands for the rest. `inputs` are the labels of
 * what the network gets.
 */
export function neuronFormula(
  layers: readonly FormulaLayer[],
  parameters: Float32Array,
  layer: number,
  unit: number,
  maxTerms: number,
  inputs: readonly string[],
): FormulaPart[] {
  const own = layers[layer - 1];
  if (!own) return [];
  const [offset, , columns] = own.weight;
  const weights = Array.from(parameters.subarray(offset + unit * columns, offset + (unit + 1) * columns));
  const size = (index: number) => Math.abs(weights[index] ?? 0);
  const kept = weights
    .map((_, index) => index)
    .sort((first, second) => size(second) - size(first) || first - second)
    .slice(0, Math.max(1, maxTerms))
    .sort((first, second) => first - second);

  const parts: FormulaPart[] = [{ kind: "var", text: symbol(layers, layer) }];
  if (layer === layers.length && own.units > 1) parts.push({ kind: "sub", text: String(unit + 1) });
  const applied = own.activation !== IDENTITY;
  parts.push({ kind: "text", text: applied ? ` = ${own.activation}(` : " = " });

  let first = true;
  const addNumber = (value: number) => {
    const negative = value < 0;
    const digits = fixed(Math.abs(value), 2);
    const kind = negative ? "neg" : "pos";
    if (first) parts.push({ kind, text: negative ? MINUS + digits : digits });
    else parts.push({ kind: "text", text: negative ? ` ${MINUS} ` : " + " }, { kind, text: digits });
    first = false;
  };
  for (const index of kept) {
    addNumber(weights[index] as number);
    const input = layer === 1 ? inputs[index] : undefined;
    const name = input ? labelParts(shortened(input)) : variable(layer === 1 ? "x" : "h", String(index + 1));
    parts.push({ kind: "text", text: THIN_SPACE }, ...name);
  }
  if (kept.length < weights.length) parts.push({ kind: "text", text: ` + ${ELLIPSIS}` });
  if (own.bias) addNumber(parameters[own.bias[0] + unit] ?? 0);
  if (applied) parts.push({ kind: "text", text: ")" });
  return parts;
}
