import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { crossEntropy, crossEntropyGradient, naiveSoftmax, softmax } from "../../src/concepts/softmax";

/** A number as the files of vectors write it. */
type Written = number | "inf" | "-inf" | null;

interface Case {
  logits: number[];
  target: number;
  temperature: number;
  offset: number;
  probabilities: number[];
  log_probabilities: number[];
  loss: number;
  gradient: number[];
  naive: { exponentials: Written[]; total: Written; probabilities: Written[] };
}

const { cases }: { cases: Case[] } = JSON.parse(readFileSync("../tests/vectors/softmax.json", "utf8"));

const number = (written: Written) => {
  if (written === null) return Number.NaN;
  return typeof written === "number" ? written : Number(`${written}inity`.replace("inf", "Inf"));
};

const isClose = (value: number, expected: number) =>
  Math.abs(value - expected) <= 1e-9 * Math.abs(expected) + 1e-15;

const allClose = (values: readonly number[], expected: readonly number[]) =>
  values.length === expected.length && values.every((value, at) => isClose(value, expected[at] as number));

describe("softmax and cross-entropy", () => {
  it.each(cases)("of $logits at temperature $temperature are those of PyTorch", (one) => {
    const values = softmax(one.logits, one.temperature);
    expect(allClose(values.probabilities, one.probabilities)).toBe(true);
    expect(allClose(values.logProbabilities, one.log_probabilities)).toBe(true);
    expect(isClose(crossEntropy(values, one.target), one.loss)).toBe(true);
    expect(allClose(crossEntropyGradient(values, one.target, one.temperature), one.gradient)).toBe(true);
  });

  it.each(cases)("of $logits plus $offset are in float32 what the naive formula gives", (one) => {
    const naive = naiveSoftmax(one.logits, one.temperature, one.offset);
    expect(naive.exponentials).toEqual(one.naive.exponentials.map(number));
    expect(naive.total).toBe(number(one.naive.total));
    expect(naive.probabilities).toEqual(one.naive.probabilities.map(number));
    expect(naive.isBroken).toBe(one.naive.probabilities.includes(null));
  });
});
