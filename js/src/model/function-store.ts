// The state of a trainer of functions: what all trainers have, the function, and networks of other sizes beside it.
import type { AnyModel } from "@anywidget/types";
import { computed, type ReadonlySignal } from "@preact/signals";
import type {
  FunctionDataTrait,
  FunctionLookMessage,
  FunctionMessage,
  FunctionSettings,
  FunctionTraits,
  HandMessage,
} from "../generated/protocol";
import { float64In } from "./binary";
import type { CommonStore, ControlsOf, SignalsOf } from "./common-store";
import { createCore } from "./core";
import { type FunctionFrame, readFunctionFrame } from "./function-frames";
import { FUNCTION_OTHER_NAMES, FUNCTION_SETTING_NAMES } from "./function-traits";
import type { SceneOf } from "./scene";

export type FunctionScene = SceneOf<FunctionDataTrait, FunctionFrame>;

/** Networks of one hidden layer with 1 to 64 neurons, trained side by side. */
export interface Sweep {
  readonly status: "running" | "stopped" | "done" | "error";
  readonly message: string;
  readonly neurons: readonly number[];
  /** Root mean square errors: a row for each number of neurons, a column for each seed. */
  readonly errors: readonly (readonly number[])[];
  readonly done: number;
  readonly epochs: number;
  /** Whether data or settings have changed since. */
  readonly stale: boolean;
}

export interface FunctionStore extends CommonStore {
  readonly traits: SignalsOf<FunctionTraits>;
  readonly controls: ControlsOf<FunctionSettings>;
  readonly scene: ReadonlySignal<FunctionScene>;
  readonly data: ReadonlySignal<FunctionDataTrait>;
  readonly sweep: ReadonlySignal<Sweep | null>;
  /** A function is drawn, or a drawing taken back. */
  draw(message: FunctionMessage): void;
  /** A weight is changed by hand, or put back. */
  edit(message: HandMessage): void;
  /** Networks of 1 to 64 neurons are trained, or left as they are. */
  compare(message: FunctionMessage): void;
  look(message: FunctionLookMessage): void;
}

export function createFunctionStore(model: AnyModel<FunctionTraits>): FunctionStore {
  const core = createCore<FunctionSettings, FunctionTraits, FunctionDataTrait, FunctionFrame>(
    model,
    FUNCTION_SETTING_NAMES,
    FUNCTION_OTHER_NAMES,
    { read: readFunctionFrame },
  );
  const sweep = computed((): Sweep | null => {
    const trait = core.traits._sweep.value;
    if (!trait?.neurons) return null;
    const cells = float64In(trait.errors);
    const { seeds } = trait;
    return {
      ...trait,
      errors: trait.neurons.map((_, row) => [...cells.subarray(row * seeds, (row + 1) * seeds)]),
    };
  });
  core.start();
  return { ...core, sweep, draw: core.tell, edit: core.tell, compare: core.say };
}
