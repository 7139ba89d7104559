import { describe, expect, it } from "vitest";
import { multiples, niceStep, planeAxes } from "../../src/draw/axes";

describe("niceStep", () => {
  it("is 1, 2 or 5 times a power of ten, and no smaller than what fits", () => {
    for (let span = 0.013; span < 5000; span *= 1.37) {
      for (const most of [1, 2, 3.5, 5, 10]) {
        const step = niceStep(span, most);
        const mantissa = Number((step / 10 ** Math.floor(Math.log10(step) + 1e-9)).toPrecision(6));
        expect([1, 2, 5]).toContain(mantissa);
        expect(span / step).toBeLessThanOrEqual(most + 1e-6);
        // The next smaller one would not fit.
        expect(span / (step / (mantissa === 5 ? 2.5 : 2))).toBeGreaterThan(most - 1e-6);
      }
    }
  });
  it("survives a range without extent", () => {
    expect(niceStep(0, 5)).toBe(1);
    expect(niceStep(Number.NaN, 5)).toBe(1);
  });
});

describe("multiples", () => {
  it("has no binary dust and both ends of the range", () => {
    expect(multiples([0, 0.6], 0.2)).toEqual([0, 0.2, 0.4, 0.6]);
    expect(multiples([-0.3, 0.3], 0.1)).toEqual([-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]);
    expect(multiples([0.25, 0.75], 1)).toEqual([]);
  });
});

describe("planeAxes", () => {
  it("puts ticks where points of that value are drawn, the second axis upwards", () => {
    const { x, y } = planeAxes({ xRange: [-2, 2], yRange: [-1, 3], width: 400, height: 200 });
    const positions = (ticks: typeof x) =>
      ticks.map(({ value, position, label }) => [value, position, label]);
    expect(positions(x)).toEqual([
      [-2, 0, "\u22122"],
      [-1, 100, "\u22121"],
      [0, 200, "0"],
      [1, 300, "1"],
      [2, 400, "2"],
    ]);
    // Two ticks would be no scale, so they stand closer.
    expect(positions(y)).toEqual([
      [-1, 200, "\u22121"],
      [0, 150, "0"],
      [1, 100, "1"],
      [2, 50, "2"],
      [3, 0, "3"],
    ]);
  });
  it("counts only ticks that are away from the corners, where there is no room for what they say", () => {
    const { x } = planeAxes({ xRange: [-2.1, 2.1], yRange: [-2.1, 2.1], width: 227, height: 227 });
    expect(x.map(({ value }) => value)).toEqual([-2, -1, 0, 1, 2]);
  });

  it("has ticks closer together upwards, where they need less room, rather than none but zero", () => {
    const { y } = planeAxes({ xRange: [-1, 1], yRange: [-5183, 4336], width: 227, height: 227 });
    expect(y.map(({ value }) => value)).toEqual([-4000, -2000, 0, 2000, 4000]);
  });
});
