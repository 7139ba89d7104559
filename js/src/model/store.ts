// The state of a trainer of the plane: what all trainers have, the decision map, and what a hand does to the picture.
import type { AnyModel } from "@anywidget/types";
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type {
  CommonTraits,
  DataTrait,
  DrawMessage,
  EditedMessage,
  FrameHeader,
  HandMessage,
  LookMessage,
  Settings,
  Traits,
} from "../generated/protocol";
import type { CommonStore, ControlsOf, Core, SignalsOf } from "./common-store";
import { createCore } from "./core";
import { type Bytes, type Frame, readFrame } from "./frames";
import type { SceneOf } from "./scene";
import { readTrace, type Trace } from "./trace";
import { OTHER_NAMES, SETTING_NAMES } from "./traits";

export { SILENCE_MS } from "./answering";
export type { Control } from "./controls";
export type { Field, Frame } from "./frames";

/** The trait that each setting follows; the data set's name is part of a larger trait. */
export type SettingValues = Settings & { dataset: string };
export type Controls = ControlsOf<SettingValues>;
export type TraitSignals = SignalsOf<Traits>;

export type Scene = SceneOf<DataTrait, Frame>;

export interface Store extends CommonStore {
  readonly traits: TraitSignals;
  readonly controls: Controls;
  readonly scene: ReadonlySignal<Scene>;
  readonly data: ReadonlySignal<DataTrait>;
  /** The next step in slow motion, as it was when `askTrace` was last answered. */
  readonly trace: ReadonlySignal<Trace | null>;
  askTrace(): void;
  /** Points are painted or erased. */
  draw(message: DrawMessage): void;
  /** A weight is changed by hand. */
  handle(message: HandMessage): void;
  /** The last edit by hand that the frames have. */
  readonly edited: ReadonlySignal<EditedMessage | null>;
  look(message: LookMessage): void;
}

/** What the trainer has beside what all trainers of the plane have. */
interface More<Own extends Traits, F extends Frame> {
  readonly others: readonly (keyof Own & string)[];
  /** `before` is the frame on screen. */
  read(header: FrameHeader, bytes: Bytes, before: F | null): F;
}

/** What a store is made of that is more than the picture of a network over the plane. */
export type StoreOf<Own, F> = Omit<Store, "traits" | "scene"> & {
  readonly traits: SignalsOf<Own & CommonTraits>;
  readonly scene: ReadonlySignal<SceneOf<DataTrait, F>>;
  tell: Core<Settings, Traits, DataTrait, Frame>["tell"];
};

export const createStore = (model: AnyModel<Traits>): Store =>
  createStoreOf<Traits, Frame>(model, { others: [], read: readFrame });

export function createStoreOf<Own extends Traits, F extends Frame>(
  model: AnyModel<Own>,
  { others, read }: More<Own, F>,
): StoreOf<Own, F> {
  const edited = signal<EditedMessage | null>(null);
  const trace = signal<Trace | null>(null);
  let nextHas: EditedMessage | null = null;

  const core = createCore<Settings, Own, DataTrait, F>(model, SETTING_NAMES, [...OTHER_NAMES, ...others], {
    read,
    taken({ preview }) {
      if (!preview) edited.value = nextHas;
    },
    message(message, buffers) {
      if (message.type === "edited") nextHas = message;
      else if (message.type === "trace" && buffers[0]) trace.value = readTrace(message, buffers[0]);
    },
  });
  const dataset = core.control(
    "dataset",
    computed(() => core.traits._data.value.name),
  );
  core.start();
  return {
    ...core,
    controls: { ...core.controls, dataset },
    trace,
    askTrace: () => core.ask({ type: "trace" }),
    draw: core.tell,
    handle: core.tell,
    edited,
  };
}
