// How one view shows its learning curves, and the runs that it compares them with. Nothing of it leaves the page.
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { CurveKind, PinnedCurve, Range } from "../draw/curves";
import { columnsOf } from "../model/binary";
import type { CommonStore } from "../model/common-store";

export interface CurveControls {
  readonly log: Signal<boolean>;
  readonly steps: Signal<boolean>;
  readonly smoothing: Signal<number>;
  readonly train: Signal<boolean>;
  readonly test: Signal<boolean>;
  readonly zoom: Signal<Range | null>;
  /** The epochs that the run is to have; null for no plan. */
  readonly planned: ReadonlySignal<number | null>;
  readonly pins: ReadonlySignal<readonly Pin[]>;
  /** Shows or hides a pinned run. */
  toggle(name: string): void;
}

/** A pinned run with its columns, and what it is called here. */
export interface Pin {
  readonly name: string;
  readonly label: string;
  readonly dash: number;
  readonly shown: boolean;
  readonly rows: Rows;
}

interface Rows {
  readonly epoch: Float32Array;
  readonly loss: Float32Array;
  readonly accuracy: Float32Array;
  readonly testLoss: Float32Array;
  readonly testAccuracy: Float32Array;
}

const MOST_PINS = 6;

export function createCurveControls(
  { traits }: CommonStore,
  planned: ReadonlySignal<number | null> = signal(null),
): CurveControls {
  const hidden = new Set<string>();
  const toggled = signal(0);
  // A run keeps its dashes while others come and go.
  const dashes = new Map<string, number>();
  const runs = computed(() => {
    const pins = traits._pins.value;
    const names = new Set(pins.map(({ name }) => name));
    for (const kept of [dashes, hidden])
      for (const name of kept.keys()) if (!names.has(name)) kept.delete(name);
    return pins.map(({ name, rows }) => {
      const taken = new Set(dashes.values());
      const free = Array.from({ length: MOST_PINS }, (_, index) => index).find((index) => !taken.has(index));
      if (!dashes.has(name)) dashes.set(name, free ?? 0);
      const [epoch, loss, accuracy, testLoss, testAccuracy] = columnsOf(rows, 5);
      return {
        name,
        dash: dashes.get(name) as number,
        rows: { epoch, loss, accuracy, testLoss, testAccuracy } as Rows,
      };
    });
  });
  return {
    log: signal(false),
    steps: signal(false),
    smoothing: signal(0),
    train: signal(true),
    test: signal(true),
    zoom: signal<Range | null>(null),
    planned,
    pins: computed(() => {
      toggled.value;
      return runs.value.map((run, index) => ({
        ...run,
        label: traits._legend.value[index] ?? run.name,
        shown: !hidden.has(run.name),
      }));
    }),
    toggle(name) {
      if (!hidden.delete(name)) hidden.add(name);
      toggled.value++;
    },
  };
}

export const curveOf = ({ label, dash, rows }: Pin, kind: CurveKind): PinnedCurve =>
  kind === "loss"
    ? { label, dash, epoch: rows.epoch, train: rows.loss, test: rows.testLoss }
    : { label, dash, epoch: rows.epoch, train: rows.accuracy, test: rows.testAccuracy };
