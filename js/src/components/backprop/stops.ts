// What the stops of a walk are called.
import type { StepTrait, SymbolTrait } from "../../generated/protocol";
import { type Level, type Pass, sizeOf } from "./pass";
import type { Shown } from "./state";

export const PHASE_NAMES = {
  forward: "Forward",
  loss: "Loss",
  backward: "Backward",
  update: "Update",
} as const;

/** How many parameters an update moves. */
export const countOf = (pass: Pass): number =>
  pass.tensors.reduce((sum, { trainable, shape }) => sum + (trainable ? sizeOf(shape) : 0), 0);

/** How what a stop is about is written, where it is one quantity or one layer. */
export function symbolAt(pass: Pass, level: Level, step: StepTrait): SymbolTrait | undefined {
  if (step.kind === "again") return pass.symbols[pass.end];
  if (step.kind === "part") return pass.symbols[pass.parts[step.index]?.node ?? -1];
  if (step.kind === "all") return undefined;
  if (step.kind === "parameter")
    return level === "layer" ? pass.tensors[step.index]?.symbol : pass.parameterSymbols[step.index];
  return level === "layer" ? pass.groups[step.index]?.symbol : pass.symbols[step.index];
}

/** How a stop is called, to be read aloud. */
export function stopName({ step, pass }: Shown, name: string): string {
  const { phase, kind } = step;
  if (phase === "update") return kind === "all" ? "update: all parameters" : "update: the loss again";
  const part = kind === "part" ? pass.parts[step.index] : undefined;
  const what = part ? `${part.sign} inside ${name}` : name;
  return phase === "backward" ? `backward: the gradient of ${what}` : `${phase}: ${what}`;
}
