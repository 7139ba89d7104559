import { describe, expect, it } from "vitest";
import { type CurveData, NO_DATA } from "../../src/draw/curve-data";
import {
  type Axes,
  epochAt,
  epochTicks,
  limitsFor,
  logTicks,
  rowBefore,
  valueTicks,
  xAt,
  yAt,
  zoomedLimits,
} from "../../src/draw/curve-scale";
import { makeData, makePin, of } from "./curve-rows";

const y = (data: CurveData, before: ReturnType<typeof limitsFor> | null = null) =>
  limitsFor("loss", data, before).y;

describe("limits of the loss", () => {
  it("begin at zero and end at a whole tick above the highest epoch", () => {
    expect(y(makeData([0.69, 0.5], [0.75, 0.6]))).toEqual([0, 0.8]);
    expect(y(makeData([0.81]))).toEqual([0, 1]);
    expect(y(makeData([1.3]))).toEqual([0, 2]);
    expect(y(makeData([23]))[1]).toBeCloseTo(40);
    for (let loss = 0.0013; loss < 1e4; loss *= 1.7) {
      const range = y(makeData([loss]));
      expect(range[1]).toBeGreaterThanOrEqual(loss);
      expect(range[1]).toBeLessThanOrEqual(2 * loss + 1e-9);
      const ticks = valueTicks("loss", range).map(({ value }) => value);
      expect(ticks.length).toBeGreaterThanOrEqual(4);
      expect(ticks.length).toBeLessThanOrEqual(6);
      expect(ticks.at(-1)).toBeCloseTo(range[1]);
    }
  });

  it("never shrink within a run", () => {
    const high = limitsFor("loss", makeData([3]), null);
    expect(y(makeData([3, 0.1]), high)).toEqual(high.y);
    expect(y(makeData([0.1]), high)).toEqual(high.y);
    expect(y(makeData([3, 9]), high)[1]).toBe(10);
  });

  it("ignore what was not measured, and single batches once there is an epoch", () => {
    expect(y(makeData([0.7, Number.NaN], [Number.NaN, Number.POSITIVE_INFINITY]))).toEqual([0, 0.8]);
    expect(y(makeData([0.7], [0.7], [0.1, 50]))).toEqual([0, 0.8]);
    expect(y(makeData([], [], [2, 4]))).toEqual([0, 4]);
    expect(y(NO_DATA)).toEqual([0, 0.8]);
  });

  it("make room below zero for losses that go there", () => {
    expect(y(makeData([0.5, -1.3]))).toEqual([-2, 0.6]);
  });
});

describe("limits of the accuracy", () => {
  it("end at one and reach down only as far as needed", () => {
    const low = (values: number[]) => limitsFor("accuracy", makeData(values), null).y;
    expect(low([0.5, 0.9])).toEqual([0.4, 1]);
    expect(low([0.39, 0.9])).toEqual([0.2, 1]);
    expect(low([0.1])).toEqual([0, 1]);
    const before = limitsFor("accuracy", makeData([0.3]), null);
    expect(limitsFor("accuracy", makeData([0.9]), before).y).toEqual([0.2, 1]);
    expect(valueTicks("accuracy", [0.4, 1]).map(({ label }) => label)).toEqual([
      "40\u2009%",
      "60\u2009%",
      "80\u2009%",
      "100\u2009%",
    ]);
  });
});

