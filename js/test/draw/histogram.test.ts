import { describe, expect, it } from "vitest";
import { BINS, binned, readHistogram, widened } from "../../src/draw/histogram";

const values = Float32Array.of(0.1, -0.3, 0.7, -0.05, 0, Number.NaN, Number.POSITIVE_INFINITY);

describe("a histogram", () => {
  it("holds every finite value, each in a bin of its sign", () => {
    const { bound, mean, deviation, counts } = binned([values.subarray(0, 3), values.subarray(3)]);
    expect(bound).toBe(1);
    expect(mean).toBeCloseTo(0.09, 6);
    expect(deviation).toBeCloseTo(
      Math.sqrt((0.01 ** 2 + 0.39 ** 2 + 0.61 ** 2 + 0.14 ** 2 + 0.09 ** 2) / 5),
      5,
    );
    expect(counts.reduce((sum, count) => sum + count)).toBe(5);
    expect(counts.subarray(0, BINS / 2).reduce((sum, count) => sum + count)).toBe(2);
  });

  it("has its largest values in the outermost bins", () => {
    const { counts } = binned([Float32Array.of(1, -1)]);
    expect([counts[0], counts[BINS - 1]]).toEqual([1, 1]);
  });

  it("in wider bins is that of the same values with the larger bound", () => {
    const narrow = binned([values]);
    const wide = binned([Float32Array.of(...values, 3.9)]);
    expect(wide.bound).toBe(4);
    const expected = wide.counts.slice();
    expected[BINS - 1] = 0;
    expect([...widened(narrow, 4)]).toEqual([...expected]);
    expect(widened(narrow, 1)).toBe(narrow.counts);
  });

  it("is read from what Python sends", () => {
    const counts = Array.from({ length: BINS }, (_, bin) => bin);
    const { bound, mean, deviation, counts: read } = readHistogram(Float32Array.of(2, 0.5, 0.25, ...counts));
    expect([bound, mean, deviation, [...read]]).toEqual([2, 0.5, 0.25, counts]);
  });
});
