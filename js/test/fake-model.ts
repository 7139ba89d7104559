// A stand-in for the Jupyter model: traits, events, and a record of what was sent.
import type { AnyModel } from "@anywidget/types";
import type {
  CommonTraits,
  DatasetChoice,
  FeatureTrait,
  FrameHeader,
  FramePart,
  FunctionMessage,
  ImageLookMessage,
  ImageMessage,
  IncomingMessage,
  LayerTrait,
  OutgoingMessage,
  Traits,
} from "../src/generated/protocol";

type Listener = (...values: unknown[]) => void;

type Sent = OutgoingMessage | ImageMessage | ImageLookMessage | FunctionMessage;

export interface FakeModel<T extends CommonTraits = Traits, H = FrameHeader, R = Rows> extends AnyModel<T> {
  readonly sent: Sent[];
  /** The messages of one type that were sent. */
  sentOf<K extends Sent["type"]>(type: K): Extract<Sent, { type: K }>[];
  /** Python changes a trait. */
  update<K extends keyof T>(name: K, value: T[K]): void;
  /** Python sends a message. */
  receive(message: IncomingMessage, buffers?: DataView[]): void;
  frame(values?: Partial<H>, rows?: R): void;
  listeners(): number;
}

export interface Rows {
  steps?: number[][];
  epochs?: number[][];
  /** Parts that come because a panel wants them. */
  inside?: Parameters<typeof pack>[0];
}

const triples = (...values: number[]) => new DataView(new Float32Array(values).buffer);

const LAYERS: LayerTrait[] = [
  { name: "Hidden 1", units: 2, activation: "tanh", weight: [0, 2, 2], bias: [4, 2], scale_fixed: true },
  { name: "Output", units: 1, activation: "sigmoid", weight: [6, 1, 2], bias: [8, 1], scale_fixed: true },
];

export const PARAMETERS = [0.5, -1.25, 2, 0.75, 0.1, -0.2, 1.5, -2.5, 0.3];

const dataset = (name: string): DatasetChoice => ({
  name,
  label: name,
  classes: [2, 2, 2],
  points: triples(0, 0, 1, 0.5, 0.5, 0),
});

const feature = (name: string, label: string): FeatureTrait => ({
  name,
  label,
  tile: new DataView(new Uint8Array(32 * 32).fill(128).buffer),
});

export function defaultTraits(): Traits {
  return {
    learning_rate: 0.1,
    schedule: {},
    batch_size: 5,
    l1: 0,
    l2: 0,
    loss_fn: "bce",
    hidden_layers: [2],
    activation: "tanh",
    optimizer: "sgd",
    optimizer_options: {},
    speed: 30,
    stop_when: {},
    seed: 0,
    n_samples: 500,
    noise: 0.1,
    test_share: 0,
    data_seed: 0,
    n_classes: 2,
    features: ["x1", "x2"],
    standardise: false,
    axes: [0, 1],
    dropout: 0,
    initialiser: "default",
    initial_scale: 0.5,
    status: "idle",
    epoch: 0,
    step_count: 0,
    loss: 0.7,
    accuracy: 0.5,
    running_loss: null,
    running_accuracy: null,
    test_loss: null,
    test_accuracy: null,
    engine_name: "eager",
    _data: {
      version: 1,
      name: "circles",
      label: "circles",
      generated: true,
      n_train: 4,
      n_test: 0,
      shown_train: 4,
      shown_test: 0,
      feature_names: ["x1", "x2"],
      medians: [0, 0],
      axes: [0, 1],
      features: [feature("x1", "x₁"), feature("x2", "x₂"), feature("x1*x2", "x₁x₂")],
      inputs: ["x1", "x2"],
      drawn: false,
      can_undo: false,
      class_names: ["0", "1"],
      value_range: [0, 1],
      x_range: [-1.5, 1.5],
      y_range: [-1.5, 1.5],
      points: triples(0, 0, 1, 1, 0, 0, 0, 1, 0, -1, -1, 0),
    },
    _network: {
      version: 1,
      kind: "dense",
      parameter_count: 9,
      steps_per_epoch: 100,
      editable: true,
      output: "probability",
      outputs: 1,
      layers: LAYERS,
      modules: [{ name: "0", type: "Linear", detail: "2 → 2", parameters: 6 }],
      parameters: [
        { name: "0.weight", shape: [2, 2] },
        { name: "0.bias", shape: [2] },
        { name: "2.weight", shape: [1, 2] },
        { name: "2.bias", shape: [1] },
      ],
    },
    _choices: {
      activations: [
        { name: "tanh", label: "tanh" },
        { name: "relu", label: "ReLU" },
      ],
      optimizers: [
        {
          name: "sgd",
          label: "SGD",
          fields: [
            { option: "momentum", label: "momentum", index: null, default: 0 },
            { option: "nesterov", label: "Nesterov", index: null, default: false },
          ],
        },
        {
          name: "adam",
          label: "Adam",
          fields: [
            { option: "betas", label: "β₁", index: 0, default: [0.9, 0.999] },
            { option: "betas", label: "β₂", index: 1, default: [0.9, 0.999] },
          ],
        },
        { name: "adagrad", label: "Adagrad", fields: [] },
      ],
      schedules: [
        { name: "constant", label: "constant", options: {}, words: [] },
        { name: "step", label: "step", options: { step_size: 30, gamma: 0.5 }, words: ["every", "times"] },
      ],
      initialisers: [
        { name: "default", label: "PyTorch’s default", reason: "uniform", scale_symbol: "" },
        { name: "normal", label: "Normal", reason: "the scale decides", scale_symbol: "σ" },
      ],
      datasets: [dataset("circles"), dataset("moons")],
      speeds: [1, 2, 5, 10, 30, 100, null],
      lessons: [{ name: "xor", label: "One neuron cannot do XOR" }],
      losses: [
        { name: "bce", label: "binary cross-entropy" },
        { name: "mse", label: "mean squared error" },
      ],
      loss_label: "binary cross-entropy",
      limits: {
        neurons: [1, 16],
        layers: [0, 8],
        batch_size: [1, 500],
        n_samples: [20, 2000],
        noise: [0, 0.5],
      },
    },
    _message: null,
    _diagnosis: [],
    _snapshot: null,
    panels: null,
    controls: null,
    lesson: "",
    _pins: [],
    _past: null,
    _legend: [],
    _edits: { version: 1, frozen: [], can_undo: false },
    _recorded: null,
  };
}