describe("the epoch axis", () => {
  it("grows in steps and never shrinks", () => {
    const x = (epochs: number, before: ReturnType<typeof limitsFor> | null = null) =>
      limitsFor("loss", makeData(Array<number>(epochs).fill(0.5)), before).x;
    expect([0, 1, 10, 11, 20, 21, 51, 101, 201, 500].map((epochs) => x(epochs))).toEqual([
      10, 10, 10, 20, 20, 50, 100, 200, 500, 500,
    ]);
    expect(x(3, { x: 200, y: [0, 1], log: null })).toBe(200);
  });

  it("has whole epochs for ticks, with room for them", () => {
    const values = (limit: number, length: number) =>
      epochTicks([0, limit], length).map(({ value }) => value);
    expect(values(10, 260)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(values(200, 260)).toEqual([0, 50, 100, 150, 200]);
    expect(values(10, 2000)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(epochTicks([0, 10_000], 260).map(({ label }) => label)).toEqual(["0", "5,000", "10,000"]);
  });
});

describe("pinned runs", () => {
  it("count for both axes", () => {
    const data = { ...makeData([0.7]), pins: [makePin(Array<number>(60).fill(3))] };
    expect(limitsFor("loss", data, null)).toEqual({ x: 100, y: [0, 4], log: [0.1, 10] });
  });
});

describe("single batches", () => {
  const steps = [...Array<number>(98).fill(1), 50, 90];
  const data = makeData([0.7], [0.7], steps);
  const xs = data.steps.step.map((step) => step / 10);

  it("make the axis where they are what is drawn, but for the wildest", () => {
    expect(limitsFor("loss", data, null).y).toEqual([0, 0.8]);
    expect(limitsFor("loss", data, null, xs).y[1]).toBeGreaterThanOrEqual(1);
    expect(limitsFor("loss", data, null, xs).y[1]).toBeLessThan(90);
  });

  it("count in a zoom only where they are inside of it", () => {
    expect(zoomedLimits("loss", data, [0, 5], false, null, xs)?.[1]).toBeLessThan(2);
    expect(zoomedLimits("loss", data, [9.85, 10], false, null, xs)?.[1]).toBe(90);
  });
});

describe("a logarithmic axis", () => {
  const log = (values: number[], before: ReturnType<typeof limitsFor> | null = null) =>
    limitsFor("loss", makeData(values), before).log;

  it("has whole decades around what is above zero", () => {
    expect(log([0.7, 0.05])).toEqual([0.01, 1]);
    expect(log([0.3])).toEqual([0.1, 1]);
    expect(log([1])).toEqual([0.1, 1]);
    expect(log([20, 0])).toEqual([10, 100]);
    expect(log([0.5, -2, Number.NaN, Number.POSITIVE_INFINITY])).toEqual([0.1, 1]);
    expect(log([0, -1])).toBe(null);
    expect(log([1e-30, 1])?.[0]).toBeCloseTo(1e-8, 12);
  });

  it("only ever widens in a run, as the other does", () => {
    const wide = limitsFor("loss", makeData([30, 0.002]), null);
    expect(log([0.5], wide)).toEqual([0.001, 100]);
    expect(log([0], wide)).toEqual([0.001, 100]);
  });

  it("has ticks at decades, with 2 and 5 between where there are few", () => {
    expect(logTicks([0.1, 1]).map(({ label }) => label)).toEqual(["0.1", "0.2", "0.5", "1"]);
    expect(logTicks([0.01, 100]).map(({ value }) => value)).toEqual([0.01, 0.1, 1, 10, 100]);
    expect(logTicks([1e-8, 1]).map(({ value }) => value)).toEqual([1e-8, 1e-6, 1e-4, 1e-2, 1]);
  });

  it("puts decades at equal distances, and what has no logarithm on the lower edge", () => {
    const axes: Axes = { x: [0, 10], y: [0.01, 1], log: true, left: 40, top: 10, width: 200, height: 100 };
    expect([1, 0.1, 0.01].map((value) => yAt(axes, value))).toEqual([10, 60, 110]);
    expect([0.001, 0, -3].map((value) => yAt(axes, value))).toEqual([110, 110, 110]);
  });
});

describe("a zoomed axis", () => {
  const data = makeData([0.9, 0.42, 0.41, 0.405]);

  it("fits what lies in the range, in round numbers, and widens while it stays", () => {
    const fitted = zoomedLimits("loss", data, [2, 4], false, null);
    expect(fitted).toEqual([0.405, 0.42]);
    expect(zoomedLimits("loss", data, [1, 4], false, fitted)).toEqual([0.4, 0.9]);
    expect(zoomedLimits("loss", data, [2, 3], false, [0.3, 0.42])).toEqual([0.3, 0.42]);
    expect(zoomedLimits("loss", data, [50, 60], false, null)).toBe(null);
    expect(zoomedLimits("loss", data, [2, 4], true, null)).toEqual([0.1, 1]);
  });

  it("stays below one where shares are shown", () => {
    expect(zoomedLimits("accuracy", makeData([0.5, 0.97, 1]), [2, 3], false, null)?.[1]).toBe(1);
    expect(valueTicks("accuracy", [0.97, 1]).map(({ label }) => label)[0]).toBe("97\u2009%");
  });

  it("has room below where everything is right", () => {
    const [low, high] = zoomedLimits("accuracy", makeData([1, 1, 1, 1]), [2, 4], false, null) ?? [0, 0];
    expect(high).toBe(1);
    expect(low).toBeLessThan(1);
    expect(valueTicks("accuracy", [low, high]).length).toBeGreaterThan(1);
  });

  it("holds the averages that are drawn, too", () => {
    const data = makeData([0.9, 0.1, 0.1, 0.1]);
    const averages = [{ xs: data.epochs.epoch, ys: Float64Array.of(0.9, 0.6, 0.5, 0.3) }];
    expect(zoomedLimits("loss", data, [3, 4], false, null, null, averages)).toEqual([0.1, 0.5]);
  });

  it("has parts of epochs for ticks where there are few", () => {
    expect(epochTicks([4, 5], 260).map(({ label }) => label)).toEqual([
      "4.0",
      "4.2",
      "4.4",
      "4.6",
      "4.8",
      "5.0",
    ]);
    expect(epochTicks([100, 150], 260).map(({ value }) => value)).toEqual([100, 110, 120, 130, 140, 150]);
  });

  it("is the inverse of itself", () => {
    const axes: Axes = { x: [20, 70], y: [0, 1], log: false, left: 40, top: 10, width: 200, height: 100 };
    expect(epochAt(axes, xAt(axes, 33))).toBeCloseTo(33);
  });
});

describe("the end of a line in what is shown", () => {
  it("is the last row with a value there", () => {
    const xs = of(1, 2, 3, 4);
    expect(rowBefore(xs, of(1, 1, Number.NaN, 1), 3.5)).toBe(1);
    expect(rowBefore(xs, of(1, 1, 1, 1), 0.5)).toBe(-1);
  });
});
