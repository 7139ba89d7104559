import { describe, expect, it } from "vitest";
import { epochsOfSteps, isNewRun, lastEpoch, NO_DATA, nearestRow, stepBand } from "../../src/draw/curve-data";
import { makeData, of } from "./curve-rows";

describe("steps", () => {
  it("become epochs by the steps of an epoch", () => {
    const epochOf = epochsOfSteps(makeData([], [], [], 21));
    expect(epochOf(21)).toBe(1);
    expect(epochOf(52.5)).toBe(2.5);
  });

  it("become epochs by what is known where their number changed in the run", () => {
    // Ten epochs of 100 steps, then 25 steps each.
    const data = { ...makeData([], [], [], 25), anchors: [[1000, 10]] as const };
    const epochOf = epochsOfSteps(data);
    expect([500, 1000, 1025, 1100].map(epochOf)).toEqual([5, 10, 11, 14]);
  });

  it("decide with the epochs how far the data reach", () => {
    expect(lastEpoch(NO_DATA)).toBe(0);
    expect(lastEpoch(makeData([1, 1], [1, 1], Array<number>(25).fill(1)))).toBe(2.5);
    expect(lastEpoch(makeData([1, 1]))).toBe(2);
  });

  it("are gathered by pixel columns: lowest, highest, mean", () => {
    const data = makeData([], [], [1, 5, 3, 2, 8, Number.NaN, 4], 4);
    // Two columns to an epoch of four steps: steps 1 | 2 3 | 4 5 | (6) 7.
    const band = stepBand(data, 2);
    expect(band.low).toEqual([1, 3, 2, 4]);
    expect(band.high).toEqual([1, 5, 8, 4]);
    expect(band.mean).toEqual([1, 4, 5, 4]);
    expect(band.x).toEqual([0.25, 0.75, 1.25, 1.75]);
  });

  it("are gathered alike whatever is known of the way: rounding moves none to another column", () => {
    const data = makeData([], [], Array<number>(60_000).fill(1), 100);
    const { x } = stepBand(data, 3);
    for (const step of [137, 4_411, 33_337]) {
      const anchors = [[step, step / 100] as const, [60_000, 600] as const];
      const band = stepBand({ ...data, anchors }, 3);
      expect(band.x.length).toBe(x.length);
      band.x.forEach((end, column) => {
        expect(end).toBeCloseTo(x[column] as number, 9);
      });
    }
  });

  it("take no more entries than there are columns", () => {
    const band = stepBand(makeData([], [], Array<number>(4000).fill(1), 100), 5);
    expect(band.x.length).toBeLessThanOrEqual(201);
    expect(band.x.length).toBeGreaterThanOrEqual(200);
  });
});

describe("isNewRun", () => {
  it("tells a run that starts over from one that is rewound", () => {
    expect(isNewRun(NO_DATA, 100)).toBe(true);
    expect(isNewRun(makeData([], [], [1, 1]), 100)).toBe(true);
    expect(isNewRun(makeData([1, 1, 1]), 100)).toBe(false);
    expect(isNewRun(makeData([1, 1, 1]), 2)).toBe(false);
  });
});

describe("rows", () => {
  it("are found by the nearest x", () => {
    const xs = of(1, 2, 3, 5, 9);
    for (let x = -1; x < 11; x += 0.13) {
      const found = xs[nearestRow(xs, x)] as number;
      const nearest = Math.min(...Array.from(xs, (each) => Math.abs(each - x)));
      expect(Math.abs(found - x)).toBeCloseTo(nearest);
    }
    expect(nearestRow(of(), 3)).toBe(-1);
  });
});
