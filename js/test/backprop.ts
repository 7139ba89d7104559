// Passes as Python records them, and the explorer's settings for each.
import { readFileSync } from "node:fs";
import type { BackpropSettings, PassTrait } from "../src/generated/protocol";

export type PassName = "default" | "paths meet" | "three classes" | "vanishing" | "mini-batch" | "own module";

type Recorded = Record<string, unknown> & { settings: BackpropSettings };

const recorded: Record<PassName, Recorded> = JSON.parse(
  readFileSync("../tests/vectors/backprop.json", "utf8"),
);

const INTEGERS = ["edges", "uses"];
// biome-ignore format: one line reads better than seventeen
const FLOATS = ["values", "gradients", "after", "locals", "use_locals", "before", "gradient", "updated", "targets", "losses", "epsilons", "checks", "gradient_double", "part_values", "part_gradients", "part_locals"];

/** JSON has no NaN: there is none where nothing is. */
function bytes(values: unknown, kind: typeof Int32Array | typeof Float64Array): DataView {
  const flat = (values as unknown[]).flat(9) as (number | null)[];
  return new DataView(kind.from(flat.map((value) => value ?? Number.NaN)).buffer as ArrayBuffer);
}

/** A pass with some of it changed. */
export function passTrait(name: PassName, changes: Partial<PassTrait> = {}): PassTrait {
  const found: Record<string, unknown> = structuredClone(recorded[name]);
  for (const key of INTEGERS) found[key] = bytes(found[key], Int32Array);
  for (const key of FLOATS) found[key] = bytes(found[key], Float64Array);
  return { ...(found as unknown as PassTrait), ...changes };
}

const DEFAULTS: BackpropSettings = {
  hidden_layers: [2],
  activation: "tanh",
  loss_fn: "bce",
  n_outputs: 1,
  inputs: [[0.8, -0.5]],
  targets: [[1]],
  sample: 1,
  learning_rate: 0.5,
  weights: [0.6, -0.9, -0.7, 0.4, 0.1, -0.2, -1.1, 0.8, 0.2],
  seed: 0,
  detail: "node",
  step: 1,
  epsilon: 1e-3,
  precision: "double",
  beside: "",
};

/** The settings that a pass was made of. */
export const settingsOf = (name: PassName, changes: Partial<BackpropSettings> = {}): BackpropSettings => ({
  ...DEFAULTS,
  ...structuredClone(recorded[name].settings),
  ...changes,
});
