import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  agreement,
  type Cells,
  cellsOf,
  damage,
  damaged,
  LETTERS,
  PAIRS,
  patternName,
  recall,
  type Silent,
  weightsAfterEach,
} from "../../src/concepts/hebb";

interface Case {
  shape: [number, number];
  patterns: number[][];
  presented: number[];
  rate: number;
  decay: number;
  silent: Silent;
  pair: [number, number];
  cue: number[];
  synchronous: boolean;
  row: number[];
  history: number[];
  states: string[];
  energies: number[];
  settled: number | null;
  right: number[][];
}

interface Vectors {
  letters: number[][];
  pairs: number[][];
  cases: Case[];
  damage: { cells: number; count: number; seed: number; damage: number[] }[];
}

const vectors: Vectors = JSON.parse(readFileSync("../tests/vectors/hebb.json", "utf8"));

/** Numbers that differ by more than rounding, for a message that says which. */
function wrong(values: ArrayLike<number>, expected: readonly number[]) {
  const far = (value: number, other: number) =>
    !(Math.abs(value - other) <= 1e-9 * Math.max(1e-3, Math.abs(other)));
  const pairs = Array.from(values, (value, i) => [value, expected[i] as number] as const);
  return values.length === expected.length ? pairs.filter(([value, other]) => far(value, other)) : [...pairs];
}

describe("Hebb's rule", () => {
  it.each(vectors.cases.map((each, index) => [index, each] as const))("case %i is PyTorch's", (_, each) => {
    const n = each.cue.length;
    const [i, j] = each.pair;
    const after = weightsAfterEach(each);
    const weights = after.at(-1) as Float64Array;
    expect(wrong(weights.subarray(i * n, i * n + n), each.row)).toEqual([]);
    expect(
      wrong(
        after.map((matrix) => matrix[i * n + j] as number),
        each.history,
      ),
    ).toEqual([]);
    const done = recall(weights, each.cue, each.silent, each.synchronous);
    expect(done.settled).toBe(each.settled);
    const sweep = each.synchronous ? 1 : n;
    const ends = each.states.map((_, index) => Math.min(index * sweep, done.states.length - 1));
    const states = ends.map((end) => done.states[end] as Cells);
    expect(states.map((state) => state.join(""))).toEqual(each.states);
    const energies = ends.map((end) => done.energies[end] as number);
    expect(wrong(energies, each.energies)).toEqual([]);
    const right = states.map((state) => each.patterns.map((pattern) => agreement(state, pattern)));
    expect(right).toEqual(each.right);
  });

  it("takes a sum that only rounding keeps from 0 for a tie", () => {
    // biome-ignore format: a matrix
    const weights = Float64Array.of(
      0, 0.1, 0.2, -0.3,
      0.1, 0, 0, 0,
      0.2, 0, 0, 0,
      -0.3, 0, 0, 0,
    );
    expect(recall(weights, [0, 1, 1, 1], -1, false).states[1]).toEqual([0, 1, 1, 1]);
  });

  it("has the letters and pairs of Python, in the same order", () => {
    expect(Object.values(LETTERS).map(cellsOf)).toEqual(vectors.letters);
    expect(Object.values(PAIRS).map(cellsOf)).toEqual(vectors.pairs);
    expect(vectors.letters.map(patternName)).toEqual(Object.keys(LETTERS));
    expect(vectors.pairs.map(patternName)).toEqual(Object.keys(PAIRS));
    expect(patternName([1, 0, 1])).toBeNull();
  });

  it.each(vectors.damage)("damages $count of $cells cells by seed $seed as Python does", (given) => {
    const flipped = damage(given.cells, given.count, given.seed);
    expect(flipped).toEqual(given.damage);
    const silent = Array.from({ length: given.cells }, () => 0);
    expect(agreement(damaged(silent, flipped), silent)).toBe(given.cells - given.count);
  });
});
