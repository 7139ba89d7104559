// Weights and biases under the reader's hand: dragged, typed, frozen, put back. What is wanted is on screen at
// once; then Python's answer is.

import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Control, type ControlInternals, createControl } from "../model/controls";
import type { Scene, Store } from "../model/store";
import { isText } from "./keys";
import { listen } from "./listen";
import { placeOf, weightAt } from "./names";
import type { EdgeValues, Unit, WeightPlace } from "./planar";
import { controlShown } from "./shown";

/** What fields are open for: one weight or bias, or all of a neuron; and where on the stage. */
export interface Opened {
  readonly unit: Unit;
  /** Absent where all weights of the neuron are meant. */
  readonly place?: WeightPlace;
  readonly x: number;
  readonly y: number;
}

export interface Hand {
  /** Whether weights can be changed now: not those of the past, and not while a step is shown in slow motion. */
  readonly able: ReadonlySignal<boolean>;
  readonly held: ReadonlySignal<WeightPlace | null>;
  readonly opened: Signal<Opened | null>;
  readonly canUndo: ReadonlySignal<boolean>;
  /** Where frozen parameters are among all. */
  readonly frozen: ReadonlySignal<ReadonlySet<number>>;
  /** A weight is taken, moved by so much of its own size, and let go. */
  grab(place: WeightPlace): void;
  drag(change: number, digits: number): void;
  release(): void;
  /** The field of a weight: typed values are sent at once. */
  control(place: WeightPlace): Control<number> & ControlInternals;
  freeze(place: WeightPlace, frozen: boolean): void;
  undo(): void;
  /** The value on screen. */
  valueAt(scene: Scene, place: WeightPlace, edges?: EdgeValues): number | null;
  /** All parameters as they are on screen. */
  shown(scene: Scene, parameters: Float32Array): Float32Array;
  dispose(): void;
}

/** How long the next value of a drag waits for the picture of the last. */
export const ANSWER_MS = 250;
/** How long a value that Python says nothing of stays on screen. */
export const WANTED_MS = 1000;
const DIGITS = 6;

export function createHand(store: Store, busy: ReadonlySignal<boolean>, invalidate: () => void): Hand {
  const held = signal<WeightPlace | null>(null);
  const opened = signal<Opened | null>(null);
  const wanted = signal<{ place: WeightPlace; value: number } | null>(null);
  // Views must not join each other's gestures by chance.
  let gesture = Math.floor(Math.random() * 2 ** 40) * 2 ** 12;
  let version = 0; // of the network that the gesture was begun on
  let start = 0;
  let unsent = false;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let forgetting: ReturnType<typeof setTimeout> | undefined;

  const able = computed(() => {
    const { network, frame } = store.scene.value;
    const present = frame && !frame.header.preview && network.version === store.traits._network.value.version;
    const free = present && store.enabled.value && network.kind === "dense" && !busy.value;
    return Boolean(free && controlShown(store, "edit"));
  });
  const shownVersion = computed(() => store.scene.value.network.version);
  // The same set until another weight is frozen: it decides what is drawn anew.
  const frozen = computed(() => {
    const { version, frozen: ranges } = store.traits._edits.value;
    const places = new Set<number>();
    if (version === shownVersion.value)
      for (const [offset, count] of ranges) for (let at = 0; at < count; at++) places.add(offset + at);
    return places;
  });

  function begin(): number {
    version = shownVersion.peek();
    return ++gesture;
  }
  function send({ unit: [layer, unit], input }: WeightPlace, value: number): void {
    store.handle({ type: "edit", network_version: version, layer, unit, input, value, gesture });
  }
  /** The newest value of a drag goes when the picture of the one before is there: a slow link sets the pace. */
  function flush(): void {
    clearTimeout(waiting);
    waiting = undefined;
    const now = wanted.peek();
    if (!now || !unsent) return;
    unsent = false;
    send(now.place, now.value);
    waiting = setTimeout(flush, ANSWER_MS);
  }
  function forget(): void {
    clearTimeout(forgetting);
    wanted.value = null;
    invalidate();
  }
  const stop = effect(() => {
    const scene = store.scene.value;
    const has = store.edited.value;
    const now = wanted.peek();
    flush();
    if (!now || held.peek()) return;
    const isShown = has?.gesture === gesture && has.value === now.value;
    if (isShown || weightAt(scene, now.place) === Math.fround(now.value)) forget();
  });
  const stopClosing = effect(() => {
    const isOver = shownVersion.value !== version && held.peek();
    if (able.value && !isOver) return;
    release();
    opened.value = null;
  });

  function release(): void {
    if (!held.peek()) return;
    flush();
    held.value = null;
    clearTimeout(forgetting);
    forgetting = setTimeout(forget, WANTED_MS);
  }

  function valueAt(scene: Scene, place: WeightPlace, edges: EdgeValues = "weights"): number | null {
    const now = wanted.value;
    const same = now && placeOf(scene.network, now.place) === placeOf(scene.network, place);
    return same && able.value && edges === "weights" ? now.value : weightAt(scene, place, edges);
  }

  return {
    able,
    held,
    opened,
    canUndo: computed(() => able.value && store.traits._edits.value.can_undo),
    frozen,
    grab(place) {
      begin();
      start = weightAt(store.scene.peek(), place) || 0;
      batch(() => {
        held.value = place;
        wanted.value = null;
        opened.value = null;
      });
    },
    drag(change, digits) {
      const place = held.peek();
      if (!place) return;
      const value = Number((start + change).toFixed(digits));
      if (value === wanted.peek()?.value) return;
      clearTimeout(forgetting);
      wanted.value = { place, value };
      unsent = true;
      invalidate();
      if (waiting === undefined) flush();
    },
    release,
    control(place) {
      const actual = computed(() =>
        Number((weightAt(store.scene.value, place) ?? Number.NaN).toPrecision(DIGITS)),
      );
      let own = -1;
      const control = createControl(actual, (value) => {
        own = begin();
        send(place, value);
      });
      const answer = effect(() => {
        if (store.edited.value?.gesture === own) control.giveUp();
      });
      return {
        ...control,
        dispose() {
          answer();
          control.dispose();
        },
      };
    },
    freeze({ unit: [layer, unit], input }, value) {
      store.handle({
        type: "freeze",
        network_version: shownVersion.peek(),
        layer,
        unit,
        input,
        frozen: value,
      });
    },
    undo() {
      release();
      forget();
      store.handle({ type: "undo_edit" });
    },
    valueAt,
    shown(scene, parameters) {
      const now = wanted.peek();
      const at = now && able.peek() ? placeOf(scene.network, now.place) : null;
      return now && at !== null ? parameters.with(at, now.value) : parameters;
    },
    dispose() {
      release();
      stop();
      stopClosing();
      clearTimeout(waiting);
      clearTimeout(forgetting);
    },
  };
}

/** Ctrl+Z takes back what was done by hand, wherever in the view the keyboard is; text being typed has its own. */
export function takeUndo(root: HTMLElement, hand: Hand, elsewhere: ReadonlySignal<boolean>): () => void {
  const take = (event: KeyboardEvent) => {
    const pressed = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (!pressed || event.key.toLowerCase() !== "z" || event.defaultPrevented || elsewhere.peek()) return;
    if (isText(event.target) || !hand.canUndo.peek()) return;
    hand.undo();
    event.preventDefault();
    event.stopPropagation();
  };
  return listen(root, "keydown", take);
}
