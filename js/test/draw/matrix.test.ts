// @vitest-environment node
import { beforeAll, describe, expect, it } from "vitest";
import { parseColour } from "../../src/draw/colour";
import { drawMatrix, prefersPage, shadeCss, shadeOf, tally } from "../../src/draw/matrix";
import { installCanvases, makeContext, pixelAt, recorder, THEME } from "./support";

beforeAll(installCanvases);

const DARK = { ...THEME, bg: "#111111", ink: "#e7e7e7" };
const COUNTS = Float32Array.of(80, 20, 0, 5, 90, 5, 0, 0, 0);

describe("shades", () => {
  it("go from 3.5 to 85.5 % of ink along a power, and stay there beyond the largest", () => {
    expect(shadeOf(167, 167)).toBeCloseTo(0.855);
    expect(shadeOf(40, 160)).toBeCloseTo(0.035 + 0.82 * 0.25 ** 0.62);
    expect(shadeOf(300, 167)).toBe(shadeOf(167, 167));
    expect(shadeOf(0, 167)).toBe(0.02);
    expect(shadeOf(0, 0)).toBe(0.02);
  });

  it("have numbers in the page's colour where that contrasts more", () => {
    expect([0.02, 0.3, 0.855].map((shade) => prefersPage(THEME, shade))).toEqual([false, false, true]);
    expect([0.02, 0.3, 0.855].map((shade) => prefersPage(DARK, shade))).toEqual([false, false, true]);
  });
});

describe("a matrix", () => {
  it("shades what is wrong, the more the oftener, and strikes what is right through", () => {
    const context = makeContext(60, 60);
    drawMatrix(context, { counts: COUNTS, classes: 3, cell: 20, largest: 20, theme: THEME });
    const at = (row: number, column: number) => pixelAt(context, column * 20 + 10, row * 20 + 4).slice(0, 3);
    const shade = (count: number) => [...(parseColour(shadeCss(THEME, shadeOf(count, 20))) ?? [])];
    expect(at(0, 1)).toEqual(shade(20));
    expect(at(1, 0)).toEqual(shade(5));
    expect(at(2, 0)).toEqual(shade(0));
    expect(pixelAt(context, 10, 4)[3]).toBe(0);
    expect(pixelAt(context, 10, 10)[3]).toBeGreaterThan(0);
  });

  it("has a cell for each pair of classes, without gaps where cells are small", () => {
    const { context, calls } = recorder();
    const counts = new Float32Array(100 ** 2);
    drawMatrix(context, { counts, classes: 100, cell: 3, largest: 0, theme: THEME });
    const cells = calls.filter(({ name }) => name === "roundRect");
    expect(cells).toHaveLength(100 * 99);
    expect(cells[0]?.values).toEqual([3, 0, 3, 3, 0]);
  });
});

describe("the tally", () => {
  it("counts all and what is wrong, and finds what happens most often", () => {
    expect(tally(COUNTS, 3)).toEqual({
      all: 200,
      wrong: 30,
      totals: [100, 100, 0],
      accuracies: [0.8, 0.9, null],
      largest: 20,
      worst: [0, 1],
    });
  });

  it("of nothing is nothing", () => {
    expect(tally(null, 2)).toMatchObject({ all: 0, wrong: 0, worst: null, accuracies: [null, null] });
  });
});
