// One view of a trainer of functions, and what the reader does in it.
import { computed, effect, signal } from "@preact/signals";
import type { FunctionWant } from "../../generated/protocol";
import type { FunctionStore } from "../../model/function-store";
import { measured } from "../geometry";
import { createGround, show } from "../ground";
import { FunctionApp } from "./app";
import { createSketch } from "./sketch";
import type { FunctionGeometry, FunctionView, Shown } from "./view";

const TYPICAL: FunctionGeometry = {
  narrow: false,
  ratio: 1,
  plot: 508,
  fit: 260,
  pieces: 132,
  tiles: 304,
  tilesHeight: 284,
  thumbnail: 48,
};
/** Nothing is drawn as a field over the plane: this is the least that may be asked for. */
const SIZE = 8;

const measure = (root: HTMLElement, last: FunctionGeometry): FunctionGeometry =>
  measured(root, last, (app, content, narrow, size) => {
    const gap = size("--nnw-zone-gap", 24);
    const hidden = app.dataset.hidden?.split(" ") ?? [];
    const beside = (name: string, width: number) => (narrow || hidden.includes(name) ? 0 : gap + width);
    const data = size("--nnw-zone-data", 168);
    const output = size("--nnw-zone-output", TYPICAL.tiles);
    return {
      plot: content - beside("function", data) - beside("network", output),
      fit: size("--nnw-fit", TYPICAL.fit),
      pieces: size("--nnw-pieces", TYPICAL.pieces),
      tiles: narrow || hidden.includes("plot") ? content - beside("function", data) : output,
      tilesHeight: size("--nnw-tiles", TYPICAL.tilesHeight),
      thumbnail: size("--nnw-thumb", TYPICAL.thumbnail),
    };
  });

/** Puts a view of the trainer into `element`; returns how to take it away. */
export function mountFunction(store: FunctionStore, element: HTMLElement): () => void {
  const ground = createGround(store, element, measure, TYPICAL);
  const { easel, endings } = ground;
  const hovered = signal<number | null>(null);
  const chosen = signal<number | null>(null);
  const adding = signal<number | null>(null);
  const sketch = createSketch(store, easel.invalidate);
  endings.push(sketch.dispose);
  // What looks inside is open from the start where Python names it.
  const inside = signal(false);
  endings.push(
    store.traits.panels.subscribe((names) => {
      if (names) inside.value = names.includes("distributions");
    }),
  );
  const units = computed(() => store.scene.value.frame?.pieces?.units ?? 0);
  // What is pointed at may be gone after a change of the network.
  const within = (index: number | null) => (index !== null && index < units.value ? index : null);
  const unit = computed(() => {
    const added = adding.value;
    const last = added ? within(added - 1) : null;
    return within(hovered.value) ?? last ?? (added === null ? within(chosen.value) : null);
  });
  endings.push(
    effect(() => {
      const { value } = adding;
      if (value !== null && units.value && value >= units.value) adding.value = null;
    }),
  );

  const view: FunctionView & typeof ground = {
    ...ground,
    store,
    hovered,
    chosen,
    unit,
    adding,
    shown: signal<Shown>({ target: true, train: true, test: true, errors: false }),
    inside,
    sketch,
  };
  return show(view, store, <FunctionApp />, {
    focus: signal(null),
    mapSize: signal(SIZE),
    tileSize: signal(SIZE),
    wants: computed((): FunctionWant[] => [
      "contributions",
      "residuals",
      ...(inside.value ? (["gradients", "activations"] as const) : []),
    ]),
  });
}
