// The traits of an image trainer that the browser follows. A name that Python has and that is missing here does not
// compile.
import type { ImageSettings, ImageTraits } from "../generated/protocol";

/** A reader can set these. */
export const IMAGE_SETTING_NAMES = Object.keys({
  learning_rate: true,
  schedule: true,
  batch_size: true,
  epochs: true,
  shuffle: true,
  l1: true,
  l2: true,
  loss_fn: true,
  hidden_layers: true,
  activation: true,
  optimizer: true,
  optimizer_options: true,
  speed: true,
  stop_when: true,
  seed: true,
  dropout: true,
  initialiser: true,
  initial_scale: true,
} satisfies Record<keyof ImageSettings, true>) as (keyof ImageSettings)[];

export const IMAGE_OTHER_NAMES = Object.keys({
  status: true,
  epoch: true,
  step_count: true,
  loss: true,
  accuracy: true,
  running_loss: true,
  running_accuracy: true,
  test_loss: true,
  test_accuracy: true,
  engine_name: true,
  device_name: true,
  _data: true,
  _network: true,
  _way: true,
  _gallery: true,
  _chosen: true,
  _choices: true,
  _message: true,
  _diagnosis: true,
  _snapshot: true,
  _past: true,
  panels: true,
  controls: true,
  lesson: true,
  _pins: true,
  _legend: true,
  _edits: true,
} satisfies Record<Exclude<keyof ImageTraits, keyof ImageSettings>, true>) as Exclude<
  keyof ImageTraits,
  keyof ImageSettings
>[];