type Numbers = Uint8Array | Int16Array | Float32Array | Float64Array;

/** Lays parts out as Python does: one block, each part at a multiple of eight bytes. */
export function pack(parts: [name: string, shape: number[], values: Numbers][]): [FramePart[], DataView] {
  let size = 0;
  const described = parts.map(([name, shape, values]): FramePart => {
    const part = { name, shape, dtype: dtype(values), offset: size };
    size += Math.ceil(values.byteLength / 8) * 8;
    return part;
  });
  const block = new Uint8Array(size);
  parts.forEach(([, , values], index) => {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    block.set(bytes, described[index]?.offset ?? 0);
  });
  return [described, new DataView(block.buffer)];
}

function dtype(values: Numbers): FramePart["dtype"] {
  if (values instanceof Uint8Array) return "uint8";
  if (values instanceof Int16Array) return "int16";
  return values instanceof Float32Array ? "float32" : "float64";
}

export const MAP_SIDE = 8;
const TILE_SIDE = 4;

/** What of the traits is in a header. */
type Told = Pick<Traits, "status" | "_network"> & { _data: { version: number } };

export function makeFrame(
  traits: Told,
  values: Partial<FrameHeader>,
  { steps = [], epochs = [], inside = [] }: Rows = {},
): [FrameHeader, DataView] {
  const [parts, block] = pack([
    ["parameters", [PARAMETERS.length], new Float32Array(PARAMETERS)],
    ["map", [MAP_SIDE, MAP_SIDE], new Uint8Array(MAP_SIDE ** 2).map((_, cell) => cell)],
    ["tiles", [2, TILE_SIDE, TILE_SIDE], new Uint8Array(2 * TILE_SIDE ** 2).fill(200)],
    ["tile_scales", [2], new Float32Array([1, 1])],
    ["wrong", [1], new Uint8Array([0b0101])],
    ["steps", [steps.length, 7], new Float64Array(steps.flat())],
    ["epochs", [epochs.length, 5], new Float64Array(epochs.flat())],
    ...inside,
  ]);
  const header: FrameHeader = {
    type: "frame",
    number: 1,
    full: false,
    interval: 0.029,
    learning_rate: 0.1,
    preview: false,
    status: traits.status,
    epoch: 0,
    step: 0,
    batch: 0,
    steps_per_epoch: 100,
    run_target_epoch: null,
    loss: 0.5,
    accuracy: 0.75,
    running_loss: null,
    running_accuracy: null,
    test_loss: null,
    test_accuracy: null,
    steps_per_second: null,
    network_version: traits._network.version,
    data_version: traits._data.version,
    focus: null,
    parts,
    ...values,
  };
  return [header, block];
}

export function fakeModel(changes: Partial<Traits> = {}): FakeModel {
  return standIn({ ...defaultTraits(), ...changes }, makeFrame);
}

/** A model of any trainer; `make` lays out its frames. */
export function standIn<T extends CommonTraits, H extends FrameHeader, R extends Rows>(
  traits: T,
  make: (traits: T, values: Partial<H>, rows: R) => [FrameHeader, DataView],
): FakeModel<T, H, R> {
  const listeners = new Map<string, Set<Listener>>();
  const sent: OutgoingMessage[] = [];
  let number = 0;
  const emit = (name: string, ...values: unknown[]) => {
    for (const listener of [...(listeners.get(name) ?? [])]) listener(...values);
  };
  const model = {
    sent,
    sentOf: (type: string) => sent.filter((message) => message.type === type),
    get: (name: keyof T) => traits[name],
    set() {
      throw new Error("the browser never writes traits");
    },
    save_changes() {
      throw new Error("the browser never writes traits");
    },
    on(name: string, listener: Listener) {
      listeners.set(name, (listeners.get(name) ?? new Set()).add(listener));
    },
    off(name: string, listener: Listener) {
      listeners.get(name)?.delete(listener);
    },
    send(message: OutgoingMessage) {
      sent.push(message);
    },
    update(name: keyof T & string, value: never) {
      traits[name] = value;
      emit(`change:${name}`);
    },
    receive(message: IncomingMessage, buffers: DataView[] = []) {
      emit("msg:custom", message, buffers);
    },
    frame(values: Partial<H> = {}, rows: R = {} as R) {
      number = values.number ?? number + 1;
      const [header, block] = make(traits, { ...values, number }, rows);
      emit("msg:custom", header, [block]);
    },
    listeners: () => [...listeners.values()].reduce((count, some) => count + some.size, 0),
  };
  return model as unknown as FakeModel<T, H, R>;
}
