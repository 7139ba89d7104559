import { describe, expect, it } from "vitest";
import type { FrameHeader } from "../../src/generated/protocol";
import { readFrame } from "../../src/model/frames";
import { createHistory, EPOCH, STEP } from "../../src/model/history";
import { defaultTraits, makeFrame } from "../fake-model";

function frame(full: boolean, steps: number[][], epochs: number[][] = [], values: Partial<FrameHeader> = {}) {
  return readFrame(...makeFrame(defaultTraits(), { full, ...values }, { steps, epochs }));
}

/** One row per step: the loss of step i is i, its accuracy 1 / i. */
const rows = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => {
    const step = from + index;
    return [step, step, step, step, 1 / step, 1 / step, 1 / step];
  });

describe("history", () => {
  it("stays below 4096 rows, and keeps first, last, extremes and means", () => {
    const history = createHistory();
    history.take(frame(true, []));
    for (let start = 1; start <= 10_000; start += 1000) history.take(frame(false, rows(start, start + 999)));
    const steps = history.steps.column(STEP.step);
    const losses = history.steps.column(STEP.loss);
    expect(history.steps.rows).toBeLessThanOrEqual(4096);
    expect(history.steps.rows).toBeGreaterThan(2000);
    expect(steps.at(-1)).toBe(10_000);
    expect(history.steps.column(STEP.lossMin)[0]).toBe(1);
    expect(history.steps.column(STEP.lossMax).at(-1)).toBe(10_000);
    expect([...steps]).toEqual([...steps].sort((a, b) => a - b));
    // The mean of a bin, times its number of steps, is its sum: together they are the sum of all losses.
    let sum = 0;
    steps.forEach((step, row) => {
      sum += (losses[row] as number) * (step - (row ? (steps[row - 1] as number) : 0));
    });
    expect(sum).toBeCloseTo((10_000 * 10_001) / 2, 3);
  });

  it("thins epochs by keeping later ones, and the first of all: a curve begins where the run does", () => {
    const history = createHistory();
    const epochs = Array.from({ length: 5000 }, (_, index) => [index + 1, 0.5, 0.9, Number.NaN, Number.NaN]);
    history.take(frame(true, [], epochs));
    expect(history.epochs.rows).toBe(2500);
    expect([...history.epochs.column(EPOCH.epoch).slice(0, 3)]).toEqual([1, 4, 6]);
    expect(history.epochs.column(EPOCH.testLoss)[0]).toBeNaN();
  });

  it("says that it changed only when it did", () => {
    const history = createHistory();
    history.take(frame(true, rows(1, 3)));
    const before = history.version.value;
    history.take(frame(false, []));
    expect(history.version.value).toBe(before);
    history.take(frame(false, rows(4, 4)));
    expect(history.version.value).toBe(before + 1);
  });

  it("knows which epoch a step belongs to although the batch size changes", () => {
    const history = createHistory();
    const at = (step: number, epoch: number, batch: number, steps_per_epoch: number, full = false) =>
      history.take(frame(full, [], [], { step, epoch, batch, steps_per_epoch }));
    at(0, 0, 0, 100, true);
    at(150, 1, 50, 100);
    at(170, 1, 90, 200);
    at(280, 2, 0, 200, true);
    expect(history.anchors).toEqual([
      [150, 1.5],
      [280, 2],
    ]);
    at(0, 0, 0, 200, true);
    expect(history.anchors).toEqual([]);
  });
});
