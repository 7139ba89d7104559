// What every component may use: the trainer's state, and the drawing loop of the view it is in.
import { computed, type ReadonlySignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext, useMemo } from "preact/hooks";
import type { CommonScene, CommonStore } from "../model/common-store";
import type { Easel } from "./easel";
import type { IconName } from "./icon";
import type { Presentation } from "./presentation";

export interface Geometry {
  /** Whether zones fold, as the stylesheet decides by the width of the container. */
  readonly narrow: boolean;
  /** Real pixels per CSS pixel. */
  readonly ratio: number;
}

/** A way to go on beside one batch and one epoch. */
export interface Move {
  readonly label: string;
  readonly word: string;
  readonly icon: IconName;
  readonly key: string;
  press(): void;
}

export interface View {
  readonly store: CommonStore;
  readonly easel: Easel<CommonScene>;
  readonly geometry: ReadonlySignal<Geometry>;
  readonly presentation: Presentation;
  /** Whether a run has to be paused before it is reset, or a step is made. */
  readonly locks?: boolean;
  /** What a step is called here, where that is not "batch". */
  readonly batch?: string;
  /** Steps of its own kind. */
  readonly moves?: readonly Move[];
  /** Keys of its own parts: what is pressed, what it does, and the control that it belongs to. */
  readonly keys?: readonly (readonly [key: string, what: string, control: string])[];
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
