// What the components of a trainer of the plane may use beside what all views have.
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { Store } from "../model/store";
import { type Geometry, useView, type View } from "./context";
import type { Drawing } from "./drawing";
import type { Easel } from "./easel";
import type { Hand } from "./hand";
import type { Walk } from "./walk";

/** A neuron; layer 0 is the first one after the inputs. */
export type Unit = [layer: number, unit: number];

/** Sizes in CSS pixels that the stylesheet decides by the width of the container. */
export interface PlaneGeometry extends Geometry {
  /** Side of the plane. */
  readonly plot: number;
  readonly thumbnail: number;
}

/** Of a view with a network in it. */
export interface PlanarGeometry extends PlaneGeometry {
  readonly tile: number;
  readonly inputTile: number;
  readonly gap: number;
  /** Width of the network. */
  readonly stage: number;
}

/** A weight: the neuron it belongs to, and which of that neuron's inputs it is for; none for its bias. */
export interface WeightPlace {
  readonly unit: Unit;
  readonly input: number | null;
}

export type EdgeValues = "weights" | "gradients";

/** A view with points on a plane, which the reader may have drawn. */
export interface PlaneView extends View {
  readonly store: Store;
  readonly geometry: ReadonlySignal<PlaneGeometry>;
  /** What the reader draws on the plane of this view. */
  readonly drawing: Drawing;
}

export interface PlanarView extends PlaneView {
  readonly easel: Easel<Store["scene"]["value"]>;
  readonly geometry: ReadonlySignal<PlanarGeometry>;
  /** The neuron under the pointer or the keyboard focus. */
  readonly focus: Signal<Unit | null>;
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
  /** What the reader does to weights. */
  readonly hand: Hand;
}

/** Views of a trainer of the plane have no others in them. */
export const usePlanar = () => useView() as PlanarView;

/** In a view of any trainer whose samples are points on a plane. */
export const usePlane = () => useView() as PlaneView;
