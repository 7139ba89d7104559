// The names and numbers of a pass, as a sentence has them.
import type { JSX } from "preact";
import { ACTIVATIONS } from "../../concepts/functions";
import { signClass, three } from "../explorer/numbers";
import { type Factor, localOf, type Pass } from "./pass";
import { InText } from "./symbols";
import { isUnsigned, localKey, localText, nodeName, parameterName, two, valueText } from "./texts";

// biome-ignore format: one line reads better than twelve
const COUNTS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
export const counted = (count: number) => COUNTS[count] ?? String(count);

/** The names and numbers of a pass, as a sentence has them. */
export interface Voice {
  node(node: number): JSX.Element;
  parameter(parameter: number): JSX.Element;
  value(node: number): JSX.Element;
  weight(parameter: number): JSX.Element;
  gradient(node: number): JSX.Element;
  local(factor: Factor): JSX.Element;
}

export const number = (value: number, text: string, key: string, unsigned = false) => (
  <span class={unsigned ? undefined : signClass(value)} data-n={key}>
    {text}
  </span>
);

export function voiceOf(pass: Pass, sample: number): Voice {
  return {
    node: (node) => <InText symbol={pass.symbols[node] ?? NAMELESS} />,
    parameter: (parameter) => <InText symbol={pass.parameterSymbols[parameter] ?? NAMELESS} />,
    value(node) {
      const value = pass.value(sample, node);
      const key = `value.${nodeName(pass, node)}`;
      return number(value, valueText(pass, node, value), key, isUnsigned(pass, node));
    },
    weight(parameter) {
      const value = pass.weight(parameter);
      return number(value, two(value), `weight.${parameterName(pass, parameter)}`);
    },
    gradient(node) {
      const value = pass.gradient(sample, node);
      return number(value, three(value), `reaches.${nodeName(pass, node)}`);
    },
    local(factor) {
      const value = localOf(pass, sample, factor);
      return number(value, localText(pass, factor, value), localKey(pass, factor));
    },
  };
}

export const NAMELESS = { base: "", index: "", layer: "", text: "" };

/** "x₁ and x₂", or how many there are. */
export function named(items: readonly JSX.Element[], what: string): JSX.Element {
  if (items.length > 3) return <>{`${counted(items.length)} ${what}`}</>;
  return <>{items.map((item, at) => [at ? (at === items.length - 1 ? " and " : ", ") : "", item])}</>;
}

const PLAIN: Readonly<Record<string, string>> = {
  sigmoid: "the sigmoid",
  add: "the sum",
  sub: "the difference",
  mul: "the product",
  div: "the quotient",
  mean: "the mean",
  sum: "the sum",
};

/** What is said of a function: "tanh", "the sigmoid". */
export const functionName = (pass: Pass, group: number) => {
  const { function: name = "", label = "" } = pass.groups[group] ?? {};
  return PLAIN[name] ?? ACTIVATIONS[name]?.label ?? (label || name);
};
