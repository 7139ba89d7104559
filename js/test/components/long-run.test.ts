import { describe, expect, it } from "vitest";
import { longRun, runningMean, trainLine } from "../../src/components/images/long-run";
import {
  batchOf,
  current,
  durationText,
  type Moment,
  plannedEnd,
  reached,
  secondsLeft,
} from "../../src/components/images/plan";
import type { CurveData } from "../../src/draw/curve-data";
import type { FrameHeader } from "../../src/generated/protocol";

const of = (...values: number[]) => Float64Array.of(...values);

describe("a running mean", () => {
  it("is of the last steps, and of all there are before there are so many", () => {
    expect([...runningMean(of(1, 2, 3, 4, 5), of(1, 3, 5, 7, 9), 2)]).toEqual([1, 2, 4, 6, 8]);
  });

  it("counts a bin of steps as many times as it has steps", () => {
    // Steps 1 to 4 were 2 on average, 5 to 6 were 8.
    expect([...runningMean(of(4, 6), of(2, 8), 100)]).toEqual([2, 4]);
    expect(runningMean(of(4, 6), of(2, 8), 2)[1]).toBe(8);
  });

  it("does not depend on what came long before", () => {
    const far = runningMean(
      Float64Array.from({ length: 1000 }, (_, row) => row + 1),
      Float64Array.from({ length: 1000 }, (_, row) => (row < 500 ? 1e9 : 0.5)),
      100,
    );
    expect(far[999]).toBeCloseTo(0.5, 3);
  });

  it("begins anew after what is no number", () => {
    expect([...runningMean(of(1, 2, 3), of(1, Number.NaN, 3), 10)]).toEqual([1, Number.NaN, 3]);
  });
});

describe("the curves of a long run", () => {
  const data: CurveData = {
    stepsPerEpoch: 10,
    steps: {
      step: of(5, 10, 15, 24),
      mean: of(2, 1, 0.5, 0.25),
      min: of(1, 1, 1, 1),
      max: of(2, 2, 2, 2),
    },
    epochs: { epoch: of(1, 2), train: of(Number.NaN, 0.125), test: of(0.9, 0.8) },
  };
  const header = { preview: false, test_loss: 0.7, test_accuracy: 0.6 } as FrameHeader;

  it("have a train line within epochs", () => {
    expect([...trainLine(data).xs]).toEqual([0.5, 1, 1.5, 2.4]);
  });

  it("go on to the present with what is measured there", () => {
    expect(longRun(data, "loss", header).long?.test).toEqual({ xs: of(1, 2, 2.4), ys: of(0.9, 0.8, 0.7) });
    expect(longRun(data, "accuracy", header).long?.test.ys.at(-1)).toBe(0.6);
  });

  it("end where they were measured while the past is looked at", () => {
    expect(longRun(data, "loss", { ...header, preview: true }).long?.test.xs).toEqual(of(1, 2));
  });

  it("know the train set at an epoch's end by its batches where it was not evaluated", () => {
    expect([...longRun(data, "loss", header).epochs.train]).toEqual([1.5, 0.125]);
  });
});

describe("how far a run is", () => {
  const moment: Moment = {
    status: "running",
    epoch: 4,
    batch: 412,
    step: 4164,
    steps_per_epoch: 938,
    run_target_epoch: 8,
    steps_per_second: 1000,
  };
  const idle: Moment = { ...moment, status: "idle", batch: 938, run_target_epoch: null };

  it("is counted in epochs with their fraction", () => {
    expect(reached(moment)).toBeCloseTo(4.439, 3);
    expect(reached(idle)).toBe(4);
  });

  it("names the epoch and the batch that a reader would name", () => {
    expect([current(moment), batchOf(moment)]).toEqual([5, 412]);
    expect([current(idle), batchOf(idle)]).toEqual([4, 938]);
    expect([current({ ...moment, batch: 938 }), batchOf({ ...moment, batch: 938 })]).toEqual([5, 0]);
    expect([current({ ...idle, epoch: 0, batch: 0 }), batchOf({ ...idle, epoch: 0, batch: 0 })]).toEqual([
      0, 0,
    ]);
  });

  it("is planned by the run, else by what Play would do", () => {
    expect(plannedEnd(moment, 10)).toBe(8);
    expect(plannedEnd({ ...moment, run_target_epoch: null }, 10)).toBeNull();
    expect(plannedEnd(idle, 10)).toBe(10);
    expect(plannedEnd(idle, null)).toBeNull();
    // Play goes on to the end of a run, and where that is reached makes another.
    expect(plannedEnd({ ...idle, epoch: 12 }, 10)).toBe(20);
    expect(plannedEnd({ ...idle, epoch: 20 }, 10)).toBe(20);
    expect(plannedEnd({ ...idle, epoch: 0, batch: 0 }, 10)).toBe(10);
  });

  it("takes as long as its pace says", () => {
    expect(secondsLeft(moment, 8)).toBeCloseTo((4 * 938 - 412) / 1000);
    expect(secondsLeft(idle, 8)).toBeNull();
    expect(secondsLeft({ ...moment, steps_per_second: null }, 8)).toBeNull();
    expect(secondsLeft({ ...moment, step: 2 }, 8)).toBeNull();
    expect([0, 42.2, 99.7, 150, 7000].map(durationText)).toEqual([
      "1 s",
      "42 s",
      "2 min",
      "3 min",
      "1 h 57 min",
    ]);
  });
});
