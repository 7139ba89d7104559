import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  DEFAULTS,
  leaves,
  lossAt,
  normals,
  OPTIMIZERS,
  philox,
  reaches,
  run,
} from "../../src/concepts/descent";
import { evaluateGrid } from "../../src/concepts/sampled";
import { type Point, type Range, SURFACES, type Surface } from "../../src/concepts/surfaces";

type Value = number | "inf" | "-inf" | "nan";

interface Case {
  surface: string;
  optimizer: string;
  rate: number;
  start: number[];
  options: Record<string, number>;
  noise: number;
  seed: number;
  length: number;
  steps: number[];
  weights: number[][];
  losses: number[];
}

interface Vectors {
  surfaces: Record<
    string,
    {
      points: number[][];
      losses: Value[];
      slopes: Value[][];
      curvature: number;
      begin: Record<string, unknown>;
    }
  >;
  paths: Case[];
  noise: {
    drawn: { seed: number; step: number; words: number[]; normals: number[] }[];
    paths: Case[];
  };
  grids: {
    window: Range[];
    sizes: number[];
    nodes: unknown[];
    points: number[][];
    losses: number[];
    slopes: number[][];
  }[];
}

const vectors: Vectors = JSON.parse(readFileSync("../tests/vectors/descent.json", "utf8"));
const surfaceOf = (name: string) => SURFACES[name] as Surface;

const SPECIAL: Record<string, number> = {
  inf: Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
  nan: Number.NaN,
};
const numeric = (value: Value) => (typeof value === "number" ? value : (SPECIAL[value] as number));

/** What differs by more than 1e-9, relatively or absolutely. */
function wrong(found: readonly number[], expected: readonly Value[]) {
  return expected.map(numeric).flatMap((value, index) => {
    const ours = found[index] as number;
    const near = Object.is(ours, value) || ours === value;
    return near || Math.abs(ours - value) <= 1e-9 * Math.max(1, Math.abs(value))
      ? []
      : [{ ours, value, index }];
  });
}

const options = (given: Case) => ({
  ...DEFAULTS,
  ...given.options,
  learningRate: given.rate,
  noise: given.noise ?? 0,
  seed: given.seed ?? 0,
});

const descend = (given: Case) =>
  run(surfaceOf(given.surface).evaluate, given.start, given.optimizer, options(given), 40);

describe("surfaces", () => {
  it("are those of Python, in the same order", () => {
    expect(Object.keys(SURFACES)).toEqual(Object.keys(vectors.surfaces));
    for (const [name, { begin }] of Object.entries(vectors.surfaces)) {
      const { evaluate: _, curvature: __, learningRate, localMinima, ...rest } = surfaceOf(name);
      expect({ ...rest, learning_rate: learningRate, local_minima: localMinima }).toEqual(begin);
    }
  });

  it.each(Object.keys(SURFACES))("%s has the loss and the gradient of autograd", (name) => {
    const { points, losses, slopes, curvature } = vectors.surfaces[name] as Vectors["surfaces"][string];
    const found = points.map((point) => surfaceOf(name).evaluate(point));
    expect(
      wrong(
        found.map((each) => each?.loss as number),
        losses,
      ),
    ).toEqual([]);
    expect(
      wrong(
        found.flatMap((each) => each?.slope as Point),
        slopes.flat(),
      ),
    ).toEqual([]);
    expect(surfaceOf(name).curvature).toBeCloseTo(curvature, 9);
  });
});

describe("optimizers", () => {
  it.each(vectors.paths.map((each) => [each.surface, each.optimizer, each.rate, each] as const))(
    "on %s, %s takes the steps of torch.optim at %d",
    (_, __, ___, given) => {
      const found = descend(given);
      expect(found.path.length).toBe(given.length);
      expect(found.ending).toBe(given.length < 41 ? "diverged" : "");
      given.steps.forEach((step, index) => {
        expect(wrong(found.path[step] as Point, given.weights[index] as number[])).toEqual([]);
        expect(wrong([found.losses[step] as number], [given.losses[index] as number])).toEqual([]);
      });
    },
  );

  it("have the noise of the seed", () => {
    for (const { seed, step, words, normals: expected } of vectors.noise.drawn) {
      expect(philox(seed, step)).toEqual(words);
      expect(normals(seed, step)).toEqual(expected);
    }
    expect(philox(2 ** 32 - 1, 2 ** 32 - 1)).not.toEqual(philox(0, 0));
    for (const given of vectors.noise.paths) {
      const found = descend(given);
      [1, 2, 5, 19, 40].forEach((step, index) => {
        expect(wrong(found.path[step] as Point, given.weights[index] as number[])).toEqual([]);
      });
    }
  });

  it.each(Object.keys(OPTIMIZERS))("%s says where it diverges, and has no number that is none", (name) => {
    for (const surface of Object.values(SURFACES)) {
      const found = run(surface.evaluate, surface.start, name, { ...DEFAULTS, learningRate: 1e200 }, 30);
      expect(found.path.flat().every(Number.isFinite)).toBe(true);
      expect(found.losses.every(Number.isFinite)).toBe(true);
      expect(lossAt(found, 30)).not.toBeNaN();
      if (found.ending)
        expect([found.ending, lossAt(found, 30)]).toEqual(["diverged", Number.POSITIVE_INFINITY]);
    }
  });

  it("reach the bottom, or leave, at a step", () => {
    const parabola = surfaceOf("parabola");
    const down = run(parabola.evaluate, [-3], "sgd", { ...DEFAULTS, learningRate: 0.25 }, 3);
    expect(down.losses).toEqual([9, 2.25, 0.5625, 0.140625]);
    expect([9, 1, 0.5625, 0.1].map((loss) => reaches(down, loss))).toEqual([0, 2, 2, null]);
    expect(leaves(down, parabola)).toBeNull();
    const away = run(parabola.evaluate, [-3], "sgd", { ...DEFAULTS, learningRate: 2 }, 3);
    expect(away.path).toEqual([[-3], [9], [-27], [81]]);
    expect(leaves(away, parabola)).toBe(1);
  });
});

describe("grids", () => {
  it("have between their nodes the polynomial that they belong to", () => {
    for (const { window, sizes, nodes, points, losses, slopes } of vectors.grids) {
      const flat = (nodes as number[][]).flat(2);
      const evaluate = evaluateGrid({ window, sizes, nodes: new Float32Array(flat) });
      const found = points.map((point) => evaluate(point));
      expect(
        wrong(
          found.map((each) => each?.loss as number),
          losses,
        ),
      ).toEqual([]);
      expect(
        wrong(
          found.flatMap((each) => each?.slope as Point),
          slopes.flat(),
        ),
      ).toEqual([]);
      expect(evaluate(window.map(([, high]) => high + 1e-9))).toBeNull();
      expect(evaluate(window.map(() => Number.NaN))).toBeNull();
    }
  });

  it("know nothing beside a node without a value", () => {
    const nodes = new Float32Array([Number.NaN, 1, 2, Number.NaN, 1, 1]);
    const evaluate = evaluateGrid({ window: [[0, 2]], sizes: [3], nodes });
    expect(evaluate([0.5])).toBeNull();
    expect(evaluate([1.5])).toEqual({ loss: 1.5, slope: [1] });
    const start = run(evaluate, [1.5], "sgd", { ...DEFAULTS, learningRate: 1 }, 10);
    expect([start.ending, start.path.length, lossAt(start, 5)]).toEqual(["outside", 1, null]);
  });
});
