// Drawing one's own data in one view: the mode, the tool, the stroke under way, and the points that are painted
// already while Python has not answered yet.

import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Plane } from "../draw/points";
import type { DataTrait } from "../generated/protocol";
import { readTriples } from "../model/binary";
import { same } from "../model/same";
import type { Store } from "../model/store";
import {
  along,
  clampSpot,
  ERASER_SPACING,
  isInside,
  isNear,
  jittered,
  type Place,
  reachOn,
  SPACING,
  type Spot,
  toPlane,
} from "./brush";
import { giveFocus } from "./focus";

/** A class to paint, or the eraser. */
export type Tool = number | "eraser";

const MOST_CLASSES = 8;

/** What the map shows of a drawing beside the data. */
export interface Sketch {
  /** x, y and class of each point that the data do not have yet. */
  readonly points: readonly number[];
  readonly classes: number;
  /** The points of the data are about to be replaced. */
  readonly replacing: boolean;
}

/** Where the keyboard is on the map. */
export interface Cursor extends Spot {
  readonly moved: boolean;
}

export interface Drawing {
  readonly on: ReadonlySignal<boolean>;
  readonly tool: ReadonlySignal<Tool>;
  /** Classes that the data have; values to be predicted are replaced by two of them. */
  readonly classes: ReadonlySignal<number>;
  /** Classes that there can be. */
  readonly most: number;
  /** The last class that can be painted now: at most one more than the data have. */
  readonly last: ReadonlySignal<number>;
  /** The next stroke replaces all points. */
  readonly armed: ReadonlySignal<boolean>;
  /** The data have no classes, so that nothing of them can be kept. */
  readonly anew: ReadonlySignal<boolean>;
  readonly cursor: Signal<Cursor | null>;
  /** What leads into the mode, and gets the keyboard back at its end. */
  readonly door: { current: HTMLButtonElement | null };
  /** What lies over the map, and takes the keys. */
  readonly pad: { current: HTMLDivElement | null };
  enter(): void;
  leave(): void;
  /** Leaves, and puts the keyboard back to where it came from: what it was on goes away. */
  done(): void;
  choose(tool: Tool): void;
  /** Arms the next stroke to replace everything, or disarms it. */
  clear(): void;
  undo(): void;
  /** A stroke begins, goes on, and ends. */
  press(spot: Spot, size: number, tool?: Tool): void;
  drag(spot: Spot): void;
  release(): void;
  sketch(data: DataTrait): Sketch;
  dispose(): void;
}

interface Stroke {
  readonly number: number;
  readonly tool: Tool;
  readonly plane: Plane;
  readonly axes: DataTrait["axes"];
  clear: boolean;
  at: Spot;
  /** Pixels since the last spot. */
  gone: number;
  unsent: Place[];
}

interface Pending {
  readonly stroke: number;
  readonly label: number;
  readonly place: Place;
  readonly since: number;
}

/** Between two messages of a stroke: each makes Python look at all points again. */
const SEND_MS = 100;
/** How long a painted point waits for the data that have it. */
const PENDING_MS = 2000;

const NOTHING = Number.NEGATIVE_INFINITY;

/** A number below 2^52, of which the last 2^12 are for strokes: views must not undo each other's by chance. */
const firstStroke = () => Math.floor(Math.random() * 2 ** 40) * 2 ** 12;

const planeOf = ({ x_range, y_range }: DataTrait, size: number): Plane => ({
  xRange: x_range,
  yRange: y_range,
  width: size,
  height: size,
});

/** Points travel as single floats. */
const keyOf = (x: number, y: number, label: number) => `${Math.fround(x)},${Math.fround(y)},${label}`;

