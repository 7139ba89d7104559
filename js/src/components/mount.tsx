// One view of a trainer: its root element, what it can see, and how all of it ends.
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { render } from "preact";
import { announce } from "../model/presence";
import { SPACES } from "../model/space";
import type { Store } from "../model/store";
import { App } from "./app";
import { type EdgeValues, type Geometry, type Unit, ViewContext, type WeightPlace } from "./context";
import { createDrawing } from "./drawing";
import { createEasel } from "./easel";
import { measure } from "./geometry";
import { createHand, takeUndo } from "./hand";
import { keepFocus } from "./handover";
import { takeHotkeys } from "./hotkeys";
import { wantsOf } from "./inspectors";
import { keepKeys } from "./keys";
import { createPresentation } from "./presentation";
import type { Walk } from "./walk";

const MAP_SIZE = 72;

/** Puts a view of the trainer into `element`; returns how to take it away. */
export function mount(store: Store, element: HTMLElement): () => void {
  const root = document.createElement("div");
  root.className = "nnw";
  root.tabIndex = -1; // pressed anywhere, it has the keys
  const host = document.createElement("div");
  root.append(host);
  element.append(root);
  element.classList.add("nnw-place");

  const endings: (() => void)[] = [() => root.remove()];
  const view = Math.random().toString(36).slice(2);
  const visible = watchVisibility(root, endings);
  const focus = signal<Unit | null>(null);
  const edge = signal<WeightPlace | null>(null);
  const { marked } = store.timeline;
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
  const geometry = signal<Geometry>(measure(root, null));

  const easel = createEasel({
    root,
    scene: store.scene,
    visible,
    onDrawn: store.acknowledge,
  });
  endings.push(easel.dispose);
  const drawing = createDrawing(store, easel.invalidate);
  endings.push(drawing.dispose);
  const hand = createHand(
    store,
    computed(() => walk.value !== null),
    easel.invalidate,
  );
  endings.push(hand.dispose, takeUndo(root, hand, drawing.on));
  const remeasure = () => {
    geometry.value = measure(root, geometry.peek());
  };
  const presentation = createPresentation(root, remeasure);
  endings.push(presentation.dispose, takeHotkeys(root, store, presentation), keepKeys(root), keepFocus(root));
  endings.push(
    store.status.subscribe((status) => {
      root.dataset.status = status;
    }),
  );

  render(
    <ViewContext.Provider
      value={{
        store,
        easel,
        geometry,
        focus,
        marked,
        edge,
        edges,
        opened,
        spaceLayer,
        chooseLayer: (layer) => {
          chosenLayer.value = layer;
        },
        walk,
        drawing,
        hand,
        presentation,
        remeasure,
        id: view,
        visible,
      }}
    >
      <App />
    </ViewContext.Provider>,
    host,
  );
  endings.push(() => render(null, host));
  watchSize(root, geometry, easel.refreshTheme, endings);
  endings.push(
    announce(store, view, {
      visible,
      focus: hiddenUnit(store, focus),
      mapSize: signal(MAP_SIZE),
      tileSize: computed(() => (geometry.value.tile > 48 ? 32 : 24)),
      wants: computed(() => wantsOf(opened.value, edges.value, spaceLayer.value)),
    }),
  );
  store.requestFull();
  return () => {
    for (const end of endings.splice(0).reverse()) end();
  };
}

/** The output neuron's map is the decision map: only a hidden neuron needs one of its own. */
function hiddenUnit(store: Store, focus: Signal<Unit | null>): ReadonlySignal<Unit | null> {
  return computed(() => {
    const unit = focus.value;
    return unit && unit[0] < store.scene.value.network.layers.length - 1 ? unit : null;
  });
}

function watchVisibility(root: HTMLElement, endings: (() => void)[]): ReadonlySignal<boolean> {
  const onScreen = signal(true);
  const pageVisible = signal(!document.hidden);
  const observer = new IntersectionObserver((entries) => {
    onScreen.value = entries.at(-1)?.isIntersecting ?? true;
  });
  observer.observe(root);
  const follow = () => {
    pageVisible.value = !document.hidden;
  };
  document.addEventListener("visibilitychange", follow);
  endings.push(() => {
    observer.disconnect();
    document.removeEventListener("visibilitychange", follow);
  });
  return computed(() => onScreen.value && pageVisible.value);
}

/** The first size comes when the view has become part of a page. */
function watchSize(
  root: HTMLElement,
  geometry: Signal<Geometry>,
  attached: () => void,
  endings: (() => void)[],
): void {
  let width = 0;
  const follow = () => {
    if (!width && root.clientWidth) attached();
    width = root.clientWidth;
    geometry.value = measure(root, geometry.peek());
  };
  const observer = new ResizeObserver(follow);
  observer.observe(root);
  follow();
  endings.push(() => observer.disconnect());
}
