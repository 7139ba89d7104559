// Models as Python reads them, and the explorer's settings: from what Python has recorded, or made by hand.
import { readFileSync } from "node:fs";
import { SLOTS } from "../src/components/anatomy/state";
import { readTree, type Tree } from "../src/components/anatomy/tree";
import type {
  AnatomyParameterTrait,
  AnatomyTrait,
  NetworkAnatomySettings,
  NodeTrait,
  NumbersTrait,
  ShapeTrait,
} from "../src/generated/protocol";

export const DEFAULTS: NetworkAnatomySettings = {
  channel: 0,
  first: 0,
  guess: null,
  guessing: false,
  network: "dense",
  pixel: [],
  revealed: 0,
  sample: 1,
  selected: "",
  tensor: "",
  unfolded: null,
  window: [],
};

export const shapes = (...all: number[][]): ShapeTrait[] =>
  all.map((shape) => ({ path: "", shape, dtype: "float32" }));

export const nodeTrait = (changes: Partial<NodeTrait> = {}): NodeTrait => ({
  key: "",
  kind: "module",
  name: changes.key ?? "",
  type: "Linear",
  detail: "",
  parent: -1,
  call: 1,
  calls: 1,
  repeats: 1,
  inputs: [],
  outputs: [],
  parameters: [],
  count: 0,
  trainable: 0,
  fresh: 0,
  terms: [],
  shares: [],
  multiply_adds: 0,
  parameter_bytes: 0,
  output_bytes: 0,
  ...changes,
});

export const anatomyTrait = (changes: Partial<AnatomyTrait> = {}): AnatomyTrait => ({
  version: 1,
  name: "Sequential",
  owner: "settings",
  label: "",
  mode: "evaluation",
  samples: 1,
  nodes: [],
  edges: [],
  parameters: [],
  unfolded: [],
  parameter_count: 0,
  frozen: 0,
  multiply_adds: 0,
  parameter_bytes: 0,
  buffer_bytes: 0,
  output_bytes: 0,
  operations: 0,
  without: 0,
  failed: null,
  notes: [],
  ...changes,
});

/** A Sequential of Linear layers of these sizes with ReLUs between them, for so many samples. */
export function denseTrait(sizes: readonly number[] = [784, 64, 64, 10], samples = 1): AnatomyTrait {
  const nodes: NodeTrait[] = [];
  const parameters: AnatomyParameterTrait[] = [];
  const add = (changes: Partial<NodeTrait>) => nodes.push(nodeTrait(changes));
  add({ key: ":input", kind: "input", name: "input", type: "", outputs: shapes([samples, sizes[0] ?? 0]) });
  sizes.slice(1).forEach((out, at) => {
    const into = sizes[at] ?? 0;
    const key = String(2 * at);
    const first = parameters.length;
    const own = (name: string, shape: number[]) =>
      parameters.push({
        names: [`${key}.${name}`],
        shape,
        dtype: "float32",
        trainable: true,
        count: shape.reduce((all, each) => all * each, 1),
      });
    own("weight", [out, into]);
    own("bias", [out]);
    const count = out * into + out;
    add({
      key,
      detail: `${into} → ${out}`,
      inputs: shapes([samples, into]),
      outputs: shapes([samples, out]),
      parameters: [first, first + 1],
      count,
      trainable: count,
      fresh: count,
      terms: [
        { parameter: first, factors: [into, out], meanings: ["inputs", "neurons"] },
        { parameter: first + 1, factors: [out], meanings: ["neurons"] },
      ],
      multiply_adds: samples * into * out,
      parameter_bytes: 4 * count,
      output_bytes: 4 * samples * out,
    });
    if (at < sizes.length - 2)
      add({
        key: String(2 * at + 1),
        type: "ReLU",
        inputs: shapes([samples, out]),
        outputs: shapes([samples, out]),
        output_bytes: 4 * samples * out,
      });
  });
  add({
    key: ":output",
    kind: "output",
    name: "output",
    type: "",
    inputs: shapes([samples, sizes.at(-1) ?? 0]),
  });
  const total = (name: "count" | "multiply_adds" | "output_bytes") =>
    nodes.reduce((all, node) => all + node[name], 0);
  const [count, macs, bytes] = [total("count"), total("multiply_adds"), total("output_bytes")];
  return anatomyTrait({
    label: "the chapter's: 784-64-64-10",
    samples,
    nodes,
    parameters,
    edges: nodes.slice(1).flatMap((_, at) => [at, at + 1]),
    parameter_count: count,
    multiply_adds: macs,
    parameter_bytes: 4 * count,
    output_bytes: bytes,
  });
}

export const numbersTrait = (changes: Partial<NumbersTrait> = {}): NumbersTrait => ({
  version: 1,
  step: null,
  epoch: null,
  loss: null,
  settled: true,
  share: null,
  has_gradients: false,
  rows: [],
  ...changes,
});

/** The traits that are no settings, as Python has them when it has read the model and nothing is open. */
export const traitsOf = (anatomy: AnatomyTrait | null = denseTrait()) => ({
  ...Object.fromEntries(SLOTS.map((name) => [name, null])),
  _anatomy: anatomy,
  _numbers: null,
  _trouble: "",
  status: "ready",
});

// --- what Python has recorded ---

const recorded: Record<string, AnatomyTrait> = JSON.parse(
  readFileSync("../tests/vectors/anatomy.json", "utf8"),
);

/** Names under which arrays are sent: lists in the file, of which JSON has no NaN. */
// biome-ignore format: one line reads better than fifteen
const ARRAYS = new Set(["values", "lows", "highs", "patch", "kernel", "inside", "mean", "variance", "weight", "bias", "mean_in", "variance_in", "mean_out", "variance_out"]);

export const floats = (values: readonly unknown[]): DataView =>
  new DataView(
    Float32Array.from((values.flat(9) as (number | null)[]).map((value) => value ?? Number.NaN)).buffer,
  );

/** Lists of numbers become what the browser gets of them. */
export function withArrays<T>(value: unknown): T {
  if (Array.isArray(value)) return value.map((each) => withArrays(each)) as T;
  if (typeof value !== "object" || value === null) return value as T;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      ARRAYS.has(name) && Array.isArray(each) ? floats(each) : withArrays(each),
    ]),
  ) as T;
}

export const recordedNames = Object.keys(recorded);

/** A model as Python has read it; each call gives one of its own. */
export const recordedTrait = (name: string): AnatomyTrait => structuredClone(recorded[name] as AnatomyTrait);

export const treeOf = (trait: AnatomyTrait): Tree => readTree(trait) as Tree;
