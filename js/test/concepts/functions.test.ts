import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ACTIVATIONS, erfc } from "../../src/concepts/functions";

interface Vectors {
  x: number[];
  activations: Record<string, { label: string; f: number[]; derivative: number[] }>;
  erfc: { x: number[]; values: number[] };
}

const vectors: Vectors = JSON.parse(readFileSync("../tests/vectors/functions.json", "utf8"));

const isClose = (value: number, expected: number, tolerance: number) =>
  Math.abs(value - expected) <= tolerance * Math.abs(expected) || Math.abs(value - expected) < 1e-300;

/** What is farther off than the tolerance, for a message that says where. */
function wrong(x: number[], expected: number[], f: (x: number) => number, tolerance: number) {
  return x
    .map((at, i) => ({ at, value: f(at), expected: expected[i] as number }))
    .filter(({ value, expected }) => !isClose(value, expected, tolerance));
}

describe("activation functions", () => {
  it("are those of Python, by the same names and in the same order", () => {
    expect(Object.keys(ACTIVATIONS)).toEqual(Object.keys(vectors.activations));
    for (const [name, { label }] of Object.entries(vectors.activations)) {
      expect(ACTIVATIONS[name]?.label).toBe(label);
    }
  });

  it.each(Object.keys(ACTIVATIONS))("%s is exact, however large or small", (name) => {
    const activation = ACTIVATIONS[name] as (typeof ACTIVATIONS)[string];
    const { f, derivative } = vectors.activations[name] as Vectors["activations"][string];
    expect(wrong(vectors.x, f, activation.f, 1e-12)).toEqual([]);
    expect(wrong(vectors.x, derivative, activation.derivative, 1e-12)).toEqual([]);
  });

  it.each(Object.keys(ACTIVATIONS))("%s has a limit at infinity, and no zero of it has a sign", (name) => {
    const { f, derivative } = ACTIVATIONS[name] as (typeof ACTIVATIONS)[string];
    for (const x of [Number.NEGATIVE_INFINITY, -1e308, -800, -0, 0, 1e308, Number.POSITIVE_INFINITY]) {
      for (const value of [f(x), derivative(x)]) {
        expect(value).not.toBeNaN();
        expect(Object.is(value, -0)).toBe(false);
      }
    }
    const bounded = ["tanh", "sigmoid", "step"].includes(name);
    expect(f(Number.POSITIVE_INFINITY)).toBe(bounded ? 1 : Number.POSITIVE_INFINITY);
  });

  it("knows the error function where it is tiny", () => {
    expect(wrong(vectors.erfc.x, vectors.erfc.values, erfc, 1e-12)).toEqual([]);
  });
});
