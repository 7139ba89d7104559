// What is computed from the settings of an activation explorer, once for all that shows it.
import { useMemo } from "preact/hooks";
import {
  type Grid,
  gridDecimals,
  gridOver,
  gridPoints,
  nearest,
  pairOf,
  type Range,
  remaining,
  type Sampled,
  terms,
  vanishingRanges,
  WINDOWS,
  type Window,
} from "../../concepts/activation";
import { ACTIVATIONS } from "../../concepts/functions";
import type { ActivationSettings, SampledTrait } from "../../generated/protocol";
import { float64In } from "../../model/binary";
import { useExplorer } from "../explorer/view";

/** A function as it is drawn: its values and slopes at the points of the grid. */
export interface Curve {
  readonly name: string;
  readonly label: string;
  readonly values: ArrayLike<number>;
  readonly slopes: ArrayLike<number>;
}

interface Own extends Sampled {
  readonly heights: readonly [number, number];
  readonly slopesBy: SampledTrait["slopes_by"];
}

const ownOf = ({ name, values, slopes, heights, slopes_by, ...grid }: SampledTrait): Own => ({
  name,
  grid,
  heights,
  slopesBy: slopes_by,
  f: float64In(values),
  derivative: float64In(slopes),
});

export const labelOf = (name: string) => ACTIVATIONS[name]?.label ?? name;

function curveOf(name: string, own: readonly Own[], grid: Grid, points: Float64Array): Curve {
  const sampled = own.find((each) => each.name === name);
  const pair = pairOf(name, own) ?? { f: () => Number.NaN, derivative: () => Number.NaN };
  return {
    name,
    label: labelOf(name),
    values: sampled?.grid.first === grid.first ? sampled.f : points.map(pair.f),
    slopes: sampled?.grid.first === grid.first ? sampled.derivative : points.map(pair.derivative),
  };
}

export function useActivation() {
  const { store } = useExplorer<ActivationSettings>();
  const settings = store.now();
  const { activation, vanishing, layers } = settings;
  const samples = store.trait<SampledTrait[]>("_samples").value;
  const own = useMemo(() => samples.map(ownOf), [samples]);
  const sampled = own.find(({ name }) => name === activation);
  const [low, high] = settings.window ?? (WINDOWS.tanh as Window);
  const grid = useMemo(() => gridOver(low, high), [low, high]);
  const points = useMemo(() => gridPoints(grid), [grid]);
  const limits: Window = settings.window ??
    WINDOWS[activation] ?? [low, high, ...(sampled?.heights ?? ([-1.1, 1.1] as const))];
  const curve = useMemo(() => curveOf(activation, own, grid, points), [activation, own, grid]);
  const others = useMemo(
    () =>
      settings.shown.filter((name) => name !== activation).map((name) => curveOf(name, own, grid, points)),
    [settings.shown, activation, own, grid],
  );
  const ranges: readonly Range[] = useMemo(
    () => vanishingRanges(points, curve.slopes, vanishing),
    [curve, vanishing],
  );
  const { f, derivative } = pairOf(activation, own) ?? { f: () => Number.NaN, derivative: () => Number.NaN };
  const { x } = settings;
  const slope = derivative(x);
  return {
    ...settings,
    store,
    names: [...Object.keys(WINDOWS), ...own.map(({ name }) => name)],
    label: curve.label,
    /** What the slopes of a function of the user's own come from. */
    slopesBy: sampled?.slopesBy ?? null,
    limits,
    points,
    curve,
    others,
    ranges,
    value: f(x),
    slope,
    derivative,
    left: remaining(slope, layers),
    terms: terms(activation, x),
    /** Of x. */
    digits: gridDecimals(grid),
    /** The point is on the grid, wherever a hand wants to have it. */
    move: (to: number) => store.set({ x: nearest(grid, to) }),
    grid,
  };
}

export type ActivationState = ReturnType<typeof useActivation>;
