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

/** The name of the output: a probability where the last activation makes one. */
function symbol(layers: readonly FormulaLayer[], layer: number): string {
  if (layer < layers.length) return "h";
  return layers[layer - 1]?.activation === "sigmoid" ? "p" : "z";
}

/**
 * The formula of neuron `unit` in layer `layer` (1 is the first after the input). If there are more than
 * `maxTerms` weights, the largest stay, in their order, and "…" stands for the rest.
 */
export function neuronFormula(
  layers: readonly FormulaLayer[],
  parameters: Float32Array,
  layer: number,
  unit: number,
  maxTerms: number,
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
    parts.push(
      { kind: "text", text: THIN_SPACE },
      { kind: "var", text: layer === 1 ? "x" : "h" },
      { kind: "sub", text: String(index + 1) },
    );
  }
  if (kept.length < weights.length) parts.push({ kind: "text", text: ` + ${ELLIPSIS}` });
  if (own.bias) addNumber(parameters[own.bias[0] + unit] ?? 0);
  if (applied) parts.push({ kind: "text", text: ")" });
  return parts;
}
