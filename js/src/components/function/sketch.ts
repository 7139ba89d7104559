// Drawing a function of one's own in one view: the mode, and the line that is drawn while Python has not answered yet.

import { effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Range } from "../../draw/curve-data";
import { valueAt } from "../../draw/function-plot";
import { fitRange } from "../../draw/function-scale";
import { readTriples } from "../../model/binary";
import type { FunctionStore } from "../../model/function-store";
import type { Place } from "../brush";
import { giveFocus } from "../focus";

/** Places from one end of the domain to the other, between which a line that is drawn is straight. */
export const COLUMNS = 65;
/** How long a line waits for the data that have it: what was not answered by then was not accepted. */
const PENDING_MS = 4000;

export interface Sketch {
  readonly on: ReadonlySignal<boolean>;
  /** The whole function with what was drawn, unless the data have it. */
  readonly line: ReadonlySignal<Float32Array | null>;
  /** The heights that can be drawn in: those of the function that was there when the mode began. */
  readonly heights: ReadonlySignal<Range | null>;
  /** What leads into the mode, and gets the keyboard back at its end. */
  readonly door: { current: HTMLButtonElement | null };
  enter(): void;
  leave(): void;
  done(): void;
  /** A flat line, to begin anew. */
  clear(): void;
  undo(): void;
  /** A stroke begins, goes on, and ends. */
  press(place: Place): void;
  drag(place: Place): void;
  release(): void;
  /** The height at a place, and another one: a stroke of one point, for keys. */
  heightAt(column: number): number;
  lift(column: number, y: number): void;
  dispose(): void;
}

interface Stroke {
  at: Place;
  /** The first and the last column that it has changed. */
  first: number;
  last: number;
}

const rounded = (value: number) => Number(value.toPrecision(6));

export function createSketch(store: FunctionStore, invalidate: () => void): Sketch {
  const on = signal(false);
  const line = signal<Float32Array | null>(null);
  const heights = signal<Range | null>(null);
  const door: Sketch["door"] = { current: null };
  let stroke: Stroke | null = null;
  /** The version of the data that a stroke was sent to. */
  let sent = -1;
  let giving: ReturnType<typeof setTimeout> | undefined;

  function columnOf(x: number): number {
    const [low, high] = store.data.peek().domain;
    return ((x - low) / (high - low)) * (COLUMNS - 1);
  }
  function xAt(column: number): number {
    const [low, high] = store.data.peek().domain;
    return low + (column / (COLUMNS - 1)) * (high - low);
  }
  /** The function as it is on screen; of samples alone a flat line. */
  function present(): Float32Array {
    const drawn = line.peek();
    if (drawn) return Float32Array.from(drawn);
    const { domain, target } = store.data.peek();
    const known = target && readTriples(target);
    return Float32Array.from({ length: COLUMNS }, (_, column) =>
      known ? valueAt(known, domain, xAt(column)) : 0,
    );
  }
  /** What has changed, and how it goes over into what has not. */
  function send(values: Float32Array, first: number, last: number): void {
    sent = store.traits._data.peek().version;
    const points: Place[] = [];
    for (let column = Math.max(0, first - 1); column <= Math.min(COLUMNS - 1, last + 1); column++)
      points.push([rounded(xAt(column)), rounded(values[column] as number)]);
    store.draw({ type: "draw_function", points });
    clearTimeout(giving);
    giving = setTimeout(() => {
      if (!stroke) line.value = null;
    }, PENDING_MS);
  }
  function paint(now: Stroke, to: Place): void {
    const values = present();
    const [start, end] = [columnOf(now.at[0]), columnOf(to[0])];
    const set = (column: number, y: number) => {
      values[column] = y;
      now.first = Math.min(now.first, column);
      now.last = Math.max(now.last, column);
    };
    for (let column = Math.ceil(Math.min(start, end)); column <= Math.max(start, end); column++)
      set(column, now.at[1] + (end === start ? 1 : (column - start) / (end - start)) * (to[1] - now.at[1]));
    set(Math.max(0, Math.min(COLUMNS - 1, Math.round(end))), to[1]);
    now.at = to;
    line.value = values;
  }
  function release(): void {
    const done = stroke;
    stroke = null;
    if (done && line.peek()) send(line.peek() as Float32Array, done.first, done.last);
  }
  function leave(): void {
    release();
    on.value = false;
    heights.value = null;
  }

  // The line stands until data have come that have it, or that are others.
  const stopSettling = effect(() => {
    const { version } = store.data.value;
    if (!stroke && version > sent) line.value = null;
  });
  const stopWatching = effect(() => {
    const { drawn, version } = store.traits._data.value;
    const isOther = !drawn && sent >= 0 && version > sent;
    if (on.value && (isOther || !store.enabled.value)) leave();
  });
  const stopDrawing = effect(() => {
    on.value;
    line.value;
    invalidate();
  });

  return {
    on,
    line,
    heights,
    door,
    enter() {
      sent = -1;
      heights.value = fitRange(store.data.peek().value_range);
      on.value = true;
    },
    leave,
    done() {
      leave();
      giveFocus(door.current);
    },
    clear() {
      const [low, high] = heights.peek() ?? [-1, 1];
      line.value = new Float32Array(COLUMNS).fill(low <= 0 && high >= 0 ? 0 : (low + high) / 2);
      send(line.peek() as Float32Array, 0, COLUMNS - 1);
    },
    undo() {
      release();
      sent = Number.POSITIVE_INFINITY; // what comes may be a function that was not drawn
      store.draw({ type: "undo" });
    },
    press(place) {
      release();
      stroke = { at: place, first: COLUMNS, last: 0 };
      paint(stroke, place);
    },
    drag(place) {
      if (stroke) paint(stroke, place);
    },
    release,
    heightAt: (column) => present()[column] as number,
    lift(column, y) {
      const values = present();
      values[column] = y;
      line.value = values;
      send(values, column, column);
    },
    dispose() {
      release();
      clearTimeout(giving);
      stopSettling();
      stopWatching();
      stopDrawing();
    },
  };
}
