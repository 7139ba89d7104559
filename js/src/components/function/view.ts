// What the components of a trainer of functions may use beside what all views have.
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { FunctionScene, FunctionStore } from "../../model/function-store";
import { type Geometry, useView, type View } from "../context";
import type { Easel } from "../easel";
import type { Sketch } from "./sketch";

/** Sizes in CSS pixels that the stylesheet decides by the width of the container. */
export interface FunctionGeometry extends Geometry {
  /** Of the plot with the labels of its axis. */
  readonly plot: number;
  /** Heights of the part with the function, and of that with the pieces. */
  readonly fit: number;
  readonly pieces: number;
  /** Width and height of the tiles of all neurons together. */
  readonly tiles: number;
  readonly tilesHeight: number;
  readonly thumbnail: number;
}

/** What can be left out of the plot. */
export interface Shown {
  readonly target: boolean;
  readonly train: boolean;
  readonly test: boolean;
  readonly errors: boolean;
}

export interface FunctionView extends View {
  readonly store: FunctionStore;
  readonly easel: Easel<FunctionScene>;
  readonly geometry: ReadonlySignal<FunctionGeometry>;
  /** The neuron of the last hidden layer under the pointer or the keyboard focus. */
  readonly hovered: Signal<number | null>;
  /** The one that stays explained. */
  readonly chosen: Signal<number | null>;
  /** The one that is explained now: what adding up has come to, where nobody points at another. */
  readonly unit: ReadonlySignal<number | null>;
  /** How many neurons are added up on the plot; none where all of them are, which is the fit. */
  readonly adding: Signal<number | null>;
  readonly shown: Signal<Shown>;
  /** Whether the distributions of weights, gradients and activations are open. */
  readonly inside: Signal<boolean>;
  /** The function that the reader draws. */
  readonly sketch: Sketch;
}

/** Views of a trainer of functions have no others in them. */
export const useFunctions = () => useView() as FunctionView;