export function createDrawing(store: Store, invalidate: () => void, most = MOST_CLASSES): Drawing {
  const data = store.traits._data;
  const on = signal(false);
  const wanted = signal<Tool>(0);
  const clearing = signal(false);
  const cursor = signal<Cursor | null>(null);
  const door: Drawing["door"] = { current: null };
  const pad: Drawing["pad"] = { current: null };
  /** The version of the data that a stroke has replaced, until newer data come. */
  const replaced = signal(NOTHING);
  let stroke: Stroke | null = null;
  let pending: Pending[] = [];
  let latest = firstStroke();
  let undoable = latest;
  let undone = NOTHING;
  let sending: ReturnType<typeof setTimeout> | undefined;
  let sweeping: ReturnType<typeof setTimeout> | undefined;

  const anew = computed(() => data.value.class_names.length === 0);
  const classes = computed(() => data.value.class_names.length || 2);
  const last = computed(() => (anew.value ? 1 : Math.min(classes.value, most - 1)));
  const armed = computed(() => clearing.value || (anew.value && data.value.version > replaced.value));
  const tool = computed<Tool>(() => {
    const now = wanted.value;
    if (now === "eraser") return anew.value ? 0 : now;
    return Math.min(now, last.value);
  });

  // --- the stroke ------------------------------------------------------------------------------------

  function flush(): void {
    clearTimeout(sending);
    sending = undefined;
    if (!stroke?.unsent.length) return;
    const { number, tool: label, plane, axes, unsent: points, clear } = stroke;
    stroke.unsent = [];
    stroke.clear = false;
    if (label === "eraser")
      store.draw({ type: "erase", stroke: number, points, axes, reach: reachOn(plane) });
    else store.draw({ type: "paint", stroke: number, label, points, axes, clear });
  }

  function add(spot: Spot): void {
    if (!stroke) return;
    const { number, tool: label, plane } = stroke;
    const place = toPlane(spot, plane);
    stroke.unsent.push(place);
    sending ??= setTimeout(flush, SEND_MS);
    if (label === "eraser") {
      const reach = reachOn(plane);
      drop(({ place: other }) => isNear(other, place, reach));
    } else {
      pending.push({ stroke: number, label, place, since: performance.now() });
      sweeping ??= setTimeout(sweep, PENDING_MS);
      invalidate();
    }
  }

  function press(spot: Spot, size: number, using: Tool = tool.peek()): void {
    release();
    if (!on.peek() || (using === "eraser" && anew.peek())) return;
    const clear = using !== "eraser" && armed.peek();
    if (clear) {
      pending = [];
      replaced.value = data.peek().version;
      clearing.value = false;
    }
    const shown = store.scene.peek().data;
    const plane = planeOf(shown, size);
    const { axes } = shown;
    undoable = ++latest;
    stroke = { number: latest, tool: using, plane, axes, clear, at: spot, gone: 0, unsent: [] };
    add(clampSpot(spot, size));
  }

  function drag(spot: Spot): void {
    if (!stroke) return;
    const shown = store.scene.peek().data;
    if (!same([shown.axes, planeOf(shown, stroke.plane.width)], [stroke.axes, stroke.plane])) {
      release(); // the way goes on over another plane
      return;
    }
    const erasing = stroke.tool === "eraser";
    const size = stroke.plane.width;
    const way = along(stroke.at, spot, erasing ? ERASER_SPACING : SPACING, stroke.gone);
    stroke.at = spot;
    stroke.gone = way.gone;
    for (const passed of way.spots) {
      if (isInside(passed, size)) add(erasing ? passed : jittered(passed, size, Math.random));
    }
  }

  function release(): void {
    flush();
    stroke = null;
  }

  // --- what Python has not answered yet --------------------------------------------------------------

  function drop(gone: (point: Pending) => boolean): void {
    const rest = pending.filter((point) => !gone(point));
    if (rest.length === pending.length) return;
    pending = rest;
    invalidate();
  }

  /** What was not answered in all that time was not accepted, or is among the points that are not shown. */
  function sweep(): void {
    const now = performance.now();
    drop(({ since }) => now - since >= PENDING_MS);
    const [oldest] = pending;
    sweeping = oldest ? setTimeout(sweep, oldest.since + PENDING_MS - now) : undefined;
    if (oldest || replaced.peek() === NOTHING) return;
    replaced.value = NOTHING;
    invalidate();
  }

  const shown = computed(() => store.scene.value.data);
  const stopSettling = effect(() => {
    const { points } = shown.value;
    if (!pending.length) return;
    const known = new Set<string>();
    const triples = readTriples(points);
    for (let start = 0; start + 2 < triples.length; start += 3) {
      const [x = 0, y = 0, label = 0] = triples.subarray(start, start + 3);
      known.add(keyOf(x, y, label));
    }
    drop(({ place: [x, y], label }) => known.has(keyOf(x, y, label)));
  });

  // --- the mode --------------------------------------------------------------------------------------

  let origin = "";
  function enter(): void {
    origin = data.peek().name;
    on.value = true;
  }
  function leave(): void {
    release();
    on.value = false;
    clearing.value = false;
    cursor.value = null;
  }
  // A cell, or another view, may choose other data; an undo may also lead back to data that were not drawn.
  const stopWatching = effect(() => {
    const { drawn, name } = data.value;
    if (!on.value) return;
    const other = !drawn && name !== origin && performance.now() - undone > PENDING_MS;
    if (other || !store.enabled.value) leave();
  });
  const stopFading = effect(() => {
    on.value;
    armed.value;
    invalidate();
  });

  return {
    on,
    tool,
    classes,
    most,
    last,
    armed,
    anew,
    cursor,
    door,
    pad,
    enter,
    leave,
    done() {
      leave();
      giveFocus(door.current);
    },
    choose(next) {
      if (next === "eraser") {
        if (anew.peek()) return;
        clearing.value = false;
      } else if (next > last.peek()) return;
      wanted.value = next;
    },
    clear() {
      clearing.value = !clearing.peek();
      if (clearing.peek() && wanted.peek() === "eraser") wanted.value = 0;
    },
    undo() {
      release();
      if (!data.peek().can_undo && !pending.length) return;
      undone = performance.now();
      store.draw({ type: "undo" });
      replaced.value = NOTHING;
      const taken = undoable--;
      drop(({ stroke: number }) => number === taken);
      invalidate();
    },
    press,
    drag,
    release,
    sketch({ version, class_names }) {
      const replacing = (on.peek() && armed.peek()) || version <= replaced.peek();
      const labels = pending.map(({ label }) => label + 1);
      return {
        points: pending.flatMap(({ place, label }) => [...place, label]),
        classes: Math.max(2, class_names.length, ...labels),
        replacing,
      };
    },
    dispose() {
      release();
      stopSettling();
      stopWatching();
      stopFading();
      clearTimeout(sending);
      clearTimeout(sweeping);
    },
  };
}
