// How many digits each number of a pass is written with, the same wherever it stands.
import { fixed, scientific, significant } from "../../draw/format";
import { three } from "../explorer/numbers";
import { type Factor, type Pass, sizeOf } from "./pass";
import type { Quantity } from "./state";

/** Inputs and weights: two decimals, and powers of ten for what they would round to nothing. */
export function two(value: number): string {
  const size = Math.abs(value);
  if ((size > 0 && size < 0.005) || size >= 1e5) return scientific(value, 2);
  return fixed(value, size < 1000 ? 2 : 1);
}

/** A gradient beside its check: so many decimals, or as many digits of a power of ten; "0" is exact. */
export function precise(value: number, decimals = 6, digits = decimals - 1): string {
  if (value === 0) return "0";
  return Math.abs(value) < 10 ** (1 - decimals) ? scientific(value, digits) : fixed(value, decimals);
}

export const isInput = (pass: Pass, node: number) => pass.groups[pass.groupOf(node)]?.kind === "input";

/** What a reader gives has two decimals, what is computed three. */
export const valueText = (pass: Pass, node: number, value: number) =>
  isInput(pass, node) || pass.groups[pass.groupOf(node)]?.kind === "parameter" ? two(value) : three(value);

/** A factor of a chain: what is exact is short. */
export const localText = (pass: Pass, { use }: Factor, value: number) =>
  value === 1 ? "1" : use && use.from >= 0 && isInput(pass, use.from) ? two(value) : three(value);

export const targetText = (value: number) => significant(value, 3);

export const nodeName = (pass: Pass, node: number) => pass.symbols[node]?.text ?? "";
export const parameterName = (pass: Pass, parameter: number) => pass.parameterSymbols[parameter]?.text ?? "";
export const quantityName = (pass: Pass, { kind, index }: Quantity) =>
  (kind === "value" ? nodeName : parameterName)(pass, index);

/** With respect to what a factor is the derivative. */
export const quantityOf = ({ edge, use }: Factor): Quantity =>
  use ? { kind: "parameter", index: use.parameter } : { kind: "value", index: edge?.from ?? -1 };

/** The key of a factor's number. */
export const localKey = (pass: Pass, factor: Factor) =>
  `local.${nodeName(pass, factor.to)}/${quantityName(pass, quantityOf(factor))}`;

/** Probabilities and losses have no sign that means anything. */
export function isUnsigned(pass: Pass, node: number): boolean {
  const group = pass.groups[pass.groupOf(node)];
  return group?.kind === "loss" || group?.function === "sigmoid" || group?.function === "softmax";
}

/** "3 × 2", and one number for a list. */
export const shapeText = (shape: readonly number[]) =>
  shape.length ? shape.join("\u2009×\u2009") : String(sizeOf(shape));
