// A stand-in for the Jupyter model of a perceptron, which goes on by Rosenblatt's rule when it is told to.
import type { FrameHeader, PerceptronTraits, SeparationTrait } from "../src/generated/protocol";
import { defaultTraits, type FakeModel, makeFrame, type Rows, standIn } from "./fake-model";

export type Sample = readonly [x1: number, x2: number, y: number];
type Three = [number, number, number];

/** Four samples that a line separates. */
export const AND: Sample[] = [
  [0, 0, 0],
  [0, 1, 0],
  [1, 0, 0],
  [1, 1, 1],
];
export const XOR: Sample[] = [
  [0, 0, 0],
  [0, 1, 1],
  [1, 0, 1],
  [1, 1, 0],
];

export const SEPARABLE: SeparationTrait = {
  data_version: 1,
  separable: true,
  margin: 0.25,
  radius: Math.sqrt(3),
  bound: 48,
  start_bound: 50.5,
  line: [0.5, 0.5, -0.75],
  crossing: null,
};
export const INSEPARABLE: SeparationTrait = {
  data_version: 1,
  separable: false,
  margin: null,
  radius: Math.sqrt(3),
  bound: null,
  start_bound: null,
  line: null,
  crossing: { place: [0.5, 0.5], samples: [0, 3, 1, 2], weights: [0.5, 0.5, 0.5, 0.5] },
};

export interface FakePerceptron extends FakeModel<PerceptronTraits> {
  /** Applies the rule so many times, and sends one frame of what there is then. */
  step(count?: number, values?: Partial<FrameHeader>): void;
  /** The weights as they are now. */
  now(): Three;
}

interface Options {
  samples?: readonly Sample[];
  weights?: Three;
  rate?: number;
  separation?: SeparationTrait | null;
  changes?: Partial<PerceptronTraits>;
}

const sum = ([w1, w2, b]: Three, [x1, x2]: Sample) => w1 * x1 + w2 * x2 + b;

export function fakePerceptron({
  samples = AND,
  weights = [0.5, -0.25, 0.1],
  rate = 1,
  separation = SEPARABLE,
  changes = {},
}: Options = {}): FakePerceptron {
  const usual = defaultTraits();
  const count = samples.length;
  let now: Three = [...weights];
  let steps = 0;
  let updates = 0;
  let mistakes = 0;
  const past: number[] = [];
  const outputOf = (sample: Sample) => Number(sum(now, sample) > 0);

  const traits: PerceptronTraits = {
    ...usual,
    _snapshot: null,
    learning_rate: rate,
    batch_size: 1,
    loss_fn: "perceptron",
    hidden_layers: [],
    speed: 1,
    _data: {
      ...usual._data,
      name: "and",
      label: "AND",
      n_train: count,
      shown_train: count,
      points: new DataView(new Float32Array(samples.flat()).buffer),
      x_range: [-0.5, 1.5],
      y_range: [-0.5, 1.5],
    },
    _network: { ...usual._network, steps_per_epoch: count, output: "score" },
    _choices: { ...usual._choices, speeds: [0.25, 0.5, 1, 5, null] },
    _separation: separation,
    ...changes,
  };

  function parts(): NonNullable<Rows["inside"]> {
    const index = steps % count;
    const sample = samples[index] as Sample;
    const [x1, x2, y] = sample;
    const error = y - outputOf(sample);
    const change = [rate * error * x1, rate * error * x2, rate * error];
    const hand = [index, x1, x2, y, sum(now, sample), y - error, error, ...change];
    const after = now.map((weight, position) => weight + (change[position] as number));
    const epochs = past.flatMap((number, epoch) => [epoch + 1, number]);
    const wrong = samples.reduce(
      (bits, each, at) => bits | (Number(outputOf(each) !== each[2]) << (at % 8)),
      0,
    );
    return [
      ["parameters", [3], new Float32Array(now)],
      ["wrong", [1], new Uint8Array([wrong])],
      ["hand", [14], new Float64Array([...hand, ...after, Number(index === 0)])],
      ["counts", [3], new Float64Array([updates, mistakes, index])],
      ["mistakes", [epochs.length / 2, 2], new Float64Array(epochs)],
    ];
  }

  const model = standIn<PerceptronTraits, FrameHeader, object>(traits, (state, values) => {
    const right = samples.filter((sample) => outputOf(sample) === sample[2]).length;
    const told = {
      epoch: past.length,
      step: steps,
      steps_per_epoch: count,
      learning_rate: rate,
      accuracy: right / count,
    };
    return makeFrame(state, { ...told, ...values }, { inside: parts() });
  });

  function apply(): void {
    const sample = samples[steps % count] as Sample;
    const error = sample[2] - outputOf(sample);
    if (steps % count === 0) mistakes = 0;
    now = [now[0] + rate * error * sample[0], now[1] + rate * error * sample[1], now[2] + rate * error];
    updates += Number(error !== 0);
    mistakes += Number(error !== 0);
    steps++;
    if (steps % count === 0) past.push(mistakes);
  }
  return Object.assign(model, {
    step(times = 1, values: Partial<FrameHeader> = {}) {
      for (let turn = 0; turn < times; turn++) apply();
      model.frame(values, {});
    },
    now: () => now,
  });
}
