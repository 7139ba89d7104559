import { describe, expect, it } from "vitest";
import { told } from "../../src/components/activation/numbers";
import { amount, inFloat32, probabilityText, signClass, three } from "../../src/components/explorer/numbers";
import { numberText } from "../../src/components/fields";

describe("a number in a box", () => {
  it.each([
    [0.03, "0.03"],
    [0.1 + 0.2, "0.3"],
    [100000, "100000"],
    [1e9, "1e9"],
    [2147483647, "2147483647"],
    [0.0000012, "1.2e-6"],
    [-1e25, "-1e25"],
    [0, "0"],
  ])("%d is %s", (value, text) => {
    expect(numberText(value)).toBe(text);
  });
});

describe("numbers of every size", () => {
  it.each([
    [0.8360188, "0.836"],
    [-0.1639812, "−0.164"],
    [0, "0"],
    [-0, "0"],
    [0.00051, "0.001"],
    [0.000044, "4.4·10⁻⁵"],
    [-2.8e-87, "−2.8·10⁻⁸⁷"],
    [1234.5, "1234.5"],
    [-647650.3, "−6.5·10⁵"],
    [485165195, "4.9·10⁸"],
    [Number.POSITIVE_INFINITY, "∞"],
    [Number.NEGATIVE_INFINITY, "−∞"],
  ])("%d is %s", (value, text) => {
    expect(three(value)).toBe(text);
  });

  it.each([
    [20.0855, "20.09"],
    [0, "0"],
    [0.0067379, "0.00674"],
    [0.000045, "4.5·10⁻⁵"],
    [2980.958, "2981"],
    [2.35e17, "2.4·10¹⁷"],
  ])("an exponential of %d is %s", (value, text) => {
    expect(amount(value)).toBe(text);
  });

  it.each([
    [0, "0"],
    [0.00004, "4.0·10⁻⁵"],
    [0.5, "0.500"],
    [0.9994, "0.999"],
    [0.9996646, "0.99966"],
    [0.999989, "0.99999"],
    [0.9999999, "> 0.99999"],
    [1, "1"],
  ])("a probability of %d is %s: rounded to 1 is nothing that is less", (value, text) => {
    expect(probabilityText(value)).toBe(text);
  });

  it.each([
    [0.9975273768, 2, "0.998"],
    [0.9999877117, 4, "0.99999"],
    [-0.9999877117, 4, "−0.99999"],
    [0.4621171573, 4, "0.4621"],
    [1, 4, "1.0000"],
    [1.00001, 2, "1.00"],
    [-0.0000246, 4, "−2.5·10⁻⁵"],
    [0, 4, "0"],
  ])("what an activation gives, %d with %d decimals, is %s", (value, digits, text) => {
    expect(told(value, digits)).toBe(text);
  });

  it("wear the colour of their sign, and 0 none", () => {
    expect([-1e-9, 0, -0, 2, Number.NaN].map(signClass)).toEqual(["nnw-neg", "", "", "nnw-pos", ""]);
  });

  it("that float32 does not have are called as it calls them", () => {
    expect([1.5, Number.NaN, Number.POSITIVE_INFINITY].map((each) => inFloat32(each, three))).toEqual([
      "1.500",
      "nan",
      "inf",
    ]);
  });
});
