// A stand-in for the Jupyter model of a trainer of functions: a sine, and three neurons that come near to it.
import type {
  FunctionDataTrait,
  FunctionFrameHeader,
  FunctionTraits,
  LayerTrait,
  SweepTrait,
} from "../src/generated/protocol";
import { defaultTraits, type FakeModel, makeFrame, pack, type Rows, standIn } from "./fake-model";

export const GRID = 129;
const DOMAIN: [number, number] = [-3, 3];
const gridAt = (index: number) => DOMAIN[0] + (index / (GRID - 1)) * (DOMAIN[1] - DOMAIN[0]);
const overGrid = (value: (x: number) => number) =>
  Float32Array.from({ length: GRID }, (_, i) => value(gridAt(i)));
const floats = (values: Float32Array) => new DataView(values.buffer);

/** Weight, bias and output weight of each neuron. */
export const NEURONS: readonly (readonly [w: number, b: number, v: number])[] = [
  [1.25, 0.5, 1.5],
  [2, -3, -0.75],
  [-1.5, -3, 0.5],
];
export const BIAS = 0.125;
/** As PyTorch lays them out: hidden weights, hidden biases, output weights, output bias. */
export const PARAMETERS = Float32Array.from([
  ...NEURONS.map(([w]) => w),
  ...NEURONS.map(([, b]) => b),
  ...NEURONS.map(([, , v]) => v),
  BIAS,
]);

export const piece = (index: number, x: number) => {
  const [w, b, v] = NEURONS[index] as [number, number, number];
  return v * Math.tanh(w * x + b);
};
export const fitAt = (x: number) => NEURONS.reduce((sum, _, index) => sum + piece(index, x), BIAS);
export const CONTRIBUTIONS = Float32Array.from(
  NEURONS.flatMap((_, index) => [...overGrid((x) => piece(index, x))]),
);

const SAMPLES = Array.from({ length: 20 }, (_, index) => -3 + (6 * index) / 19);
export const RESIDUALS = Float32Array.from(SAMPLES, (x) => fitAt(x) - Math.sin(x));

export const DATA: FunctionDataTrait = {
  version: 1,
  name: "sine",
  label: "sine",
  expression: "sin(x)",
  n_train: SAMPLES.length,
  n_test: 0,
  shown_train: SAMPLES.length,
  shown_test: 0,
  class_names: [],
  feature_names: ["x"],
  domain: DOMAIN,
  value_range: [-1, 1],
  generated: true,
  drawn: false,
  can_undo: false,
  standardised: null,
  points: floats(Float32Array.from(SAMPLES.flatMap((x) => [x, Math.sin(x)]))),
  target: floats(overGrid(Math.sin)),
};

const LAYERS: LayerTrait[] = [
  { name: "Hidden 1", units: 3, activation: "tanh", weight: [0, 3, 1], bias: [3, 3], scale_fixed: true },
  { name: "Output", units: 1, activation: "linear", weight: [6, 1, 3], bias: [9, 1], scale_fixed: true },
];

const choice = (name: string, expression: string, value: (share: number) => number) => ({
  name,
  label: name,
  expression,
  domain: DOMAIN,
  values: floats(Float32Array.from({ length: 48 }, (_, index) => value(index / 47))),
});

export const SWEEP: SweepTrait = {
  version: 1,
  status: "running",
  message: "",
  neurons: [1, 8, 64],
  seeds: 3,
  done: 50,
  epochs: 200,
  errors: new DataView(new Float64Array([0.5, 0.4, 0.6, 0.05, Number.NaN, 0.03, 0.004, 0.002, 0.003]).buffer),
  stale: false,
};

export function defaultFunctionTraits(): FunctionTraits {
  const { _data, _past, _snapshot, n_classes, features, standardise, axes, ...planar } = defaultTraits();
  return {
    ...planar,
    accuracy: null,
    hidden_layers: [3],
    function: "sine",
    domain: DOMAIN,
    standardise: false,
    _data: DATA,
    _network: {
      ...planar._network,
      parameter_count: 10,
      output: "value",
      layers: LAYERS,
      parameters: [
        { name: "0.weight", shape: [3, 1] },
        { name: "0.bias", shape: [3] },
        { name: "2.weight", shape: [1, 3] },
        { name: "2.bias", shape: [1] },
      ],
    },
    _choices: {
      ...planar._choices,
      datasets: [],
      lessons: [],
      functions: [
        choice("sine", "sin(x)", (share) => (1 + Math.sin(6 * share - 3)) / 2),
        choice("step", "step(x)", (share) => Number(share > 0.5)),
      ],
      limits: { ...planar._choices.limits, neurons: [1, 64] },
    },
    _sweep: null,
    _past: null,
    _snapshot: null,
  };
}

type Parts = Parameters<typeof pack>[0];

/** What a frame brings of a network that ends in a linear layer. */
export const PARTS: Parts = [
  ["parameters", [PARAMETERS.length], PARAMETERS],
  ["fit", [GRID], overGrid(fitAt)],
  ["contributions", [NEURONS.length, GRID], CONTRIBUTIONS],
  ["bias", [1], new Float32Array([BIAS])],
  ["places", [NEURONS.length], Float32Array.from(NEURONS, ([w, b]) => -b / w)],
  ["residuals", [RESIDUALS.length], RESIDUALS],
];

export interface FunctionRows extends Rows {
  parts?: Parts;
}

function makeFunctionFrame(
  traits: FunctionTraits,
  values: Partial<FunctionFrameHeader>,
  { steps = [], epochs = [], parts = PARTS }: FunctionRows = {},
): [FunctionFrameHeader, DataView] {
  const [laid, block] = pack([
    ["steps", [steps.length, 7], new Float64Array(steps.flat())],
    ["epochs", [epochs.length, 5], new Float64Array(epochs.flat())],
    ...parts,
  ]);
  const [usual] = makeFrame(traits, {});
  return [{ ...usual, accuracy: null, ...values, parts: laid }, block];
}

export type FakeFunctionModel = FakeModel<FunctionTraits, FunctionFrameHeader, FunctionRows>;

export const fakeFunctionModel = (changes: Partial<FunctionTraits> = {}): FakeFunctionModel =>
  standIn({ ...defaultFunctionTraits(), ...changes }, makeFunctionFrame);
