// What happens at a stop where a single operation inside of a node is one.
import type { ComponentChildren } from "preact";
import { three } from "../explorer/numbers";
import type { Part, Pass } from "./pass";
import type { Shown } from "./state";
import { targetText, two, valueText } from "./texts";
import { number, type Voice } from "./voice";

/** Signs that stand between two numbers. */
const BETWEEN = ["+", "−", "×", "÷", "/", "·"];

function operandText(pass: Pass, sample: number, part: Part, operand: number): string {
  const at = part.inputs[operand] as number;
  const kind = part.kinds[operand];
  if (kind === "part") return three(pass.partValue(sample, at));
  if (kind === "node") return valueText(pass, at, pass.value(sample, at));
  if (kind === "parameter") return two(pass.weight(at));
  return targetText((kind === "target" ? pass.target(sample)[at] : part.numbers[operand]) as number);
}

export function partWords({ pass, step, sample }: Shown, voice: Voice): ComponentChildren {
  const part = pass.parts[step.index];
  if (!part) return null;
  const parts = pass.partsOf(part.node);
  const place = parts.findIndex(({ id }) => id === part.id) + 1;
  const value = three(pass.partValue(sample, part.id));
  const within = (
    <>
      inside {voice.node(part.node)}, operation {place} of {parts.length}:{" "}
    </>
  );
  const operands = part.inputs.map((_, at) => operandText(pass, sample, part, at));
  const bracketed = operands.map((text, at) => (at && text.startsWith("−") ? `(${text})` : text));
  const written =
    operands.length > 3
      ? `${operands.length} terms are added up`
      : operands.length > 1 && BETWEEN.includes(part.sign)
        ? bracketed.join(` ${part.sign} `)
        : part.sign === "1/x"
          ? `1 / ${operands[0]}`
          : `${part.sign}(${operands.join(", ")})`;
  if (step.phase !== "backward")
    return (
      <>
        {within}
        {written} = {number(pass.partValue(sample, part.id), value, `part.${part.id}`)}
      </>
    );
  const gradient = pass.partGradient(sample, part.id);
  return (
    <>
      {within}how the loss moves when {written} moves:{" "}
      {number(gradient, three(gradient), `part.gradient.${part.id}`)}
    </>
  );
}
