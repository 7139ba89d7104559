import { describe, expect, it } from "vitest";
import { fixed, percent, scientific, signed, significant, thousands, tickLabel } from "../../src/draw/format";

describe("fixed", () => {
  it.each([
    [0.5, 3, "0.500"],
    [-0.5, 2, "\u22120.50"],
    [-0.0001, 2, "0.00"],
    [-0, 0, "0"],
    [999_999.4, 0, "999999"],
    [1_250_000_000, 3, "1.3\u00b710\u2079"],
    [-1e30, 3, "\u22121.0\u00b710\u00b3\u2070"],
    [Number.POSITIVE_INFINITY, 2, "\u221e"],
    [Number.NEGATIVE_INFINITY, 2, "\u2212\u221e"],
    [Number.NaN, 2, "\u2013"],
    [null, 2, "\u2013"],
    [undefined, 2, "\u2013"],
  ])("writes %s with %i digits as %s", (value, digits, text) => {
    expect(fixed(value, digits)).toBe(text);
  });
});

describe("signed", () => {
  it.each([
    [1.69, "+1.69"],
    [-0.56, "\u22120.56"],
    [0, "+0.00"],
    [-0.001, "+0.00"],
    [Number.NaN, "\u2013"],
  ])("writes %s as %s", (value, text) => {
    expect(signed(value, 2)).toBe(text);
  });
});

describe("percent", () => {
  it("has a thin space before the sign", () => {
    expect(percent(0.971)).toBe("97.1\u2009%");
    expect(percent(1, 0)).toBe("100\u2009%");
    expect(percent(null)).toBe("\u2013");
  });
});

describe("thousands", () => {
  it("groups digits by three", () => {
    expect([0, 999, 1000, 2688, 1234567].map(thousands)).toEqual(["0", "999", "1,000", "2,688", "1,234,567"]);
    expect(thousands(-1234)).toBe("\u22121,234");
  });
});

describe("significant", () => {
  it.each([
    [0.030000001, 2, "0.03"],
    [0.1, 3, "0.1"],
    [0.00012345, 3, "0.000123"],
    [1234.5, 2, "1235"],
    [9.996, 3, "10"],
    [100, 3, "100"],
    [-2.5, 2, "\u22122.5"],
    [0, 3, "0"],
    [3e-7, 2, "3.0\u00b710\u207b\u2077"],
    [null, 2, "\u2013"],
  ])("writes %s with %i digits as %s", (value, digits, text) => {
    expect(significant(value, digits)).toBe(text);
  });
  it("can be read back to the digits it keeps", () => {
    for (let exponent = -5; exponent < 5; exponent++) {
      for (const mantissa of [1, 1.2345, 3.7, 9.99]) {
        const value = mantissa * 10 ** exponent;
        expect(Math.abs(Number(significant(value, 3)) - value)).toBeLessThanOrEqual(0.0051 * value);
      }
    }
  });
});

describe("scientific", () => {
  it("writes powers of ten", () => {
    expect(scientific(0.000012, 2)).toBe("1.2\u00b710\u207b\u2075");
    expect(scientific(-123456, 3)).toBe("\u22121.23\u00b710\u2075");
    expect([0, -0, Number.NaN].map((value) => scientific(value, 2))).toEqual(["0", "0", "\u2013"]);
  });
});

describe("tickLabel", () => {
  it("has the decimals that tell ticks apart, and plain zero", () => {
    expect([0, 0.2, 0.4].map((value) => tickLabel(value, 0.2))).toEqual(["0", "0.2", "0.4"]);
    expect([-1, 0, 1].map((value) => tickLabel(value, 1))).toEqual(["\u22121", "0", "1"]);
    expect(tickLabel(0.05, 0.05)).toBe("0.05");
    expect(tickLabel(2000, 1000)).toBe("2,000");
    expect(tickLabel(2e7, 1e7)).toBe("2\u00b710\u2077");
    expect(tickLabel(1.5e36, 5e35)).toBe("1.5\u00b710\u00b3\u2076");
    expect(tickLabel(-2e5, 1e5)).toBe("\u22122\u00b710\u2075");
    // Near to one another they are told apart.
    expect([123_400, 123_450].map((value) => tickLabel(value, 50))).toEqual(["123,400", "123,450"]);
    expect([2e6, 2.002e6].map((value) => tickLabel(value, 2000))).toEqual([
      "2.000\u00b710\u2076",
      "2.002\u00b710\u2076",
    ]);
  });
});
