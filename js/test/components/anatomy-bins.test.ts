import { describe, expect, it } from "vitest";
import {
  barsOf,
  binText,
  countsApart,
  momentTexts,
  oddText,
  zerosText,
} from "../../src/components/anatomy/bins";
import type { SpreadTrait } from "../../src/generated/protocol";

const spread = (changes: Partial<SpreadTrait> = {}): SpreadTrait => ({
  role: "weight",
  name: "weight",
  size: 100,
  odd: 0,
  zeros: 0,
  mean: 0.25,
  deviation: 0.5,
  low: -1,
  high: 1,
  counts: [10, 20, 30, 40],
  ...changes,
});

describe("a histogram", () => {
  it("says what a bin holds", () => {
    expect(binText(spread(), 0)).toBe("−1.0 to −0.5: 10 of 100");
    expect(binText(spread({ low: -0.12, high: -0.04, counts: [1204, 1, 1, 1], size: 50_176 }), 0)).toBe(
      "−0.12 to −0.10: 1,204 of 50,176",
    );
    expect(binText(spread({ zeros: 12 }), 2)).toBe("0.0 to 0.5: 30 of 100, 12 of them exactly 0");
    expect(binText(spread({ low: 3, high: 3, counts: [0, 100] }), 1)).toBe("3: 100 of 100");
  });

  it("leaves out of its bars what is exactly 0", () => {
    const relu = spread({ low: 0, high: 4, zeros: 90, counts: [92, 4, 2, 2] });
    expect(countsApart(relu)).toEqual([2, 4, 2, 2]);
    const bars = barsOf(relu, 40, 20);
    expect(bars.zero).toBe(0);
    expect(bars.spike).toBe(20);
    expect(bars.negative).toBe("");
    // The second bin is the highest of the others.
    expect(bars.positive).toContain("M10.00 20V0.00H20.00V20Z");
    expect(bars.positive).toContain("M0.00 20V10.00H10.00V20Z");
  });

  it("has the colours of the signs, also within a bin", () => {
    const bars = barsOf(spread({ low: -1, high: 3, counts: [10, 20] }), 40, 20);
    expect(bars.zero).toBe(10);
    expect(bars.negative).toBe("M0.00 20V10.00H10.00V20Z");
    expect(bars.positive).toBe("M10.00 20V10.00H20.00V20ZM20.00 20V0.00H40.00V20Z");
    expect(barsOf(spread({ low: 1, high: 2, counts: [1, 1] }), 40, 20)).toMatchObject({
      negative: "",
      zero: null,
    });
    expect(barsOf(spread({ low: -2, high: -1, counts: [1, 1] }), 40, 20).positive).toBe("");
  });

  it("draws a single value in the middle", () => {
    const same = (value: number) => barsOf(spread({ low: value, high: value, counts: [0, 5] }), 40, 20);
    expect(same(-2)).toMatchObject({ negative: "M18.00 20V0.00H22.00V20Z", positive: "" });
    expect(same(2).positive).toBe("M18.00 20V0.00H22.00V20Z");
    const zeros = barsOf(spread({ low: 0, high: 0, zeros: 100, counts: [0, 100] }), 40, 20);
    expect(zeros).toMatchObject({ positive: "", negative: "", zero: 20, spike: 20 });
  });

  it("writes as many decimals as mean something", () => {
    expect(momentTexts(spread({ mean: 0.00031, deviation: 0.0357 }))).toEqual(["0.000", "0.036"]);
    expect(momentTexts(spread({ mean: 12.345, deviation: 3 }))).toEqual(["12.3", "3.0"]);
    expect(momentTexts(spread({ mean: 2e-6, deviation: 3e-6 }))).toEqual(["2.0·10⁻⁶", "3.0·10⁻⁶"]);
    expect(momentTexts(spread({ mean: null, deviation: null }))).toEqual(["·", "·"]);
  });

  it("says how many are 0, and how many no number", () => {
    const zeros = (count: number) => zerosText(spread({ zeros: count, size: 1000 })).replace("\u2009", " ");
    expect([0, 3, 620, 999, 1000].map(zeros)).toEqual(["", "3 × 0", "62 % = 0", "99 % = 0", "all 0"]);
    expect(oddText(spread({ odd: 3 }))).toBe("3 NaN or ∞");
    expect(oddText(spread({ odd: 100 }))).toBe("all NaN or ∞");
    expect(oddText(spread())).toBe("");
  });
});
