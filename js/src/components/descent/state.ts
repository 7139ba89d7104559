// What is computed from the settings of a descent, once for all that shows it.
import type { ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import {
  type Hyperparameters,
  leaves,
  lossAt,
  OPTIMIZERS,
  type Optimizer,
  placeAt,
  type Run,
  rateOf,
  reaches,
  run,
} from "../../concepts/descent";
import { evaluateGrid } from "../../concepts/sampled";
import { holds, type Point, type Range, SURFACES, type Surface } from "../../concepts/surfaces";
import { fixed, scientific, significant } from "../../draw/format";
import type { DescentSettings } from "../../generated/protocol";
import { bytesIn } from "../../model/binary";
import { useExplorer } from "../explorer/view";

/** A surface that Python has sampled, and what is said of it. */
export interface Own {
  readonly label: string;
  readonly fact: string;
  /** How it was sampled. */
  readonly note: string;
  readonly window: readonly Range[];
  readonly sizes: readonly number[];
  readonly start: Point;
  readonly learningRate: number;
  readonly steps: number;
  readonly lowest: number;
  readonly tolerance: number;
  readonly minima: readonly Point[];
  /** Where the network is. */
  readonly middle: Point | null;
  /** Where a training has gone through. */
  readonly path: readonly Point[];
}

export const NAMES = Object.keys(OPTIMIZERS);
export const labelOf = (name: string) => (OPTIMIZERS[name] as Optimizer).label;

/** Of each path: they are told apart by their dashes. */
export const DASHES: Readonly<Record<string, string | undefined>> = {
  sgd: undefined,
  momentum: "9 4",
  nesterov: "16 3",
  rmsprop: "2 3",
  adam: "9 3 2 3",
};

export function surfaceOf(name: string, own: Own | null, grid: DataView | null): Surface {
  const known = SURFACES[name];
  if (known || !own) return known ?? (SURFACES.ravine as Surface);
  const bytes = bytesIn(grid).slice();
  const nodes = new Float32Array(bytes.buffer);
  return {
    ...own,
    rates: {},
    localMinima: [],
    curvature: null,
    evaluate: evaluateGrid({ window: own.window, sizes: own.sizes, nodes }),
  };
}

/** Why an optimizer has not reached the bottom, in a word or two. */
function obstacle({ path, ending, updates }: Run, surface: Surface, steps: number, noise: number): string {
  const last = path.at(-1);
  if (!ending && last && !holds(surface, last)) return "outside";
  if (ending) return ending === "diverged" ? "diverged" : "outside";
  const slope = updates.at(-1)?.slope ?? [];
  return !noise && Math.hypot(...slope) < 1e-3 ? "stuck" : `> ${steps}`;
}

export function useDescent(playing: ReadonlySignal<number | null>) {
  const { store } = useExplorer<DescentSettings>();
  const settings = store.now();
  const own = store.trait<Own>("_own").value;
  const grid = store.trait<DataView>("_grid").value;
  const mine = own?.label ? own : null;
  const surface = useMemo(() => surfaceOf(settings.surface, mine, grid), [settings.surface, own, grid]);
  const fits = settings.start.length === surface.window.length && holds(surface, settings.start);
  const start = fits ? settings.start : surface.start;
  const options: Hyperparameters = {
    learningRate: settings.learning_rate,
    rates: settings.learning_rates,
    momentum: settings.momentum,
    alpha: settings.alpha,
    beta1: settings.betas[0],
    beta2: settings.betas[1],
    noise: settings.noise,
    seed: settings.seed,
  };
  const { steps, optimizer: chosen, noise } = settings;
  const runs = useMemo(
    () => Object.fromEntries(NAMES.map((name) => [name, run(surface.evaluate, start, name, options, steps)])),
    [surface, JSON.stringify([start, options, steps])],
  ) as Record<string, Run>;
  // What is being played is a step of this view alone, until it stands still.
  const step = Math.min(playing.value ?? settings.step, steps);
  const bottom = surface.lowest + surface.tolerance;
  const mineRun = runs[chosen] as Run;
  const { surface: _, ...rest } = settings;
  return {
    ...rest,
    store,
    /** Of the surface. */
    name: settings.surface,
    own: settings.surface in SURFACES ? null : mine,
    surface,
    dimensions: surface.window.length,
    start,
    options,
    chosen,
    runs,
    run: mineRun,
    step,
    /** Where the chosen one stands. */
    place: placeAt(mineRun, step),
    bottom,
    coordinate: surface.window.length === 1 ? 0 : settings.coordinate - 1,
    rate: (name: string) => rateOf(options, name),
    loss: (name: string, at = step) => lossAt(runs[name] as Run, at),
    reached: (name: string) => reaches(runs[name] as Run, bottom),
    obstacle: (name: string) => obstacle(runs[name] as Run, surface, steps, noise),
    left: (name: string) => leaves(runs[name] as Run, surface),
  };
}

export type Descent = ReturnType<typeof useDescent>;

/** Losses, and all that has no scale of its own: three decimals, or a power of ten where they would be many digits. */
export function numeral(value: number | null): string {
  if (value === null) return "–";
  const size = Math.abs(value);
  // What is left at the bottom is rounding.
  if (size > 0 && size < 0.0005) return "< 0.001";
  if (size >= 1e5 && size < Number.POSITIVE_INFINITY) return scientific(value, 2);
  return fixed(value, size >= 1000 ? 0 : size >= 100 ? 1 : 3);
}

export const rateText = (rate: number) => significant(rate, 3);

/** The steps at which the losses are listed: the first, some between, and the last. */
export function listedSteps(steps: number): number[] {
  const between = [1, 2, 5, 10, 20, 50, 100, 200].filter((step) => step < steps);
  return [0, ...[...between, steps].slice(-7)];
}
