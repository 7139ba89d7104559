// A stand-in for the Jupyter model of an image trainer: ten kinds of clothes, and frames with all of their parts.
import type {
  ChosenTrait,
  GalleryTrait,
  ImageFrameHeader,
  ImageTraits,
  WayTrait,
} from "../src/generated/protocol";
import { defaultTraits, type FakeModel, makeFrame, pack, type Rows, standIn } from "./fake-model";

export const CLASSES = [
  ...["T-shirt", "Trouser", "Pullover", "Dress", "Coat"],
  ...["Sandal", "Shirt", "Sneaker", "Bag", "Boot"],
];
export const SIDE = 28;
export const IMAGES = 28;
export const UNITS = 64;
export const STEPS_PER_EPOCH = 938;

/** Images that differ from one another: a frame around a field, as large as the number says. */
function pixels(count: number): DataView {
  const cells = new Uint8Array(count * SIDE * SIDE);
  for (let image = 0; image < count; image++) {
    const margin = 2 + (image % 9);
    for (let row = margin; row < SIDE - margin; row++)
      for (let column = margin; column < SIDE - margin; column++)
        cells[(image * SIDE + row) * SIDE + column] = 80 + 5 * (image % 28) + row;
  }
  return new DataView(cells.buffer);
}

export const GALLERY: GalleryTrait = {
  version: 1,
  wrong: false,
  actual: null,
  predicted: null,
  fitting: 10_000,
  images: Array.from({ length: IMAGES }, (_, index) => 1431 + 7 * index),
  labels: Array.from({ length: IMAGES }, (_, index) => (index + 2) % CLASSES.length),
  pixels: pixels(IMAGES),
};

/** The first of the gallery. */
export const CHOSEN: ChosenTrait = {
  version: 1,
  source: "test",
  name: "",
  image: 1431,
  label: 2,
  pixels: pixels(1),
};

const stage = (name: string, detail: string, units: number) => ({
  name,
  detail,
  kind: "units" as const,
  units,
  height: 1,
  width: 1,
});

export const WAY: WayTrait = {
  version: 1,
  stages: [stage("Hidden 1", "ReLU", UNITS), stage("Hidden 2", "ReLU", UNITS), stage("Output", "", 10)],
  units: UNITS,
  rows: SIDE,
  columns: SIDE,
};

/** A network with feature maps, of which two stages are images. */
export const MAPS: WayTrait = {
  version: 1,
  stages: [
    { name: "conv", detail: "Conv2d", kind: "maps", units: 8, height: 26, width: 26 },
    { name: "pool", detail: "MaxPool2d", kind: "maps", units: 8, height: 13, width: 13 },
    stage("Output", "", 10),
  ],
  units: 8,
  rows: 3,
  columns: 3,
};

export function defaultImageTraits(): ImageTraits {
  const planar = defaultTraits();
  return {
    ...planar,
    learning_rate: 0.001,
    batch_size: 64,
    epochs: 8,
    shuffle: false,
    loss_fn: "cross_entropy",
    hidden_layers: [64, 64],
    activation: "relu",
    speed: null,
    device_name: "cpu",
    loss: null,
    accuracy: null,
    _data: {
      version: 1,
      name: "fashion",
      label: "Fashion-MNIST",
      notice: "",
      n_train: 60_000,
      n_test: 10_000,
      class_names: CLASSES,
      counts: CLASSES.map(() => 1000),
      channels: 1,
      height: SIDE,
      width: SIDE,
    },
    _network: {
      version: 1,
      kind: "dense",
      parameter_count: 55_050,
      steps_per_epoch: STEPS_PER_EPOCH,
      editable: true,
      output: "logits",
      outputs: 10,
      layers: [
        {
          name: "Hidden 1",
          units: 64,
          activation: "relu",
          weight: [0, 64, 784],
          bias: [50_176, 64],
          scale_fixed: true,
        },
        {
          name: "Hidden 2",
          units: 64,
          activation: "relu",
          weight: [50_240, 64, 64],
          bias: [54_336, 64],
          scale_fixed: true,
        },
        {
          name: "Output",
          units: 10,
          activation: "none",
          weight: [54_400, 10, 64],
          bias: [55_040, 10],
          scale_fixed: true,
        },
      ],
      modules: [],
      parameters: [],
    },
    _choices: {
      ...planar._choices,
      datasets: [],
      lessons: [],
      speeds: [],
      losses: [{ name: "cross_entropy", label: "cross-entropy" }],
      loss_label: "cross-entropy",
      limits: { ...planar._choices.limits, neurons: [1, 512], batch_size: [1, 4096] },
    },
    _way: WAY,
    _gallery: GALLERY,
    _chosen: CHOSEN,
    _past: null,
    _snapshot: null,
  };
}

