// What Python has measured, read from its arrays.
import type { MeasuredTrait, SchemeTrait, TrainingTrait } from "../../generated/protocol";
import { bytesIn, float64In } from "../../model/binary";

/** Pre-activation, activation, gradient with respect to the activation, and to the weights that lead to the layer. */
export const KINDS = ["z", "a", "da", "dw"] as const;
export type Kind = (typeof KINDS)[number];
/** What flows backwards. */
export const isBackward = (kind: Kind) => kind === "da" || kind === "dw";

export interface Bins {
  /** The bins go from −bound to bound. */
  readonly bound: number;
  readonly counts: Uint32Array;
}

/** Values by scheme, kind and layer; layers count from 0, and the last of them is the output. */
export type Read = (scheme: number, kind: Kind, layer: number) => number;

export interface Measured {
  readonly version: number;
  readonly epoch: number;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly schemes: readonly SchemeTrait[];
  readonly width: number;
  /** Hidden layers and the output. */
  readonly layers: number;
  readonly inputSquare: number;
  readonly variance: Read;
  readonly predicted: Read;
  readonly mean: Read;
  readonly zeros: Read;
  readonly broken: Read;
  saturated(scheme: number, layer: number): number;
  std(scheme: number, layer: number): number;
  bins(scheme: number, kind: Kind, layer: number): Bins;
  readonly points: Float32Array;
}

/** None before the first measurement. */
export function readMeasured(trait: MeasuredTrait | null | undefined): Measured | null {
  if (!trait?.version) return null;
  const { layers, bins: size } = trait;
  const place = (scheme: number, kind: Kind, layer: number) =>
    (scheme * KINDS.length + KINDS.indexOf(kind)) * layers + layer;
  const byKind = (bytes: DataView): Read => {
    const values = float64In(bytes);
    return (...at) => values[place(...at)] ?? Number.NaN;
  };
  const byLayer = (bytes: DataView) => {
    const values = float64In(bytes);
    return (scheme: number, layer: number) => values[scheme * layers + layer] ?? Number.NaN;
  };
  const bound = byKind(trait.bounds);
  const counts = new Uint32Array(bytesIn(trait.counts).slice().buffer);
  return {
    version: trait.version,
    epoch: trait.epoch,
    settings: trait.settings,
    schemes: trait.schemes,
    width: trait.width,
    layers,
    inputSquare: trait.input_square,
    variance: byKind(trait.variances),
    predicted: byKind(trait.predicted),
    mean: byKind(trait.means),
    zeros: byKind(trait.zeros),
    broken: byKind(trait.broken),
    saturated: byLayer(trait.saturated),
    std: byLayer(trait.stds),
    bins: (...at) => ({
      bound: bound(...at),
      counts: counts.subarray(place(...at) * size, (place(...at) + 1) * size),
    }),
    points: new Float32Array(bytesIn(trait.points).slice().buffer),
  };
}

export interface Training extends Pick<TrainingTrait, "status" | "epoch" | "epochs" | "message" | "chance"> {
  readonly verdicts: readonly TrainingTrait["verdicts"][number][];
  readonly texts: readonly string[];
  readonly diverged: readonly boolean[];
  /** By epoch, from the one before training. */
  losses(scheme: number): Float64Array;
  accuracies(scheme: number): Float64Array;
  readonly size: number;
  readonly xRange: readonly [number, number];
  readonly yRange: readonly [number, number];
  /** The class 1 as bytes, the upper row first; none where there is no map. */
  map(scheme: number): Uint8Array | null;
}

export function readTraining(trait: TrainingTrait | null | undefined): Training | null {
  if (!trait?.version) return null;
  const rows = (bytes: DataView) => {
    const values = float64In(bytes);
    const length = Math.floor(values.length / Math.max(1, trait.verdicts.length));
    return (scheme: number) => values.subarray(scheme * length, (scheme + 1) * length);
  };
  const maps = bytesIn(trait.maps);
  const cells = trait.size ** 2;
  return {
    status: trait.status,
    epoch: trait.epoch,
    epochs: trait.epochs,
    message: trait.message,
    chance: trait.chance,
    verdicts: trait.verdicts,
    texts: trait.texts,
    diverged: trait.diverged,
    losses: rows(trait.losses),
    accuracies: rows(trait.accuracies),
    size: trait.size,
    xRange: trait.x_range,
    yRange: trait.y_range,
    map: (scheme) =>
      maps.length >= (scheme + 1) * cells ? maps.subarray(scheme * cells, (scheme + 1) * cells) : null,
  };
}
