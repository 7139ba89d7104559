// What is shown: the pass, the stop of the walk, and what is known there.
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { BackpropSettings, PassTrait, StepTrait } from "../../generated/protocol";
import type { Settings } from "../../model/explorer";
import { same } from "../../model/same";
import { clamp } from "../explorer/scene";
import { useExplorer } from "../explorer/view";
import { alike, type Level, type Pass, readPass, sizeOf } from "./pass";

export type Phase = StepTrait["phase"];
/** As far as Python goes: hidden layers, neurons of one, and samples. */
export const [DEEPEST, WIDEST, MOST_SAMPLES] = [7, 8, 8];
export const PHASES: readonly Phase[] = ["forward", "loss", "backward", "update"];

export function useBackprop() {
  const { store } = useExplorer<BackpropSettings>();
  const settings = store.now();
  const trait = store.trait<PassTrait | null>("_pass").value;
  const trouble = store.trait<string>("_trouble").value;
  const pass = useMemo(() => readPass(trait), [trait]);
  const playing = useSignal(false);
  /** What the pointer or the keyboard is at: its way is drawn lighter than that of the step. */
  const hover = useSignal<Quantity | null>(null);
  const there = store.kernel.there.value;
  const before = useBefore(pass, settings.step);
  return { store, settings, pass, before, trouble, playing, hover, there };
}

export type Backprop = ReturnType<typeof useBackprop>;

/** A node or a parameter. */
export interface Quantity {
  readonly kind: "value" | "parameter";
  readonly index: number;
}

/** The pass before an edit, until the next step: what has changed says by how much. */
function useBefore(pass: Pass | null, step: number): Pass | null {
  const kept = useRef<{ base: Pass | null; step: number }>({ base: pass, step });
  const { base } = kept.current;
  const follows = pass && base && pass.number === base.number && alike(pass, base) && pass.settled;
  const fresh = !follows || step !== kept.current.step;
  useLayoutEffect(() => {
    if (fresh) kept.current = { base: pass, step };
  });
  return fresh || base === pass ? null : base;
}

/** What is there once a pass has been recorded. */
export interface Shown extends Backprop {
  readonly pass: Pass;
  readonly level: Level;
  readonly steps: readonly StepTrait[];
  /** From 0. */
  readonly at: number;
  readonly step: StepTrait;
  /** From 0. */
  readonly sample: number;
  /** Another pass is under way. */
  readonly stale: boolean;
  /** The values are those with the updated weights. */
  readonly isAgain: boolean;
  /** The weights are the updated ones. */
  readonly isUpdated: boolean;
  /** Whether the value of a node is known at this stop, and the derivative with respect to a node or a parameter. */
  knows(node: number): boolean;
  knowsGradient(quantity: Quantity): boolean;
  /** As it is shown: of the pass, or with the updated weights. */
  value(node: number): number;
  weight(parameter: number): number;
  /** To a stop, counted from 0; Python hears of it. */
  go(at: number): void;
  /** The derivative with respect to a node or a parameter: to its stop on the way back. */
  choose(quantity: Quantity): void;
  setDetail(level: Level): void;
  /** Only the kernel can say what follows from these; each refused without one. */
  setWeight(parameter: number, value: number): void;
  setInput(feature: number, value: number): void;
  setTarget(output: number, value: number): void;
}

/** A number of single precision in as few digits as name it. */
export function shortest(value: number): number {
  const single = Math.fround(value);
  if (Math.abs(single - value) > 1e-9 * Math.abs(value)) return value;
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === single) return short;
  }
  return value;
}

/** Where to look is no part of a pass. */
const LOOKED_AT = ["detail", "step", "sample", "epsilon", "precision"];

export function shownOf(found: Backprop): Shown | null {
  const { pass, settings, store, playing } = found;
  if (!pass) return null;
  const level = settings.detail as Level;
  const steps = pass.steps(level);
  const at = clamp(settings.step, [1, steps.length]) - 1;
  const step = steps[at];
  if (!step) return null;
  const sample = clamp(settings.sample, [1, pass.shown]) - 1;
  const known = knownAt(pass, level, at);
  const isUpdated = step.phase === "update";
  const given = settings.weights.length === pass.parameterSymbols.length ? settings.weights : [];
  const isAgain = step.kind === "again";
  // Who goes somewhere wants to stay there.
  const go = (next: number) => {
    playing.value = false;
    store.set({ step: clamp(next, [0, steps.length - 1]) + 1 });
  };
  const row = <T>(rows: readonly (readonly T[])[], place: number, value: T) =>
    rows.map((cells, index) =>
      index === sample ? cells.map((cell, column) => (column === place ? value : cell)) : [...cells],
    );
  return {
    ...found,
    pass,
    level,
    steps,
    at,
    step,
    sample,
    stale: Object.entries(pass.settings).some(
      ([name, value]) =>
        !LOOKED_AT.includes(name) &&
        name in settings &&
        !same(value, settings[name as keyof BackpropSettings]),
    ),
    isAgain,
    isUpdated,
    knows: (node) => isAgain || known.values.has(node),
    knowsGradient: ({ kind, index }) =>
      isUpdated || (kind === "value" ? known.gradients : known.parameters).has(index),
    value: (node) => (isAgain ? pass.after : pass.value)(sample, node),
    weight: (parameter) => (isUpdated ? pass.updated : pass.weight)(parameter),
    go,
    choose: (quantity) => {
      const stop = stopOf(pass, level, "backward", quantity);
      if (stop >= 0) go(stop);
    },
    setDetail: (detail) => store.set({ detail, step: matching(pass, level, at, detail) + 1 }),
    setWeight: (parameter, value) =>
      store.set({
        weights: Array.from({ length: pass.parameterSymbols.length }, (_, index) =>
          index === parameter ? value : (given[index] ?? shortest(pass.weight(index))),
        ),
      }),
    setInput: (feature, value) => store.set({ inputs: row(settings.inputs, feature, value) }),
    setTarget: (output, value) => store.set({ targets: row(settings.targets, output, value) }),
  };
}

