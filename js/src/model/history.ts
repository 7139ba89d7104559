// The rows that the learning curves are drawn from. They grow for as long as a network trains, so they are
// thinned: neighbours are merged in pairs whenever there are more rows than a chart has use for.
import { type ReadonlySignal, signal } from "@preact/signals";
import type { FrameHeader } from "../generated/protocol";

const MAX_ROWS = 4096;

/** Columns of `steps`: the last step of a bin of successive steps, and what was measured over the bin. */
export const STEP = {
  step: 0,
  loss: 1,
  lossMin: 2,
  lossMax: 3,
  accuracy: 4,
  accuracyMin: 5,
  accuracyMax: 6,
} as const;
/** Columns of `epochs`. */
export const EPOCH = { epoch: 0, loss: 1, accuracy: 2, testLoss: 3, testAccuracy: 4 } as const;

type Column = Float64Array<ArrayBuffer>;
/** Writes into `target` what rows `first` and `first + 1` come to. */
type Merge = (columns: readonly Column[], first: number, target: number) => void;

const column = (columns: readonly Column[], index: number) => columns[index] as Column;
const value = (columns: readonly Column[], index: number, row: number) =>
  column(columns, index)[row] as number;

/** Rows of numbers, kept as columns; at most `MAX_ROWS` of them stay. */
export class Table {
  rows = 0;
  private columns: Column[];

  constructor(
    private readonly width: number,
    private readonly merge: Merge,
  ) {
    this.columns = Array.from({ length: width }, () => new Float64Array(256));
  }

  clear(): void {
    this.rows = 0;
  }

  /** `cells` holds the new rows one after the other. */
  append(cells: Float64Array): void {
    const added = Math.floor(cells.length / this.width);
    this.reserve(this.rows + added);
    for (let row = 0; row < added; row++) {
      for (let index = 0; index < this.width; index++) {
        column(this.columns, index)[this.rows + row] = cells[row * this.width + index] as number;
      }
    }
    this.rows += added;
    while (this.rows > MAX_ROWS) this.thin();
  }

  /** The values of a column, without a copy: valid until the next change. */
  column(index: number): Column {
    return column(this.columns, index).subarray(0, this.rows);
  }

  private reserve(rows: number): void {
    const capacity = column(this.columns, 0).length;
    if (rows <= capacity) return;
    const size = Math.max(rows, 2 * capacity);
    this.columns = this.columns.map((old) => {
      const grown = new Float64Array(size);
      grown.set(old.subarray(0, this.rows));
      return grown;
    });
  }

  private thin(): void {
    const pairs = this.rows >> 1;
    for (let pair = 0; pair < pairs; pair++) this.merge(this.columns, 2 * pair, pair);
    if (this.rows % 2) for (const values of this.columns) values[pairs] = values[this.rows - 1] as number;
    this.rows = pairs + (this.rows % 2);
  }
}

/** A merge runs from the front, so the row before `target` is already the end of the bin before this pair. */
const mergeSteps: Merge = (columns, first, target) => {
  const second = first + 1;
  const before = target ? value(columns, STEP.step, target - 1) : 0;
  const middle = value(columns, STEP.step, first);
  const end = value(columns, STEP.step, second);
  const share = end > before ? (middle - before) / (end - before) : 0.5;
  const mean = (index: number) =>
    share * value(columns, index, first) + (1 - share) * value(columns, index, second);
  const pick = (choose: (...values: number[]) => number, index: number) =>
    choose(value(columns, index, first), value(columns, index, second));
  const merged = [
    end,
    mean(STEP.loss),
    pick(Math.min, STEP.lossMin),
    pick(Math.max, STEP.lossMax),
    mean(STEP.accuracy),
    pick(Math.min, STEP.accuracyMin),
    pick(Math.max, STEP.accuracyMax),
  ];
  merged.forEach((cell, index) => {
    column(columns, index)[target] = cell;
  });
};

/** Epochs are states, not sums: of two neighbours the later one stays, but for the first of all. */
const mergeEpochs: Merge = (columns, first, target) => {
  if (target) for (const values of columns) values[target] = values[first + 1] as number;
};

/** A step and the epoch, with fraction, that it stands at. */
export type Anchor = readonly [step: number, epoch: number];

/** What a frame brings: rows to be added, or all rows if it is full. */
export interface Rows {
  readonly header: FrameHeader;
  readonly steps: Float64Array;
  readonly epochs: Float64Array;
}

export interface History {
  readonly steps: Table;
  readonly epochs: Table;
  /** What is known of which step belongs to which epoch: batch sizes change within a run. */
  readonly anchors: readonly Anchor[];
  /** Counts the changes; the tables themselves are no signals. */
  readonly version: ReadonlySignal<number>;
  take(rows: Rows): void;
}

export function createHistory(): History {
  const steps = new Table(7, mergeSteps);
  const epochs = new Table(5, mergeEpochs);
  const version = signal(0);
  const anchors: Anchor[] = [];
  let last: FrameHeader | null = null;

  function anchor(header: FrameHeader): void {
    while ((anchors.at(-1)?.[0] ?? 0) > header.step) anchors.pop();
    const changed = last !== null && last.steps_per_epoch !== header.steps_per_epoch;
    if (changed && last && last.step <= header.step) addAnchor(anchors, last);
    if (header.full) addAnchor(anchors, header);
    last = header;
  }

  return {
    steps,
    epochs,
    anchors,
    version,
    take({ header, ...rows }) {
      if (!header.preview) anchor(header);
      if (header.full) {
        steps.clear();
        epochs.clear();
      } else if (!rows.steps.length && !rows.epochs.length) return;
      steps.append(rows.steps);
      epochs.append(rows.epochs);
      version.value++;
    },
  };
}

function addAnchor(anchors: Anchor[], { step, epoch, batch, steps_per_epoch }: FrameHeader): void {
  // The last batch of an epoch completes it: the epoch has been counted then.
  const begun = steps_per_epoch > 0 ? (batch % steps_per_epoch) / steps_per_epoch : 0;
  if (step > (anchors.at(-1)?.[0] ?? 0)) anchors.push([step, epoch + begun]);
}
