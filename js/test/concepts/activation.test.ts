import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  gridDecimals,
  gridIndex,
  gridOver,
  gridPoints,
  gridStep,
  nearest,
  pairOf,
  remaining,
  terms,
  vanishingRanges,
  WINDOWS,
} from "../../src/concepts/activation";
import { ACTIVATIONS } from "../../src/concepts/functions";

interface Case {
  activation: string;
  x_range: [number, number];
  step: number;
  count: number;
  x: number;
  vanishing: number;
  layers: number;
  value: number;
  slope: number;
  remaining: number;
  ranges: [number, number][];
  terms: Record<string, number>;
}

const vectors: { cases: Case[]; fixed: Record<string, [number, number][]> } = JSON.parse(
  readFileSync("../tests/vectors/activation.json", "utf8"),
);

const isClose = (value: number, expected: number) =>
  Math.abs(value - expected) <= 1e-9 * Math.max(Math.abs(expected), 1e-300);

const pair = (name: string) => pairOf(name, []) as NonNullable<ReturnType<typeof pairOf>>;

function rangesOf(name: string, low: number, high: number, threshold: number) {
  const points = gridPoints(gridOver(low, high));
  return vanishingRanges(points, points.map(pair(name).derivative), threshold);
}

describe("a look at an activation function", () => {
  it("has a window for each function, the chapter's for its three", () => {
    expect(Object.keys(WINDOWS).sort()).toEqual(Object.keys(ACTIVATIONS).sort());
    expect(WINDOWS.sigmoid).toEqual([-6, 6, -0.1, 1.1]);
    expect(WINDOWS.tanh).toEqual([-6, 6, -1.1, 1.1]);
    expect(WINDOWS.relu).toEqual([-6, 6, -1.1, 6.1]);
  });

  it.each(vectors.cases)("of $activation at $x shows what Python shows", (each) => {
    const { f, derivative } = pair(each.activation);
    const slope = derivative(each.x);
    const seen: [number, number][] = [
      [f(each.x), each.value],
      [slope, each.slope],
      [remaining(slope, each.layers), each.remaining],
      ...Object.entries(terms(each.activation, each.x)).map(
        ([key, value]) => [value, each.terms[key] as number] as [number, number],
      ),
    ];
    expect(Object.keys(terms(each.activation, each.x))).toEqual(Object.keys(each.terms));
    expect(seen.filter(([value, expected]) => !isClose(value, expected))).toEqual([]);
    expect(rangesOf(each.activation, ...each.x_range, each.vanishing)).toEqual(each.ranges);
  });

  it.each(vectors.cases)("lies on a grid of round numbers over $x_range", (each) => {
    const grid = gridOver(...each.x_range);
    const points = gridPoints(grid);
    expect(gridStep(grid)).toBeCloseTo(each.step, 12);
    expect(points).toHaveLength(each.count);
    expect(points[gridIndex(grid, each.x)]).toBe(each.x);
    expect(nearest(grid, each.x + 0.4 * each.step)).toBe(each.x);
    expect(Number(each.x.toFixed(gridDecimals(grid)))).toBe(each.x);
  });

  it("keeps the point on the grid", () => {
    const grid = gridOver(-6, 6);
    expect([-7, 1e9, 0.30000000000000004, -0.001].map((x) => nearest(grid, x))).toEqual([-6, 6, 0.3, 0]);
  });

  it.each(Object.entries(vectors.fixed))("finds where the gradient of %s vanishes", (name, ranges) => {
    expect(rangesOf(name, -6, 6, 0.05)).toEqual(ranges);
  });

  it("finds nothing vanishing where there is no slope, or no threshold", () => {
    const x = [0, 1, 2, 3, 4];
    expect(vanishingRanges(x, [0, 0, Number.NaN, 0, 1], 0.1)).toEqual([[0, 1]]);
    expect(vanishingRanges(x, [0, 0, 0, 0, 0], 0)).toEqual([]);
  });

  it("has powers of slopes of every size", () => {
    expect([remaining(0.25, 5), remaining(-2, 3), remaining(-1e200, 3), remaining(-1e200, 4)]).toEqual([
      2 ** -10,
      -8,
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it("reads a sampled function where it was sampled, and knows nothing outside", () => {
    const grid = gridOver(-1, 1);
    const points = gridPoints(grid);
    const own = {
      name: "cube",
      grid,
      f: points.map((x) => x ** 3),
      derivative: points.map((x) => 3 * x * x),
    };
    const cube = pairOf("cube", [own]);
    expect(cube?.f(0.25 - 1e-17)).toBe(0.25 ** 3);
    expect(cube?.derivative(-0.5)).toBe(0.75);
    expect(pairOf("cube", [])).toBeUndefined();
    expect(pairOf("cube", [{ ...own, f: [] }])?.f(0)).toBeNaN();
  });
});
