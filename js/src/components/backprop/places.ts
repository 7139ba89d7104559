// Where the stops of a walk stand on its line: at equal distances, and a gap between phases.
import type { StepTrait, SymbolTrait } from "../../generated/protocol";
import type { Level, Pass } from "./pass";
import type { Phase, Shown } from "./state";
import { countOf, symbolAt } from "./stops";

const GAP = 10;

interface PhasePlace {
  readonly phase: Phase;
  readonly from: number;
  readonly to: number;
  readonly x: number;
  readonly end: number;
}

export interface Places {
  readonly pitch: number;
  readonly phases: readonly PhasePlace[];
  x(stop: number): number;
  /** The stop nearest to a place. */
  nearest(x: number): number;
}

export function placesOf(
  phases: readonly { readonly phase: Phase; readonly from: number; readonly to: number }[],
  width: number,
): Places {
  const stops = phases.at(-1)?.to ?? 1;
  const pitch = (width - GAP * (phases.length - 1)) / stops;
  const placed = phases.map((phase, index): PhasePlace => {
    const x = phase.from * pitch + index * GAP;
    return { ...phase, x, end: x + (phase.to - phase.from) * pitch };
  });
  return {
    pitch,
    phases: placed,
    x(stop) {
      const phase = placed.find(({ to }) => stop < to) ?? placed.at(-1);
      return phase ? phase.x + (stop - phase.from + 0.5) * pitch : 0;
    },
    nearest(x) {
      const phase = placed.find(({ end }) => x < end + GAP / 2) ?? placed.at(-1);
      if (!phase) return 0;
      return Math.min(phase.to - 1, Math.max(phase.from, phase.from + Math.floor((x - phase.x) / pitch)));
    },
  };
}

/** Stops under a lens: from which on, how many, and where they begin. */
export interface Spread {
  readonly first: number;
  readonly count: number;
  readonly left: number;
}

/** So many stops on either side of one that stands at `x`, spread; at an end of the line more on the other side. */
export function spreadOf(
  at: number,
  stops: number,
  { x, width, pitch, side }: { x: number; width: number; pitch: number; side: number },
): Spread {
  const room = (pixels: number) => Math.max(0, Math.floor(pixels / pitch));
  const [most, more] = [Math.min(at, room(x)), Math.min(stops - 1 - at, room(width - x))];
  const before = Math.min(most, Math.max(side, 2 * side - more));
  const behind = Math.min(more, 2 * side - before, room(width) - 1 - before);
  const count = before + 1 + behind;
  const left = Math.max(0, Math.min(width - count * pitch, x - (before + 0.5) * pitch));
  return { first: at - before, count, left };
}

const LETTER = 8.5;
const SMALL = 6;

const symbolWidth = ({ base, index, layer }: Pick<SymbolTrait, "base" | "index" | "layer">) =>
  LETTER * base.length + SMALL * (index.length + (layer ? layer.length + 1.5 : 0));

/** About how wide the name of a stop is. */
export function widthOf(pass: Pass, level: Level, step: StepTrait): number {
  if (step.kind === "all") return 20 + 7.5 * String(countOf(pass)).length;
  if (step.kind === "part") return 7.5 * (pass.parts[step.index]?.sign.length ?? 1);
  const symbol = symbolAt(pass, level, step);
  return symbol ? symbolWidth(symbol) : 0;
}

/** Stops one after the other that are of the same layer. */
export interface Run {
  /** Its first stop. */
  readonly run: number;
  /** Its middle. */
  readonly x: number;
  readonly symbol: SymbolTrait;
  /** Of its name. */
  readonly width: number;
}

export function runsOf({ pass, level, steps }: Shown, places: Places): readonly Run[] {
  const key = (step: StepTrait) =>
    step.kind === "parameter" && level !== "layer"
      ? `${step.phase} tensor ${pass.tensorOf(step.index)}`
      : `${step.phase} ${step.kind === "parameter"} ${step.group}`;
  const runs: Run[] = [];
  let from = 0;
  steps.forEach((step, stop) => {
    const next = steps[stop + 1];
    if (next && key(next) === key(step)) return;
    const symbol =
      step.kind === "parameter"
        ? pass.tensors[level === "layer" ? step.index : pass.tensorOf(step.index)]?.symbol
        : pass.groups[step.group]?.symbol;
    if (symbol && step.phase !== "update")
      runs.push({
        run: from,
        x: (places.x(from) + places.x(stop)) / 2,
        symbol,
        width: symbolWidth(symbol),
      });
    from = stop + 1;
  });
  return runs;
}
