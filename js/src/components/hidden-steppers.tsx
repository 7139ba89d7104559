// How many hidden layers a network has, and how many neurons are in each.
import type { ComponentChildren } from "preact";
import type { Control } from "../model/controls";
import { Stepper } from "./fields";

interface HiddenProps {
  control: Control<readonly number[]>;
  range: readonly [number, number];
  disabled: boolean;
  /** What stands before it. */
  children?: ComponentChildren;
}

/** `first` is how many neurons the first hidden layer of a network without one gets. */
export function LayersStepper({
  control,
  range,
  first,
  disabled,
  children,
}: HiddenProps & { first: number }) {
  const sizes = control.value.value;
  return (
    <Stepper
      value={sizes.length}
      range={range}
      less="Remove a hidden layer"
      more="Add a hidden layer"
      disabled={disabled}
      onStep={(change) => control.set(change > 0 ? [...sizes, sizes.at(-1) ?? first] : sizes.slice(0, -1))}
    >
      {children}
    </Stepper>
  );
}

/** Of the hidden layer number `layer`, counted from 0. */
export function NeuronsStepper({
  control,
  range,
  layer,
  disabled,
  children,
}: HiddenProps & { layer: number }) {
  const sizes = control.value.value;
  const units = sizes[layer] ?? 0;
  const name = `Hidden ${layer + 1}`;
  return (
    <Stepper
      value={units}
      range={range}
      less={`Remove a neuron from ${name}`}
      more={`Add a neuron to ${name}`}
      disabled={disabled}
      onStep={(change) => control.set(sizes.with(layer, units + change))}
    >
      {children}
    </Stepper>
  );
}
