// What the components of a perceptron may use beside what all views of a plane have.
import { computed, type ReadonlySignal, type Signal } from "@preact/signals";
import type { SeparationTrait } from "../../generated/protocol";
import type { PerceptronFrame } from "../../model/perceptron-frames";
import type { PerceptronScene, PerceptronStore } from "../../model/perceptron-store";
import { useDerived, useView } from "../context";
import type { Easel } from "../easel";
import type { PlaneView } from "../planar";

/** What of the plane is shown beside the line. */
export interface Marks {
  readonly margin: boolean;
  readonly crossing: boolean;
}

export interface PerceptronView extends PlaneView {
  readonly store: PerceptronStore;
  readonly easel: Easel<PerceptronScene>;
  /** What is on screen: the scene as it was drawn last. */
  readonly picture: ReadonlySignal<PerceptronScene>;
  readonly marks: Signal<Marks>;
}

/** Views of a perceptron have no others in them. */
export const usePerceptron = () => useView() as PerceptronView;

/** Something of the picture on screen; `inputs` are what it is read with. */
export function usePicture<T>(
  read: (scene: PerceptronScene, frame: PerceptronFrame | null) => T,
  inputs: readonly unknown[] = [],
): T {
  const { picture } = usePerceptron();
  return useDerived(() => read(picture.value, picture.value.frame), [picture, ...inputs]).value;
}

/** Whether a line separates the samples on screen; null as long as that is not known. */
export function useSeparation(): SeparationTrait | null {
  const { store, picture } = usePerceptron();
  return useDerived(() => {
    const separation = store.traits._separation.value;
    return separation?.data_version === picture.value.data.version ? separation : null;
  }, [store, picture]).value;
}

/** So many samples a second cannot be looked at one by one. */
const FOLLOWED = 25;

/** Whether single samples can be followed: the run stands, or is slow. */
export function followable(view: PerceptronView): ReadonlySignal<boolean> {
  const { store, picture } = view;
  return computed(() => {
    if (store.status.value !== "running") return true;
    const speed = store.traits.speed.value;
    return speed !== null && speed * picture.value.network.steps_per_epoch <= FOLLOWED;
  });
}
