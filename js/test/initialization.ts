// A measurement and a training as Python sends them, of networks with three hidden layers and an output.
import type { MeasuredTrait, TrainingTrait } from "../src/generated/protocol";

export const SCHEMES = ["zeros", "constant", "small", "large", "xavier", "he"];
const LABELS = ["Zeros", "Constant", "Small", "Large", "Xavier", "He"];
const FORMULAS = [
  "w = 0",
  "w = c",
  "Var(w) = σ²",
  "Var(w) = σ²",
  "Var(w) = 2 / (n_in + n_out)",
  "Var(w) = 2 / n_in",
];
export const LAYERS = 4;
export const BINS = 48;

export const SETTINGS = {
  initialiser: "xavier",
  activation: "relu",
  n_layers: 3,
  width: 64,
  distribution: "normal",
  constant: 0.1,
  small: 0.01,
  large: 1,
  layer: 2,
  moment: "start",
  dataset: "circles",
  n_samples: 200,
  seed: 0,
  learning_rate: 0.05,
  optimizer: "sgd",
  batch_size: 10,
  epochs: 50,
};
const LOOKED_AT = ["initialiser", "layer", "moment"];

type Values = (scheme: number, kind: number, layer: number) => number;

const view = ({ buffer }: { buffer: ArrayBufferLike }) => new DataView(buffer as ArrayBuffer);
const floats = (values: number[]) => view(Float64Array.from(values));

export function byKind(of: Values): DataView {
  const values: number[] = [];
  for (let scheme = 0; scheme < SCHEMES.length; scheme++)
    for (let kind = 0; kind < 4; kind++)
      for (let layer = 0; layer < LAYERS; layer++) values.push(of(scheme, kind, layer));
  return floats(values);
}

/** What each scheme multiplies variances by, in every layer. */
const FACTORS = [0, 100, 0.01, 64, 0.5, 1];

/** Activations from the first layer on, gradients from the last one back. */
export const variance: Values = (scheme, kind, layer) =>
  scheme === 0
    ? 0
    : (kind === 0 ? 2 : kind === 1 ? 1 : 1e-6) *
      (FACTORS[scheme] as number) ** (kind < 2 ? layer : LAYERS - 1 - layer);

export function measured(changes: Partial<MeasuredTrait> = {}): MeasuredTrait {
  const counts = new Uint32Array(SCHEMES.length * 4 * LAYERS * BINS);
  for (let row = 0; row < SCHEMES.length * 4 * LAYERS; row++) {
    counts[row * BINS + 20] = 50;
    counts[row * BINS + 24] = 100; // of which half are exactly 0
    counts[row * BINS + 30] = 50;
  }
  const each = (of: (scheme: number, layer: number) => number) =>
    floats(SCHEMES.flatMap((_, scheme) => Array.from({ length: LAYERS }, (__, layer) => of(scheme, layer))));
  return {
    version: 1,
    epoch: 0,
    settings: Object.fromEntries(Object.entries(SETTINGS).filter(([name]) => !LOOKED_AT.includes(name))),
    schemes: SCHEMES.map((name, scheme) => ({
      name,
      label: LABELS[scheme] as string,
      formula: FORMULAS[scheme] as string,
      std: scheme < 2 ? null : ([0.01, 1, 0.125, 0.177][scheme - 2] as number),
    })),
    width: 64,
    layers: LAYERS,
    bins: BINS,
    input_square: 1,
    variances: byKind(variance),
    predicted: byKind((...at) => 1.1 * variance(...at)),
    means: byKind((scheme, kind) => (scheme && kind === 1 ? 0.5 : 0)),
    zeros: byKind((scheme, kind) => (scheme === 0 ? 1 : kind === 1 ? 0.25 : 0)),
    broken: byKind(() => 0),
    saturated: each((_, layer) => (layer === LAYERS - 1 ? 0 : 0.5)),
    bounds: byKind((scheme, kind) => (scheme === 0 ? 0 : kind > 1 ? 1e-3 : 2)),
    counts: view(counts),
    stds: each((scheme) => [0, 0, 0.01, 1, 0.125, 0.177][scheme] as number),
    losses: floats(SCHEMES.map(() => 0.7)),
    accuracies: floats(SCHEMES.map(() => 0.5)),
    points: view(new Float32Array(200 * 3)),
    ...changes,
  };
}

export function training(epoch = 0, changes: Partial<TrainingTrait> = {}): TrainingTrait {
  const rows = (of: (scheme: number, at: number) => number) =>
    floats(SCHEMES.flatMap((_, scheme) => Array.from({ length: epoch + 1 }, (__, at) => of(scheme, at))));
  return {
    version: 1,
    status: epoch ? "done" : "ready",
    epoch,
    epochs: epoch,
    message: "",
    chance: 0.5,
    losses: rows((scheme, at) => (scheme === 5 ? 0.7 - 0.01 * at : 0.7)),
    accuracies: rows((scheme, at) => (scheme === 5 && at ? 0.98 : 0.5)),
    diverged: SCHEMES.map((name) => epoch > 0 && name === "large"),
    verdicts: SCHEMES.map((name) =>
      epoch === 0 ? "untrained" : name === "he" ? "learns" : name === "large" ? "diverged" : "stuck",
    ),
    texts: SCHEMES.map((name) =>
      name === "he" ? "learns: 98\u2009% right, loss 0.2" : "stays at chance: 50\u2009% right",
    ),
    size: 32,
    x_range: [-1, 1],
    y_range: [-1, 1],
    maps: view(new Uint8Array(SCHEMES.length * 32 * 32).fill(128)),
    ...changes,
  };
}
