// Hebb's rule and Hopfield's recall: the twin of nnwidgets/concepts/hebb.py, which says more.

/** Which cells fire: ones and zeros. */
export type Cells = readonly number[];
/** What a silent cell counts as; one that fires counts as 1. */
export type Silent = -1 | 0;

/** Random patterns per cell that can be recalled, for very many cells. */
export const CAPACITY = 0.138;

export const LETTERS: Readonly<Record<string, string>> = {
  T: "##### ..#.. ..#.. ..#.. ..#..",
  X: "#...# .#.#. ..#.. .#.#. #...#",
  L: "#.... #.... #.... #.... #####",
  "+": "..#.. ..#.. ##### ..#.. ..#..",
  H: "#...# #...# ##### #...# #...#",
  O: ".###. #...# #...# #...# .###.",
  C: "##### #.... #.... #.... #####",
  Z: "##### ...#. ..#.. .#... #####",
};

export const PAIRS: Readonly<Record<string, string>> = {
  both: "##",
  first: "#.",
  second: ".#",
  neither: "..",
};

/** Of the sum of all sizes: what is left of a sum that rounding alone keeps from 0. */
const TIE = 1e-9;

export const cellsOf = (text: string): Cells =>
  [...text].filter((each) => each !== " ").map((each) => Number(each === "#"));

/** The name of a letter, or of what two cells do; null if it is neither. */
export function patternName(cells: Cells): string | null {
  const written = cells.map((each) => (each ? "#" : ".")).join("");
  for (const [name, text] of [...Object.entries(LETTERS), ...Object.entries(PAIRS)]) {
    if (text.replaceAll(" ", "") === written) return name;
  }
  return null;
}

const valueFor = (cell: number | undefined, silent: Silent) => (cell ? 1 : silent);
const at = (values: ArrayLike<number>, index: number) => values[index] as number;

/** What is learned: patterns, the order in which they were presented, and how strongly. */
export interface Lesson {
  readonly patterns: readonly Cells[];
  readonly presented: readonly number[];
  readonly rate: number;
  readonly decay: number;
  readonly silent: Silent;
}

/** Weights after each presentation, row by row; the first are all 0. */
export function weightsAfterEach({ patterns, presented, rate, decay, silent }: Lesson): Float64Array[] {
  const n = patterns[0]?.length ?? 0;
  let weights = new Float64Array(n * n);
  const history = [weights];
  for (const index of presented) {
    const x = (patterns[index] as Cells).map((cell) => valueFor(cell, silent));
    // no cell is connected to itself
    weights = weights.map((weight, k) => {
      const [i, j] = [Math.floor(k / n), k % n];
      return i === j ? 0 : (1 - decay) * weight + rate * at(x, i) * at(x, j);
    });
    history.push(weights);
  }
  return history;
}

/** Hopfield's energy −½ Σᵢ Σⱼ wᵢⱼ sᵢ sⱼ: low where cells that are connected agree. */
export function energy(weights: Float64Array, cells: Cells, silent: Silent): number {
  const n = cells.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++)
      sum += at(weights, i * n + j) * valueFor(cells[i], silent) * valueFor(cells[j], silent);
  }
  return 0 - 0.5 * sum;
}

/** The weighted sum of one cell; one that only rounding keeps from 0 is 0, so that a tie is a tie on any machine. */
function sumOf(weights: Float64Array, cells: Cells, i: number, silent: Silent): number {
  const n = cells.length;
  let [sum, size] = [0, 0];
  for (let j = 0; j < n; j++) {
    const product = at(weights, i * n + j) * valueFor(cells[j], silent);
    sum += product;
    size += Math.abs(product);
  }
  return Math.abs(sum) > TIE * size ? sum : 0;
}

/** How a damaged pattern is mended, update by update; the first of each is what it began with. */
export interface Recall {
  readonly states: readonly Cells[];
  /** The weighted sum of each cell in each of these states. */
  readonly sums: readonly (readonly number[])[];
  readonly energies: readonly number[];
  /** The number of updates after which no cell changes any more; null if two states follow each other for ever. */
  readonly settled: number | null;
}

const follow = (sum: number, cell: number) => (sum === 0 ? cell : Number(sum > 0));

/**
 * Each cell fires if its weighted sum is above 0, is silent if it is below, and stays as it is at 0.
 * An update is of one cell, in order, or of all at once; it goes on until each was asked once more and none changed.
 */
export function recall(weights: Float64Array, cue: Cells, silent: Silent, synchronous: boolean): Recall {
  const n = cue.length;
  const sumsOf = (cells: Cells) => cells.map((_, i) => sumOf(weights, cells, i, silent));
  const [states, sums] = [[cue], [sumsOf(cue)]];
  let settled: number | null = 0;
  while (settled !== null && states.length - 1 < settled + (synchronous ? 1 : n)) {
    const turn = (states.length - 1) % n;
    const before = states.at(-1) as Cells;
    const met = sums.at(-1) as number[];
    const cells = before.map((cell, i) => (synchronous || i === turn ? follow(at(met, i), cell) : cell));
    if (agreement(cells, before) < n) {
      const swings = synchronous && states.some((state) => agreement(state, cells) === n);
      settled = swings ? null : states.length;
    }
    states.push(cells);
    sums.push(sumsOf(cells));
  }
  return { states, sums, energies: states.map((cells) => energy(weights, cells, silent)), settled };
}

/** In how many cells two patterns agree. */
export const agreement = (one: Cells, other: Cells) => one.filter((cell, i) => cell === other[i]).length;

/** Cells to flip, drawn at random, the same for the same seed: those of a smaller count are among them. */
export function damage(cellCount: number, count: number, seed: number): number[] {
  const order = Array.from({ length: cellCount }, (_, index) => index);
  const next = mulberry32(seed);
  // the first steps of a Fisher–Yates shuffle
  for (let place = 0; place < Math.min(count, cellCount); place++) {
    const other = place + Math.floor(next() * (cellCount - place));
    [order[place], order[other]] = [at(order, other), at(order, place)];
  }
  return order.slice(0, count);
}

/** A pattern in which some cells are the other way round. */
export const damaged = (cells: Cells, flipped: readonly number[]): Cells =>
  cells.map((cell, i) => (flipped.includes(i) ? 1 - cell : cell));

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
