// The traits of all trainers that the browser follows. A name that Python has and that is missing here does not compile.
import type { CommonSettings, CommonTraits } from "../generated/protocol";

/** A reader can set these. */
export const COMMON_SETTINGS = {
  learning_rate: true,
  schedule: true,
  batch_size: true,
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
} satisfies Record<keyof CommonSettings, true>;

export const COMMON_OTHERS = {
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
  _network: true,
  _choices: true,
  _message: true,
  _diagnosis: true,
  panels: true,
  controls: true,
  lesson: true,
  _pins: true,
  _legend: true,
  _edits: true,
  _recorded: true,
} satisfies Partial<Record<keyof CommonTraits, true>>;