/** How many of each class are taken for each: 800 right, the others for the classes after it. */
export const CONFUSION = Float32Array.from({ length: CLASSES.length ** 2 }, (_, cell) => {
  const [actual, answered] = [Math.floor(cell / CLASSES.length), cell % CLASSES.length];
  if (actual === answered) return 800;
  const away = (answered - actual + CLASSES.length) % CLASSES.length;
  return away === 1 ? 150 : away === 2 ? 50 : 0;
});

/** Every fifth image of the gallery is taken for the class after its own. */
export const ANSWERS = Uint8Array.from(GALLERY.labels, (label, index) =>
  index % 5 ? label : (label + 1) % CLASSES.length,
);
export const CONFIDENCE = Float32Array.from(GALLERY.labels, (_, index) => 0.5 + (index % 5) / 10);
export const LOGITS = new Float32Array([-1.4, 1.6, 7.9, 0.3, 8.2, -6.4, 4.6, -6.5, -2, -8.4]);
export const PROBABILITIES = softmax(LOGITS);

function softmax(logits: Float32Array): Float32Array {
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Two of three units are on. */
const activations = Float32Array.from({ length: UNITS }, (_, unit) => (unit % 3 ? (unit % 7) / 3 : 0));
/** From, to, weight × activation. */
const edges = (targets: number) =>
  Float32Array.from(
    Array.from({ length: 20 }, (_, edge) => [
      (3 * edge + 1) % UNITS,
      (5 * edge) % targets,
      (edge % 2 ? -1 : 1) * (2 - edge / 10),
    ]).flat(),
  );

type Parts = Parameters<typeof pack>[0];

/** What a frame of a view with everything open brings. */
export const PARTS: Parts = [
  ["confusion", [10, 10], CONFUSION],
  ["answers", [IMAGES], ANSWERS],
  ["confidence", [IMAGES], CONFIDENCE],
  ["logits", [10], LOGITS],
  ["probabilities", [10], PROBABILITIES],
  ["stage0", [UNITS], activations],
  ["stage1", [UNITS], activations],
  ["edges1", [20, 3], edges(UNITS)],
  ["edges2", [20, 3], edges(10)],
  ["saliency", [SIDE, SIDE], Float32Array.from({ length: SIDE ** 2 }, (_, cell) => Math.sin(cell))],
  ["first", [UNITS, SIDE, SIDE], Uint8Array.from({ length: UNITS * SIDE ** 2 }, (_, cell) => cell % 255)],
  ["first_scale", [1], new Float32Array([0.1])],
  ["first_kind", [1], new Uint8Array([1])],
  ["first_bias", [UNITS], Float32Array.from({ length: UNITS }, (_, unit) => (unit - 32) / 100)],
  ["first_on", [UNITS], Float32Array.from({ length: UNITS }, (_, unit) => (unit % 16 ? 0.7 : 0.001))],
  ["first_class", [UNITS], Uint8Array.from({ length: UNITS }, (_, unit) => unit % 10)],
];

export interface ImageRows extends Rows {
  /** None: a frame of curves only. */
  parts?: Parts;
}

/** A frame has all parts unless it is told which. */
function makeImageFrame(
  traits: ImageTraits,
  values: Partial<ImageFrameHeader>,
  { steps = [], epochs = [], parts = PARTS }: ImageRows = {},
): [ImageFrameHeader, DataView] {
  const [laid, block] = pack([
    ["steps", [steps.length, 7], new Float64Array(steps.flat())],
    ["epochs", [epochs.length, 5], new Float64Array(epochs.flat())],
    ...parts,
  ]);
  const [usual] = makeFrame(traits, {});
  const header: ImageFrameHeader = {
    ...usual,
    loss: null,
    accuracy: null,
    steps_per_epoch: STEPS_PER_EPOCH,
    gallery_version: traits._gallery?.version ?? 0,
    chosen_version: traits._chosen?.version ?? 0,
    ...values,
    parts: laid,
  };
  return [header, block];
}

export type FakeImageModel = FakeModel<ImageTraits, ImageFrameHeader, ImageRows>;

export const fakeImageModel = (changes: Partial<ImageTraits> = {}): FakeImageModel =>
  standIn({ ...defaultImageTraits(), ...changes }, makeImageFrame);