/** Back to what it was made with; without Python only what is looked at can change. */
export function reset({ store, playing }: Backprop): void {
  playing.value = false;
  const first = store.about.first as BackpropSettings & Settings;
  if (store.answered(first)) store.reset();
  else store.set(Object.fromEntries(LOOKED_AT.map((name) => [name, first[name]])));
}

interface Known {
  readonly values: Set<number>;
  readonly gradients: Set<number>;
  readonly parameters: Set<number>;
}

/** What the steps so far have computed. */
function knownAt(pass: Pass, level: Level, at: number): Known {
  const known: Known = { values: new Set(), gradients: new Set(), parameters: new Set() };
  const { values, gradients, parameters } = known;
  for (const { kind, start, units } of pass.groups)
    if (kind === "input" || kind === "parameter")
      for (let unit = 0; unit < units; unit++) values.add(start + unit);
  for (const step of pass.steps(level).slice(0, at + 1)) {
    const nodes = nodesOf(pass, level, step);
    if (step.phase === "forward" || step.phase === "loss") for (const node of nodes) values.add(node);
    else if (step.phase === "backward" && step.kind === "parameter")
      for (const parameter of parametersOf(pass, level, step)) {
        parameters.add(parameter);
        const node = pass.nodeOf(parameter);
        if (node !== undefined) gradients.add(node);
      }
    else if (step.phase === "backward") for (const node of nodes) gradients.add(node);
  }
  if (pass.steps(level)[at]?.phase === "backward") gradients.add(pass.end);
  return known;
}

/** The nodes that a step is about; of a single operation only the last makes its node known. */
export function nodesOf(pass: Pass, level: Level, step: StepTrait): readonly number[] {
  if (step.kind === "part") {
    const part = pass.parts[step.index];
    if (!part) return [];
    const parts = pass.partsOf(part.node);
    const last = step.phase === "backward" ? parts[0] : parts.at(-1);
    return step.phase === "backward" || part.id === last?.id ? [part.node] : [];
  }
  if (step.kind !== "value") return [];
  if (level !== "layer") return [step.index];
  const group = pass.groups[step.index];
  return group ? Array.from({ length: group.units }, (_, unit) => group.start + unit) : [];
}

/** The parameters that a step is about. */
export function parametersOf(pass: Pass, level: Level, step: StepTrait): readonly number[] {
  if (step.kind !== "parameter") return [];
  if (level !== "layer") return [step.index];
  const tensor = pass.tensors[step.index];
  if (!tensor) return [];
  return Array.from({ length: sizeOf(tensor.shape) }, (_, entry) => tensor.start + entry);
}

/** The stop at which a quantity is computed, from 0; −1 where there is none. */
export function stopOf(pass: Pass, level: Level, phase: Phase, quantity: Quantity): number {
  const { kind, index } =
    quantity.kind === "value" ? (pass.parameterAt(quantity.index) ?? quantity) : quantity;
  return pass
    .steps(level)
    .findIndex(
      (step) =>
        (step.phase === phase || (phase === "forward" && step.phase === "loss")) &&
        (kind === "parameter" ? parametersOf(pass, level, step) : nodesOf(pass, level, step)).includes(index),
    );
}

/** The stop of another level that is about the same, from 0. */
function matching(pass: Pass, level: Level, at: number, other: Level): number {
  const step = pass.steps(level)[at] as StepTrait;
  const others = pass.steps(other);
  if (step.phase === "update")
    return others.findIndex(({ phase, kind }) => phase === "update" && kind === step.kind);
  const parameter = parametersOf(pass, level, step)[0];
  const part = step.kind === "part" ? pass.parts[step.index] : undefined;
  const node = part?.node ?? nodesOf(pass, level, step)[0];
  const quantity: Quantity | null =
    parameter !== undefined
      ? { kind: "parameter", index: parameter }
      : node !== undefined
        ? { kind: "value", index: node }
        : null;
  const found = quantity ? stopOf(pass, other, step.phase, quantity) : -1;
  return found >= 0
    ? found
    : Math.max(
        0,
        others.findIndex(({ phase }) => phase === step.phase),
      );
}

/** The stops of each phase, from 0, the last excluded. */
export function phasesOf(steps: readonly StepTrait[]): readonly { phase: Phase; from: number; to: number }[] {
  return PHASES.map((phase) => {
    const from = steps.findIndex((step) => step.phase === phase);
    return { phase, from, to: from + steps.filter((step) => step.phase === phase).length };
  }).filter(({ from }) => from >= 0);
}
