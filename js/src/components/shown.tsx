// What a student sees: panels and controls that Python names, or all of them.
import type { ComponentChildren } from "preact";
import type { CommonStore } from "../model/common-store";
import { useView } from "./context";

const has = (names: readonly string[] | null | undefined, wanted: readonly string[]) =>
  !names || wanted.some((name) => names.includes(name));

export const controlShown = ({ traits }: CommonStore, ...names: string[]) =>
  has(traits.controls.value, names);

/** The parts of the picture that can be left out, as Python calls them. */
export const ZONES = ["data", "network", "output", "curves", "hyperparameters", "diagnosis", "timeline"];

/** The controls that a panel is there for; without any of them it would be empty. */
const PURPOSE: Partial<Record<string, readonly string[]>> = {
  data: ["dataset", "draw", "n_samples", "noise", "n_classes", "test_share", "data_seed", "batch_size"],
  hyperparameters: [
    ...["loss_fn", "optimizer", "optimizer_options", "learning_rate", "schedule", "l1", "l2", "dropout"],
    ...["initialiser", "initial_scale", "stop_when", "seed"],
  ],
};

export function panelShown(store: CommonStore, name: string, controls = PURPOSE[name]): boolean {
  return has(store.traits.panels.value, [name]) && (!controls || controlShown(store, ...controls));
}

interface OnlyProps {
  /** Names of controls, any of which is enough. */
  control: string;
  children: ComponentChildren;
}

/** What belongs to a control, if that is on screen. */
export function Only({ control, children }: OnlyProps) {
  return controlShown(useView().store, ...control.split(" ")) ? children : null;
}
