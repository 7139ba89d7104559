import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { experiment, GATES, line, type Pair, preActivation, table } from "../../src/concepts/neuron";

interface Case {
  weights: Pair;
  bias: number;
  activation: string;
  gate: string;
  hidden: boolean;
  rows: { seen: Pair; target: number; z: number; output: number; right: boolean }[];
  line: [Pair, Pair] | null;
}

const stored: { cases: Case[]; experiment: Record<string, number[]> } = JSON.parse(
  readFileSync("../tests/vectors/neuron.json", "utf8"),
);

describe("a neuron", () => {
  it.each(stored.cases)("of weights $weights and bias $bias has PyTorch's table as $gate", (one) => {
    const rows = table(one.weights, one.bias, one.activation, one.gate, one.hidden);
    one.rows.forEach((expected, index) => {
      const row = rows[index] as (typeof rows)[0];
      expect([row.seen, row.target, row.isRight]).toEqual([expected.seen, expected.target, expected.right]);
      expect(row.z).toBeCloseTo(expected.z, 9);
      expect(row.output).toBeCloseTo(expected.output, 9);
    });
  });

  it.each(stored.cases)("of weights $weights and bias $bias has its line", (one) => {
    const found = line(one.weights, one.bias);
    expect(found === null).toBe(one.line === null);
    found?.flat().forEach((value, index) => {
      expect(value).toBeCloseTo(one.line?.flat()[index] as number, 5);
    });
  });

  it("says 0 where only rounding is left of a sum", () => {
    expect(1 * 1 + -0.7 * 1 - 0.3).not.toBe(0);
    expect(preActivation([1, -0.7], -0.3, [1, 1])).toBe(0);
  });

  it.each(Object.keys(GATES))("as %s was tried at all settings", (gate) => {
    expect(experiment(gate, false)).toEqual(stored.experiment[`${gate} False`]);
    expect(experiment(gate, true)).toEqual(stored.experiment[`${gate} True`]);
  });
});
