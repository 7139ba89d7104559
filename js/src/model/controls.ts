// A setting as a control sees it: the user's value at once, then Python's answer.
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { same } from "./same";

export interface Control<T> {
  readonly value: ReadonlySignal<T>;
  /** Why the last value was not accepted. */
  readonly error: ReadonlySignal<string | null>;
  set(value: T): void;
  /** The user holds the control: answers to earlier values must not move it under the hand. */
  hold(): void;
  release(): void;
  fail(reason: string | null): void;
}

/** A control of what is the browser's own: nobody answers, and only what is no value at all is refused. */
export function plainControl<T>(value: ReadonlySignal<T>, change: (value: T) => void): Control<T> {
  const error = signal<string | null>(null);
  return {
    value,
    error,
    set(next) {
      error.value = null;
      change(next);
    },
    hold() {},
    release() {},
    fail(reason) {
      error.value = reason;
    },
  };
}

/** What the store does with a control; the components never call these. */
export interface ControlInternals {
  refuse(reason: string): void;
  giveUp(): void;
  dispose(): void;
}

/**
 * The part of a setting that belongs to one hidden layer, where the setting is one value for all of them or one
 * each; `index` none is for all layers at once, of which the first stands for them.
 */
export function partOf<T extends string | number>(
  control: Control<T | T[]>,
  index: number | null,
  layers: number,
): Control<T> {
  const each = (value: T | T[]) =>
    Array.isArray(value) ? [...value] : Array<T>(Math.max(1, layers)).fill(value);
  return {
    ...control,
    value: computed(() => each(control.value.value)[index ?? 0] as T),
    set(value) {
      const all = each(control.value.peek());
      // A layer that has just been added may not be among them yet.
      while (index !== null && all.length <= index) all.push(all.at(-1) as T);
      const changed = index === null ? [value] : all.with(index, value);
      control.set(changed.every((other) => other === value) ? value : changed);
    },
  };
}

/** How long a value that Python answers differently, or not at all, stays on the control. */
const SETTLE_MS = 4000;
/** How long a refusal is shown: the control is back at its value, so the sentence has done its work. */
const REFUSAL_MS = 8000;

export function createControl<T>(
  actual: ReadonlySignal<T>,
  send: (value: T) => void,
): Control<T> & ControlInternals {
  const wanted = signal<{ value: T } | null>(null);
  const error = signal<string | null>(null);
  const value = computed(() => (wanted.value ? wanted.value.value : actual.value));
  let held = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let forgetting: ReturnType<typeof setTimeout> | undefined;

  const explain = (reason: string | null) => {
    clearTimeout(forgetting);
    error.value = reason;
  };
  const settle = () => {
    clearTimeout(timer);
    wanted.value = null;
  };
  const settleLater = () => {
    clearTimeout(timer);
    timer = setTimeout(settle, SETTLE_MS);
  };
  const unsubscribe = actual.subscribe((now) => {
    if (!held && wanted.peek() && same(wanted.peek()?.value, now)) settle();
  });

  return {
    value,
    error,
    set(next) {
      explain(null);
      if (same(next, value.peek())) return;
      wanted.value = { value: next };
      send(next);
      if (!held) settleLater();
    },
    hold() {
      held = true;
      clearTimeout(timer);
    },
    release() {
      held = false;
      if (!wanted.peek()) return;
      if (same(wanted.peek()?.value, actual.peek())) settle();
      else settleLater();
    },
    fail: explain,
    refuse(reason) {
      explain(reason);
      forgetting = setTimeout(() => explain(null), REFUSAL_MS);
      settle();
    },
    giveUp: settle,
    dispose() {
      clearTimeout(timer);
      clearTimeout(forgetting);
      unsubscribe();
    },
  };
}
