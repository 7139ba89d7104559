import { describe, expect, it } from "vitest";
import { linesOf, PIN_DASHES, smoothed, TEST_DASH, WHOLE_RUN } from "../../src/draw/curve-lines";
import { stopsOf, valuesAt } from "../../src/draw/curve-values";
import { makeData, makePin, of } from "./curve-rows";
import { THEME } from "./support";

const NaN_ = Number.NaN;

describe("a moving average", () => {
  it("is the usual one, of all that came before and free of its beginning", () => {
    const [xs, ys, weight] = [of(1, 2, 3), of(4, 1, 7), 0.6];
    const sums = [4, 4 * 0.6 + 1, (4 * 0.6 + 1) * 0.6 + 7];
    const totals = [1, 1.6, 1.96];
    const expected = sums.map((sum, row) => sum / (totals[row] as number));
    [...smoothed(xs, ys, weight)].forEach((value, row) => {
      expect(value).toBeCloseTo(expected[row] as number, 12);
    });
  });

  it("of a constant is that constant, however rows were thinned", () => {
    for (const value of smoothed(of(1, 2, 4, 8, 8.5), of(3, 3, 3, 3, 3), 0.9)) expect(value).toBeCloseTo(3);
  });

  it("hardly changes where rows are joined in pairs", () => {
    const rows = Array.from({ length: 200 }, (_, index) => Math.sin(index / 30));
    const fine = smoothed(
      Float64Array.from(rows, (_, index) => index + 1),
      Float64Array.from(rows),
      0.9,
    );
    const half = rows.filter((_, index) => index % 2);
    const coarse = smoothed(
      Float64Array.from(half, (_, index) => 2 * (index + 1)),
      Float64Array.from(half),
      0.9,
    );
    expect(coarse.at(-1)).toBeCloseTo(fine.at(-1) as number, 1);
  });

  it("leaves out what was not measured", () => {
    const result = smoothed(of(1, 2, 3), of(2, NaN_, 2), 0.5);
    expect(result[1]).toBeNaN();
    expect(result[2]).toBeCloseTo(2);
  });
});

describe("the lines", () => {
  const data = {
    ...makeData([0.7, 0.5], [0.8, 0.6], [0.9, 0.8, 0.7]),
    pins: [makePin([1, 0.9], { dash: 1 })],
  };
  const names = (view: Partial<typeof WHOLE_RUN>) =>
    linesOf(data, { ...WHOLE_RUN, ...view }, null, THEME).map(({ name }) => name);

  it("are pinned runs, the test set, and the train set over all", () => {
    expect(names({})).toEqual(["run 1", "test", "train"]);
    expect(names({ train: false })).toEqual(["run 1", "test"]);
    expect(names({ test: false })).toEqual(["run 1", "train"]);
  });

  it("compare train sets, or test sets where only those are shown", () => {
    const pin = makePin([1, 0.9], { test: of(3, 2) });
    const raw = (train: boolean) =>
      linesOf({ ...data, pins: [pin] }, { ...WHOLE_RUN, train }, null, THEME)[0]?.raw;
    expect(raw(true)).toBe(pin.train);
    expect(raw(false)).toBe(pin.test);
  });

  it("have dashes that are all different", () => {
    expect(PIN_DASHES).toHaveLength(6);
    expect(new Set([...PIN_DASHES, TEST_DASH].map(String)).size).toBe(7);
  });

  it("keep what was measured behind a moving average", () => {
    const [, , train] = linesOf(data, { ...WHOLE_RUN, smoothing: 0.9 }, null, THEME);
    expect(train?.raw).toBe(data.epochs.train);
    expect(train?.ys).not.toBe(train?.raw);
  });

  it("go from batch to batch where steps are asked for", () => {
    const stepXs = of(0.1, 0.2, 0.3);
    const [, test, train] = linesOf(data, { ...WHOLE_RUN, steps: true }, stepXs, THEME);
    expect([train?.xs, train?.ys]).toEqual([stepXs, data.steps.mean]);
    expect(test?.xs).toBe(data.epochs.epoch);
  });
});

describe("the numbers at an epoch", () => {
  const long = makePin([3, 2, 1, 0.5], { label: "lr 1" });
  const data = { ...makeData([0.7, 0.5], [0.8, NaN_]), pins: [long, makePin([9])] };

  it("are those of every line that was measured there", () => {
    const at = (stop: number) => valuesAt(data, WHOLE_RUN, null, stop);
    expect(at(1)).toEqual({ epoch: 1, step: null, train: 0.7, test: 0.8, pins: [3, 9] });
    expect(at(2)).toEqual({ epoch: 2, step: null, train: 0.5, test: null, pins: [2, null] });
    expect(at(4)).toEqual({ epoch: 4, step: null, train: null, test: null, pins: [0.5, null] });
  });

  it("are there for this run's rows, and beyond them for the longest other run's", () => {
    expect(stopsOf(data, null)).toEqual([1, 2, 3, 4]);
    expect(stopsOf(makeData([1]), null)).toEqual([1]);
  });

  it("are a batch's where steps are drawn", () => {
    const steps = makeData([0.7], [0.8], [5, 4, 3]);
    const values = valuesAt(steps, { ...WHOLE_RUN, steps: true }, of(0.1, 0.2, 0.3), 0.2);
    expect([values.epoch, values.step, values.train]).toEqual([0.2, 2, 4]);
  });
});
