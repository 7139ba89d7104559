// What panels have: a drawing that nobody needs thirty times a second.
import type { ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Theme } from "../draw/colour";
import type { Easel } from "./easel";
import { createThrottle } from "./throttle";

interface Painted<Scene> {
  readonly store: { readonly scene: ReadonlySignal<Scene> };
  readonly easel: Easel<Scene>;
}

/** Draws the newest scene, at once and from then on. */
export function usePainting<Scene>(
  { store, easel }: Painted<Scene>,
  paint: (scene: Scene, theme: Theme) => void,
  inputs: readonly unknown[],
): void {
  useEffect(() => {
    const throttle = createThrottle(() => paint(store.scene.peek(), easel.theme.peek()));
    const stop = easel.onPaint(throttle.soon);
    return () => {
      stop();
      throttle.stop();
    };
  }, [store, easel, ...inputs]);
}
