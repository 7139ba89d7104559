// Tells Python what a view can see, so that nothing is computed that nobody looks at.
import { effect, type ReadonlySignal } from "@preact/signals";
import type { LookMessage } from "../generated/protocol";

/** Who is told: `Want` are the names of what panels can show. */
export interface Watched<Want> {
  look(message: Omit<LookMessage, "wants"> & { wants: Want[] }): void;
  leave(view: string): void;
}

export interface Sight<Want> {
  readonly visible: ReadonlySignal<boolean>;
  readonly focus: ReadonlySignal<[layer: number, unit: number] | null>;
  readonly mapSize: ReadonlySignal<number>;
  readonly tileSize: ReadonlySignal<number>;
  /** What the open panels show. */
  readonly wants: ReadonlySignal<readonly Want[]>;
}

export const HEARTBEAT_MS = 1000;

/** Reports at once, at every change, and as a heartbeat while the view is visible. Returns how to leave. */
export function announce<Want>(store: Watched<Want>, view: string, sight: Sight<Want>): () => void {
  const report = (visible: boolean) =>
    store.look({
      type: "look",
      view,
      visible,
      focus: visible ? sight.focus.value : null,
      map_size: sight.mapSize.value,
      tile_size: sight.tileSize.value,
      wants: [...sight.wants.value],
    });

  const stop = effect(() => {
    const visible = sight.visible.value;
    report(visible);
    if (!visible) return;
    const heartbeat = setInterval(() => report(true), HEARTBEAT_MS);
    return () => clearInterval(heartbeat);
  });
  return () => {
    stop();
    store.leave(view);
  };
}
