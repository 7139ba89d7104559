import { describe, expect, it } from "vitest";
import {
  type CurveData,
  epochsOfSteps,
  epochTicks,
  isNewRun,
  lastEpoch,
  lastMeasured,
  limitsFor,
  NO_DATA,
  nearestRow,
  placeLabels,
  stepBand,
  valueTicks,
} from "../../src/draw/curve-data";

const of = (...values: number[]) => Float64Array.from(values);
function makeData(
  train: number[],
  test: number[] = train,
  steps: number[] = [],
  stepsPerEpoch = 10,
): CurveData {
  const mean = Float64Array.from(steps);
  return {
    stepsPerEpoch,
    steps: { step: mean.map((_, index) => index + 1), mean, min: mean, max: mean },
    epochs: {
      epoch: Float64Array.from(train, (_, index) => index + 1),
      train: of(...train),
      test: of(...test),
    },
  };
}
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
    expect(x(3, { x: 200, y: [0, 1] })).toBe(200);
  });

  it("has whole epochs for ticks, with room for them", () => {
    const values = (limit: number, length: number) => epochTicks(limit, length).map(({ value }) => value);
    expect(values(10, 260)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(values(200, 260)).toEqual([0, 50, 100, 150, 200]);
    expect(values(10, 2000)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(epochTicks(10_000, 260).map(({ label }) => label)).toEqual(["0", "5,000", "10,000"]);
  });
});

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
  it("end with the last that was measured", () => {
    expect(lastMeasured(of(1, 2, Number.NaN))).toBe(1);
    expect(lastMeasured(of(Number.NaN))).toBe(-1);
  });
});

describe("placeLabels", () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };

  it("leaves labels alone that do not overlap", () => {
    expect(placeLabels([30, 10, 60], 13, 0, 100)).toEqual([30, 10, 60]);
  });

  it("moves two that do apart evenly", () => {
    expect(placeLabels([40, 42], 12, 0, 100)).toEqual([35, 47]);
    expect(placeLabels([42, 40], 12, 0, 100)).toEqual([47, 35]);
    expect(placeLabels([50, 50], 12, 0, 100)).toEqual([44, 56]);
  });

  it("never lets labels overlap, leave their range or change their order", () => {
    for (let round = 0; round < 300; round++) {
      const positions = Array.from({ length: 1 + Math.floor(4 * random()) }, () => 140 * random() - 20);
      const placed = placeLabels(positions, 13, 0, 100);
      const order = positions
        .map((_, index) => index)
        .sort((a, b) => (positions[a] as number) - (positions[b] as number));
      order.forEach((index, rank) => {
        expect(placed[index]).toBeGreaterThanOrEqual(-1e-9);
        expect(placed[index]).toBeLessThanOrEqual(100 + 1e-9);
        const before = order[rank - 1];
        if (before === undefined) return;
        expect((placed[index] as number) - (placed[before] as number)).toBeGreaterThanOrEqual(13 - 1e-9);
      });
    }
  });
});
