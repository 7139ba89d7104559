// What every component may use: the trainer's state, and the drawing loop of the view it is in.
import { computed, type ReadonlySignal, type Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext, useMemo } from "preact/hooks";
import type { Store } from "../model/store";
import type { Drawing } from "./drawing";
import type { Easel } from "./easel";
import type { Hand } from "./hand";
import type { Presentation } from "./presentation";
import type { Walk } from "./walk";

/** A neuron; layer 0 is the first one after the inputs. */
export type Unit = [layer: number, unit: number];

export interface Geometry {
  /** Sizes in CSS pixels that the stylesheet decides by the width of the container. */
  readonly narrow: boolean;
  readonly tile: number;
  readonly inputTile: number;
  readonly gap: number;
  /** Width of the network. */
  readonly stage: number;
  /** Side of the decision map. */
  readonly plot: number;
  readonly thumbnail: number;
  /** Real pixels per CSS pixel. */
  readonly ratio: number;
}

/** A weight: the neuron it belongs to, and which of that neuron's inputs it is for; none for its bias. */
export interface WeightPlace {
  readonly unit: Unit;
  readonly input: number | null;
}

export type EdgeValues = "weights" | "gradients";

export interface View {
  readonly store: Store;
  readonly easel: Easel;
  readonly geometry: ReadonlySignal<Geometry>;
  /** The neuron under the pointer or the keyboard focus. */
  readonly focus: Signal<Unit | null>;
  /** The epoch of the past that is shown, or that the run was rewound to; what came after it is faded. */
  readonly marked: ReadonlySignal<number | null>;
  /** The edge under the pointer. */
  readonly edge: Signal<WeightPlace | null>;
  /** What the lines of the network show. */
  readonly edges: Signal<EdgeValues>;
  /** The names of the panels that are open below the picture. */
  readonly opened: Signal<readonly string[]>;
  /** The hidden layer whose space is shown. */
  readonly spaceLayer: ReadonlySignal<number>;
  chooseLayer(layer: number): void;
  /** What the drawing shows of one step in slow motion, while its panel is open. */
  readonly walk: Signal<Walk | null>;
  /** What the reader draws on the map of this view. */
  readonly drawing: Drawing;
  /** What the reader does to weights. */
  readonly hand: Hand;
  readonly presentation: Presentation;
  /** Looks again at the sizes that the stylesheet decides. */
  remeasure(): void;
  /** What Python knows this view by. */
  readonly id: string;
  readonly visible: ReadonlySignal<boolean>;
}

export const ViewContext = createContext<View | null>(null);

export function useView(): View {
  const view = useContext(ViewContext);
  if (!view) throw new Error("a component of a widget is used outside of its view");
  return view;
}

/** A signal made from others and from the component's own inputs, which `useComputed` would not follow. */
export function useDerived<T>(derive: () => T, inputs: readonly unknown[]): ReadonlySignal<T> {
  return useMemo(() => computed(derive), [...inputs]);
}
