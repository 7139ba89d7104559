// Weights under the reader's hand: typed beside the formula, and moved along x on the plot.
import { computed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { type Control, plainControl } from "../../model/controls";
import type { FunctionScene, FunctionStore } from "../../model/function-store";
import { controlShown } from "../shown";
import { useFunctions } from "./view";

/** A parameter of a neuron: a weight for one of its inputs, or its bias (none). */
export interface WeightOf {
  readonly layer: number;
  readonly unit: number;
  readonly input: number | null;
}

/** Views must not join each other's gestures by chance. */
let gestures = Math.floor(Math.random() * 2 ** 40) * 2 ** 12;
export const newGesture = () => ++gestures;

/** Where it is among all parameters; null where there is none. */
export function placeOf({ network }: FunctionScene, { layer, unit, input }: WeightOf): number | null {
  const { weight, bias } = network.layers[layer] ?? {};
  if (!weight) return null;
  if (input === null) return bias ? bias[0] + unit : null;
  return weight[0] + unit * weight[2] + input;
}

export function weightIn(scene: FunctionScene, place: WeightOf): number | null {
  const at = placeOf(scene, place);
  return at === null ? null : (scene.frame?.parameters[at] ?? null);
}

/** Whether weights can be changed now: not those of the past. */
export function canEdit(store: FunctionStore): boolean {
  const { network, frame } = store.scene.value;
  const present = frame && !frame.header.preview && network.version === store.traits._network.value.version;
  return Boolean(present && store.enabled.value && network.kind === "dense" && controlShown(store, "edit"));
}

export function edit(store: FunctionStore, place: WeightOf, value: number, gesture: number): void {
  const { version } = store.scene.peek().network;
  store.edit({ type: "edit", network_version: version, ...place, value, gesture });
}

/** How often a value that is dragged is sent. */
const SEND_MS = 50;

export interface Mover {
  /** The neuron's own sum is to be 0 at this x. */
  move(x: number): void;
  release(): void;
}

/** Moves a neuron of the only hidden layer along x, which its bias does; null where it cannot be moved. */
export function createMover(store: FunctionStore, unit: number): Mover | null {
  const { network, data } = store.scene.peek();
  const place = { layer: 0, unit, input: null };
  if (network.layers.length !== 2 || placeOf(store.scene.peek(), place) === null) return null;
  const gesture = newGesture();
  const [mean, deviation] = data.standardised ?? [0, 1];
  let wanted: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const send = () => {
    clearTimeout(timer);
    timer = undefined;
    const weight = weightIn(store.scene.peek(), { ...place, input: 0 });
    if (wanted === null || !weight) return;
    edit(store, place, Number((-weight * ((wanted - mean) / deviation)).toPrecision(6)), gesture);
    wanted = null;
  };
  return {
    move(x) {
      wanted = x;
      timer ??= setTimeout(send, SEND_MS);
    },
    release: send,
  };
}

const DIGITS = 3;

/** A weight as a field has it: so many digits as mean something. */
export function useWeight(layer: number, unit: number, input: number | null): Control<number> {
  const { store } = useFunctions();
  return useMemo(() => {
    const place = { layer, unit, input };
    return plainControl(
      computed(() => Number((weightIn(store.scene.value, place) ?? 0).toPrecision(DIGITS))),
      (value) => edit(store, place, value, newGesture()),
    );
  }, [store, layer, unit, input]);
}
