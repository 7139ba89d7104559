// What the networks are, what goes through them, and how they are trained.

import { ACTIVATIONS } from "../../concepts/functions";
import { significant } from "../../draw/format";
import type { Choice } from "../../generated/protocol";
import type { Control } from "../../model/controls";
import { Named } from "../explorer/named";
import { SeedField, Select, Slider } from "../fields";
import { batchScale, learningRateScale, linearScale, listedScale, type Scale } from "../scales";
import type { useInitialization } from "./state";

type Found = ReturnType<typeof useInitialization>;

const WIDTHS = listedScale([2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256], String);
const EPOCHS = listedScale([1, 2, 5, 10, 20, 30, 50, 100, 200, 500, 1000], String);
const RATES = learningRateScale((rate) => significant(rate, 3));
const BATCHES = batchScale([1, 200]);
const SAMPLES = listedScale([20, 50, 100, 150, 200], String);
const DEPTHS = linearScale([2, 50], 1, String);

const plainNames = (...names: string[]) => names.map((name) => ({ name, label: name }));
const DATASETS = [
  ...plainNames("circles", "moons", "gaussians"),
  { name: "xor", label: "XOR" },
  ...plainNames("spiral", "rings"),
];
const OPTIMIZERS = [
  { name: "sgd", label: "SGD" },
  { name: "rmsprop", label: "RMSprop" },
  { name: "adam", label: "Adam" },
  { name: "adamw", label: "AdamW" },
  { name: "adagrad", label: "Adagrad" },
];
const DISTRIBUTIONS = plainNames("normal", "uniform");
const FUNCTIONS = Object.entries(ACTIVATIONS).map(([name, { label }]) => ({ name, label }));

/** The schemes that have a scale of their own, and what it is called. */
const SCALES: Readonly<Record<string, "constant" | "small" | "large">> = {
  constant: "constant",
  small: "small",
  large: "large",
};

/** From a thousandth to ten, in steps that can be told apart. */
const SIZES = {
  min: -3,
  max: 1,
  step: 0.05,
  toPosition: (value: number) => Math.log10(Math.max(1e-6, Math.abs(value))),
  fromPosition: (position: number) => Number((10 ** position).toPrecision(2)),
  text: (value: number) => significant(value, 3),
};

export function Controls({ found }: { found: Found }) {
  const { store, there, settings, measured } = found;
  const { controls } = store;
  const own = SCALES[settings.initialiser];
  const chosen = measured?.schemes.find(({ name }) => name === settings.initialiser);
  const off = !there;
  const select = (label: string, control: Control<string>, choices: readonly Choice[]) => (
    <Named class="nnw-init-named" label={label}>
      {(id) => <Select id={id} label={label} control={control} choices={choices} disabled={off} />}
    </Named>
  );
  const slider = (label: string, control: Control<number>, scale: Scale<number>) => (
    <Slider key={label} label={label} control={control} scale={scale} disabled={off} />
  );
  return (
    <div class="nnw-init-controls">
      {select("Activation", controls.activation, FUNCTIONS)}
      {slider("Hidden layers", controls.n_layers, DEPTHS)}
      {slider("Neurons a layer", controls.width, WIDTHS)}
      {own ? (
        slider(
          own === "constant" ? "Constant w" : `${own === "small" ? "Small" : "Large"} σ`,
          controls[own],
          SIZES,
        )
      ) : (
        <div class="nnw-field nnw-init-fixed">
          <div class="nnw-field-top">
            <span>{settings.initialiser === "zeros" ? "Weights w" : "Weights’ σ"}</span>
            <span data-n="std">{settings.initialiser === "zeros" ? "0" : significant(chosen?.std, 3)}</span>
          </div>
        </div>
      )}
      {select("Drawn from", controls.distribution, DISTRIBUTIONS)}
      {select("Data", controls.dataset, DATASETS)}
      {select("Optimizer", controls.optimizer, OPTIMIZERS)}
      {slider("Learning rate η", controls.learning_rate, RATES)}
      {slider("Batch size", controls.batch_size, BATCHES)}
      {slider("Epochs", controls.epochs, EPOCHS)}
      {slider("Samples", controls.n_samples, SAMPLES)}
      <Named class="nnw-init-named" label="Seed">
        {() => <SeedField label="Seed" dice="Other weights" control={controls.seed} disabled={off} />}
      </Named>
    </div>
  );
}
