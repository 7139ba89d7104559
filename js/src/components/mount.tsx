// One view of a trainer of the plane, and what the reader does in it.
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { SPACES } from "../model/space";
import type { Store } from "../model/store";
import { App } from "./app";
import { createDrawing } from "./drawing";
import { createGround, show } from "./ground";
import { createHand, takeUndo } from "./hand";
import { wantsOf } from "./inspectors";
import type { EdgeValues, PlanarView, Unit, WeightPlace } from "./planar";
import { measure, TYPICAL } from "./planar-geometry";
import type { Walk } from "./walk";

const MAP_SIZE = 72;

/** Puts a view of the trainer into `element`; returns how to take it away. */
export function mount(store: Store, element: HTMLElement): () => void {
  const ground = createGround(store, element, measure, TYPICAL);
  const { root, easel, geometry, endings } = ground;
  const focus = signal<Unit | null>(null);
  const edges = signal<EdgeValues>("weights");
  // What looks inside is open from the start where Python names it.
  const opened = signal<readonly string[]>([]);
  endings.push(
    store.traits.panels.subscribe((names) => {
      if (names) opened.value = names;
    }),
  );
  const chosenLayer = signal(0);
  const spaceLayer = computed(() =>
    Math.max(0, Math.min(chosenLayer.value, store.scene.value.network.layers.length - 2, SPACES - 1)),
  );
  const walk = signal<Walk | null>(null);
  const drawing = createDrawing(store, easel.invalidate);
  endings.push(drawing.dispose);
  const hand = createHand(
    store,
    computed(() => walk.value !== null),
    easel.invalidate,
  );
  endings.push(hand.dispose, takeUndo(root, hand, drawing.on));

  const view: PlanarView & typeof ground = {
    ...ground,
    store,
    focus,
    edge: signal<WeightPlace | null>(null),
    edges,
    opened,
    spaceLayer,
    chooseLayer(layer) {
      chosenLayer.value = layer;
    },
    walk,
    drawing,
    hand,
  };
  return show(view, store, <App />, {
    focus: hiddenUnit(store, focus),
    mapSize: signal(MAP_SIZE),
    tileSize: computed(() => (geometry.value.tile > 48 ? 32 : 24)),
    wants: computed(() => wantsOf(opened.value, edges.value, spaceLayer.value)),
  });
}

/** The output neuron's map is the decision map: only a hidden neuron needs one of its own. */
function hiddenUnit(store: Store, focus: Signal<Unit | null>): ReadonlySignal<Unit | null> {
  return computed(() => {
    const unit = focus.value;
    return unit && unit[0] < store.scene.value.network.layers.length - 1 ? unit : null;
  });
}
