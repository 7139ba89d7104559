import { describe, expect, it } from "vitest";
import { fill, literal } from "../../src/model/literals";

describe("values as Python writes them", () => {
  it.each([
    [1, "1"],
    [-0.5, "-0.5"],
    [1e-7, "1e-7"],
    [0.00001234, "1.234e-5"],
    [123456789, "123456789"],
    [1e21, "1e+21"],
    [Number.POSITIVE_INFINITY, 'float("inf")'],
    [true, "True"],
    [null, "None"],
    ['say "a"', '"say \\"a\\""'],
    [[1, [0.5, "x"]], '[1, [0.5, "x"]]'],
    [{ momentum: 0.9 }, '{"momentum": 0.9}'],
  ])("%j is %s", (value, text) => expect(literal(value)).toBe(text));

  it("fills a script in, by settings and by words that settings decide on", () => {
    const words = {
      apply: ["activation", { tanh: "torch.tanh(⟨x⟩)" }],
      layer: ["hidden", { true: "# hidden" }],
    } as never;
    const settings = { activation: "tanh", x: 0.5, hidden: true };
    expect(fill("⟨layer⟩ y = ⟨apply⟩", words, settings)).toBe("# hidden y = torch.tanh(0.5)");
  });
});
