// What is shown: the measurement, the training, and which scheme and layer are looked at.
import { type Signal, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { InitializationSettings, MeasuredTrait, TrainingTrait } from "../../generated/protocol";
import { same } from "../../model/same";
import { clamp } from "../explorer/scene";
import { useExplorer } from "../explorer/view";
import { type Kind, type Measured, readMeasured, readTraining, type Training } from "./arrays";

/** Of each scheme's lines: they are told apart by their dashes. */
export const DASHES: Readonly<Record<string, string | undefined>> = {
  zeros: "1 4",
  constant: "2 3",
  small: "9 4",
  large: "9 3 2 3",
  xavier: "7 3",
  he: undefined,
};

/** How the quantities are written. */
export const SYMBOLS: Readonly<Record<Kind, string>> = {
  z: "z",
  a: "a",
  da: "∂L/∂a",
  dw: "∂L/∂W",
};
export const WORDS: Readonly<Record<Kind, string>> = {
  z: "pre-activations",
  a: "activations",
  da: "gradients of activations",
  dw: "gradients of weights",
};

/** By which factor the variance changes from where a signal enters the hidden layers to where it leaves them. */
export function passes(measured: Measured, scheme: number, kind: "a" | "da"): number {
  const last = measured.layers - 2;
  const [from, to] = kind === "a" ? [0, last] : [last, 0];
  const [before, after] = [measured.variance(scheme, kind, from), measured.variance(scheme, kind, to)];
  if (!Number.isFinite(after)) return Number.POSITIVE_INFINITY;
  return before === 0 ? 0 : after / before;
}

/** What a scheme does to signals through all hidden layers. */
export type Fate = "lost" | "vanishes" | "keeps" | "explodes";

export function fateOf(factor: number): Fate {
  if (factor === 0) return "lost";
  if (factor < 0.01) return "vanishes";
  return factor > 100 ? "explodes" : "keeps";
}

export function useInitialization() {
  const { store } = useExplorer<InitializationSettings>();
  const settings = store.now();
  const measuredTrait = store.trait<MeasuredTrait | null>("_measured").value;
  const trainingTrait = store.trait<TrainingTrait | null>("_training").value;
  const measured = useMemo(() => readMeasured(measuredTrait), [measuredTrait]);
  const training = useMemo(() => readTraining(trainingTrait), [trainingTrait]);
  const kind = useSignal<Kind>("a");
  const there = store.kernel.there.value;
  return { store, settings, measured, training, kind, there };
}

/** What is there once something has been measured. */
export interface Shown {
  readonly store: ReturnType<typeof useInitialization>["store"];
  readonly settings: InitializationSettings;
  readonly measured: Measured;
  readonly training: Training | null;
  readonly kind: Signal<Kind>;
  /** Python answers. */
  readonly there: boolean;
  /** Of the scheme that is looked at. */
  readonly chosen: number;
  readonly name: string;
  readonly label: string;
  /** The layer that is looked at, from 0. */
  readonly at: number;
  readonly hidden: number;
  readonly activation: string;
  /** The settings are others than those that were measured. */
  readonly stale: boolean;
}

/** What is looked at is no part of a measurement, and how to train changes none. */
const LOOKED_AT = ["initialiser", "layer", "moment"];

export function shownOf(found: ReturnType<typeof useInitialization>): Shown | null {
  const { measured, settings } = found;
  if (!measured) return null;
  const chosen = Math.max(
    0,
    measured.schemes.findIndex(({ name }) => name === settings.initialiser),
  );
  const scheme = measured.schemes[chosen];
  return {
    ...found,
    measured,
    chosen,
    name: scheme?.name ?? "",
    label: scheme?.label ?? "",
    at: clamp(settings.layer, [1, measured.layers]) - 1,
    hidden: measured.layers - 1,
    activation: String(measured.settings.activation),
    stale: Object.entries(measured.settings).some(
      ([name, value]) =>
        !LOOKED_AT.includes(name) &&
        name in settings &&
        !same(value, settings[name as keyof InitializationSettings]),
    ),
  };
}

/** How a layer is called. */
export const layerName = (at: number, hidden: number) => (at === hidden ? "output" : String(at + 1));
