// The state of a perceptron: what all trainers of the plane have, the sample at hand, and whether a line is enough.
import type { AnyModel } from "@anywidget/types";
import type { DataTrait, PerceptronFrameHeader, PerceptronTraits } from "../generated/protocol";
import { type PerceptronFrame, readPerceptronFrame } from "./perceptron-frames";
import type { SceneOf } from "./scene";
import { createStoreOf, type StoreOf } from "./store";

export type PerceptronScene = SceneOf<DataTrait, PerceptronFrame>;

export type PerceptronStore = StoreOf<PerceptronTraits, PerceptronFrame> & {
  /** On to the next sample that is taken for the other class. */
  toMistake(): void;
};

export function createPerceptronStore(model: AnyModel<PerceptronTraits>): PerceptronStore {
  const store = createStoreOf<PerceptronTraits, PerceptronFrame>(model, {
    others: ["_separation"],
    read: (header, bytes, before) => readPerceptronFrame(header as PerceptronFrameHeader, bytes, before),
  });
  return { ...store, toMistake: () => store.tell({ type: "to_mistake" }) };
}
