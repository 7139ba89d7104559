// What follows from the settings of a HebbExplorer. Pure functions.
import {
  agreement,
  type Cells,
  cellsOf,
  damaged,
  energy,
  patternName,
  type Recall,
  recall,
  type Silent,
  weightsAfterEach,
} from "../../concepts/hebb";
import type { HebbSettings } from "../../generated/protocol";

/** The sheet and its patterns. */
export interface Patterns {
  readonly rows: number;
  readonly columns: number;
  readonly count: number;
  readonly cells: readonly Cells[];
  readonly names: readonly string[];
}

export function readPatterns(texts: readonly string[]): Patterns {
  const rows = (texts[0] ?? "").split(" ");
  const columns = rows[0]?.length ?? 0;
  const cells = texts.map(cellsOf);
  const names = cells.map((each, index) => patternName(each) ?? `pattern ${index + 1}`);
  return { rows: rows.length, columns, count: rows.length * columns, cells, names };
}

/** The text of a pattern, as Python has it. */
export function writePattern(cells: Cells, columns: number): string {
  const signs = cells.map((cell) => (cell ? "#" : "."));
  const rows = Array.from({ length: cells.length / columns }, (_, row) =>
    signs.slice(row * columns, (row + 1) * columns).join(""),
  );
  return rows.join(" ");
}

/** Between two messages of Python's, settings may speak of patterns and cells that there are no more. */
export function fitting(settings: HebbSettings, { cells, count }: Patterns): HebbSettings {
  const [i, j] = settings.pair;
  return {
    ...settings,
    presented: settings.presented.filter((index) => index < cells.length),
    pattern: Math.min(settings.pattern, cells.length - 1),
    damage: settings.damage.filter((cell) => cell < count),
    pair: Math.max(i, j) < count ? settings.pair : [0, 1],
  };
}

export interface Learned {
  /** How many of the presentations count. */
  readonly given: number;
  /** The pattern of the last of them. */
  readonly last: Cells | null;
  readonly weights: Float64Array;
  readonly largest: number;
  /** The weight between two cells, before the first presentation and after each, also after those that count. */
  history(i: number, j: number): number[];
  weight(i: number, j: number): number;
}

/** All weights before the first presentation and after each. */
export const grow = (
  { cells }: Patterns,
  { presented, rate, decay, silent }: Pick<HebbSettings, "presented" | "rate" | "decay" | "silent">,
) => weightsAfterEach({ patterns: cells, presented, rate, decay, silent });

export function learn(
  { cells, count }: Patterns,
  { presented, moment }: Pick<HebbSettings, "presented" | "moment">,
  after: ReturnType<typeof grow>,
): Learned {
  const given = Math.min(moment ?? presented.length, presented.length);
  const weights = after[given] as Float64Array;
  const last = given ? cells[presented[given - 1] as number] : undefined;
  return {
    given,
    last: last ?? null,
    weights,
    largest: weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0),
    history: (i, j) => after.map((each) => each[i * count + j] as number),
    weight: (i, j) => weights[i * count + j] as number,
  };
}

export interface Row {
  readonly name: string;
  /** How often it was presented. */
  readonly shown: number;
  /** How many cells are right in the end if it is damaged in the same cells; null if it was never presented. */
  readonly right: number | null;
}

/** What becomes of each pattern if it is damaged in these cells. */
export function remember(
  { cells, names }: Patterns,
  { weights, given }: Learned,
  { presented, damage, silent, update }: Pick<HebbSettings, "presented" | "damage" | "silent" | "update">,
): Row[] {
  const shown = presented.slice(0, given);
  return cells.map((pattern, index) => {
    const times = shown.filter((each) => each === index).length;
    const ends = () => recall(weights, damaged(pattern, damage), silent, update === "synchronous").states;
    const right = times ? agreement(ends().at(-1) as Cells, pattern) : null;
    return { name: names[index] as string, shown: times, right };
  });
}

export interface Recalled {
  readonly cue: Cells;
  readonly done: Recall;
  /** How many updates are shown, and how many there are until nothing changes any more. */
  readonly step: number;
  readonly end: number;
  readonly state: Cells;
  readonly energy: number;
  /** The cell that was asked last; all were, if they are updated at once: then the one looked at. */
  readonly turn: number | null;
  /** What it met: its weighted sum. */
  readonly sum: number;
}

export function mend(
  { cells, count }: Patterns,
  { weights }: Learned,
  settings: Pick<HebbSettings, "pattern" | "damage" | "silent" | "update" | "steps" | "pair">,
): Recalled {
  const { silent, update, steps, pair } = settings;
  const synchronous = update === "synchronous";
  const cue = damaged(cells[settings.pattern] as Cells, settings.damage);
  const done = recall(weights, cue, silent, synchronous);
  const end = done.settled ?? done.states.length - 1;
  const step = Math.min(steps ?? end, done.states.length - 1);
  const state = done.states[step] as Cells;
  const turn = step ? (synchronous ? pair[0] : (step - 1) % count) : null;
  return {
    cue,
    done,
    step,
    end,
    state,
    energy: energy(weights, state, silent),
    turn,
    sum: turn === null ? 0 : ((done.sums[step - 1] as readonly number[])[turn] as number),
  };
}

export const valueOfCell = (cell: number | undefined, silent: Silent) => (cell ? 1 : silent);
