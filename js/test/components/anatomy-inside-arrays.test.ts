import { describe, expect, it } from "vitest";
import {
  cellAt,
  cellOf,
  cellText,
  isUnsigned,
  isWhole,
  ownName,
  pictureOf,
  readPicture,
  spanOf,
  tileOf,
  withOwnNames,
} from "../../src/components/anatomy/arrays";
import { groupsOf } from "../../src/components/anatomy/matrix-parts";
import { bandOf, rangeOf, readMoments } from "../../src/components/anatomy/moments";
import { termsOf } from "../../src/components/anatomy/neuron-places";
import { shortNumber } from "../../src/components/anatomy/picture";
import { marksOf, partsOf, planeOf, readPixel } from "../../src/components/anatomy/pixels";
import { sizeText } from "../../src/components/anatomy/tensors";
import { placeAfterKey, planMatrix, planTiles } from "../../src/components/anatomy/tiles";
import {
  fitted,
  including,
  isAll,
  moved,
  rounded,
  type Window,
  zoomed,
} from "../../src/components/anatomy/window";
import type { MomentsTrait, PixelTrait } from "../../src/generated/protocol";
import { floats } from "../anatomy-fixture";
import { pictureTrait, recordedInside } from "../anatomy-inside";

describe("a place in a picture", () => {
  it("is named by the indices that it has in the tensor", () => {
    const kernels = readPicture(
      pictureTrait([[[1, 2]], [[3, 4]]], {
        shape: [64, 2, 1, 2],
        index: [12, null, null, null],
        axes: ["input channel", "row", "column"],
      }),
    );
    const cell = cellAt(kernels, { tile: 1, row: 0, column: 1 });
    expect(cell).toMatchObject({ value: 4, exact: true, tile: 1, name: "weight[12, 1, 0, 1]" });
    expect(cellText(cell as NonNullable<typeof cell>)).toBe("weight[12, 1, 0, 1] = 4");
    expect(cellAt(kernels, { tile: 2, row: 0, column: 0 })).toBeNull();
    expect(cellAt(kernels, { tile: 0, row: 1, column: 0 })).toBeNull();
  });

  it("counts from the first tile that was sent", () => {
    const later = readPicture(
      pictureTrait([[[7]]], {
        tiles: 100,
        first: 64,
        shown: 1,
        axes: ["channel", "", ""],
        index: [0, null],
        shape: [1, 100],
      }),
    );
    expect(cellAt(later, { tile: 0, row: 0, column: 0 })?.name).toBe("weight[0, 64]");
  });

  it("is a mean of several numbers, with the least and the greatest", () => {
    const coarse = readPicture(
      pictureTrait([[[0, 0.5]]], {
        shape: [20, 10],
        rows: 20,
        columns: 10,
        window: [12, 4, 4, 6],
        grid: [1, 2],
        lows: floats([-1, -2]),
        highs: floats([1, 3]),
      }),
    );
    const cell = cellAt(coarse, { tile: 0, row: 0, column: 1 });
    expect(cellText(cell as NonNullable<typeof cell>)).toBe("mean of weight[12:16, 7:10] = 0.5, −2 to 3");
    expect(isWhole(coarse)).toBe(false);
  });

  it("has the whole numbers along an axis, the last cell fewer", () => {
    // 10 numbers in cells of 4: as Python cuts them.
    expect([0, 1, 2].map((cell) => spanOf(cell, 5, 10, 3))).toEqual([
      [5, 9],
      [9, 13],
      [13, 15],
    ]);
    for (let at = 5; at < 15; at++) {
      const [from, to] = spanOf(cellOf(at, 5, 10, 3), 5, 10, 3);
      expect(from <= at && at < to).toBe(true);
    }
  });

  it("says what no number is", () => {
    const odd = readPicture(pictureTrait([[[null, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]]]));
    const texts = [0, 1, 2].map((column) => cellText(cellAt(odd, { tile: 0, row: 0, column }) as never));
    expect(texts).toEqual(["weight[0, 0] = NaN", "weight[0, 1] = ∞", "weight[0, 2] = −∞"]);
  });

  it("takes names apart from those of the model", () => {
    expect(ownName("encoder.0.weight", "encoder.0")).toBe("weight");
    expect(ownName("encoder.01.weight", "encoder.0")).toBe("encoder.01.weight");
    expect(ownName("weight", "")).toBe("weight");
    const { inside } = recordedInside("large", "0");
    const own = withOwnNames(inside, "0");
    expect(own.pictures.map(({ name }) => name)).toEqual([
      "weight",
      "weight",
      "bias",
      "bias",
      "output",
      "input",
    ]);
    // Python still knows it by its whole name.
    expect(pictureOf(own, "weight")?.tensor).toBe("0.weight");
    expect(own.spreads[0]?.name).toBe("weight");
    expect(withOwnNames(inside, "0")).toBe(own);
  });

  it("has the means that Python has made", () => {
    const whole = readPicture(recordedInside("large", "0").inside.pictures[0] as never);
    const part = readPicture(recordedInside("large", "0", 1).inside.pictures[0] as never);
    expect([whole.grid, part.grid]).toEqual([
      [20, 135],
      [16, 32],
    ]);
    // The exact numbers [4, 100] and [4, 101] are a cell of the whole.
    const mean = ((part.values[0] as number) + (part.values[1] as number)) / 2;
    expect(cellAt(whole, { tile: 0, row: 4, column: 50 })?.value).toBeCloseTo(mean, 5);
    expect(cellAt(whole, { tile: 0, row: 4, column: 50 })?.columns).toEqual([100, 102]);
    expect(cellAt(part, { tile: 0, row: 0, column: 0 })?.name).toBe("0.weight[4, 100]");
  });

  it("knows tiles, and whether any number is negative", () => {
    const maps = readPicture(pictureTrait([[[1, 2]], [[3, 0]]]));
    expect([...tileOf(maps, 1)]).toEqual([3, 0]);
    expect(isUnsigned(maps)).toBe(true);
    expect(isUnsigned(readPicture(pictureTrait([[[1, -2]]])))).toBe(false);
  });

  it("tells the size in the words of its axes", () => {
    const named = (axes: string[]) => sizeText(readPicture(pictureTrait([[[1, 2]], [[3, 4]]], { axes })));
    expect(named(["head", "query", "key"])).toBe("2 heads × 1 query × 2 keys");
    expect(named(["entry", "", "axis 2"])).toBe("2 entries × 2");
  });
});

describe("what is seen of a matrix", () => {
  const all = [100, 200] as const;
  const whole: Window = [0, 100, 0, 200];

  it("gets nearer about the place that is pointed at", () => {
    const near = zoomed(whole, 2, [0.25, 0.5], all);
    expect(near).toEqual([12.5, 50, 50, 100]);
    expect(zoomed(near, 0.5, [0.25, 0.5], all)).toEqual(whole);
    // The number under the pointer stays there.
    expect(near[0] + 0.25 * near[1]).toBe(25);
  });

  it("never leaves the matrix, and never shows less than a few numbers", () => {
    expect(fitted([-5, 10, 195, 10], all)).toEqual([0, 10, 190, 10]);
    expect(zoomed(whole, 1e9, [1, 1], all)).toEqual([96, 4, 196, 4]);
    expect(zoomed(whole, 1e-9, [0.5, 0.5], all)).toEqual(whole);
    expect(zoomed([0, 2, 0, 2], 8, [0.5, 0.5], [2, 2])).toEqual([0, 2, 0, 2]);
    expect(moved([0, 10, 0, 10], -3, 500, all)).toEqual([0, 10, 190, 10]);
    expect([isAll(whole, all), isAll([0, 99, 0, 200], all)]).toEqual([true, false]);
  });

  it("asks for whole rows and columns, and for nothing less than is seen", () => {
    expect(rounded([12.5, 50, 50, 100], all)).toEqual([12, 51, 50, 100]);
    expect(rounded([99.5, 0.5, 0, 4], all)).toEqual([96, 4, 0, 4]);
  });

  it("follows the keyboard", () => {
    expect(including([10, 10, 10, 10], 9, 20, all)).toEqual([9, 10, 11, 10]);
    expect(including([10, 10, 10, 10], 15, 15, all)).toEqual([10, 10, 10, 10]);
  });
});

describe("tiles", () => {
  const grid = (shown: number, rows: number, columns: number) => ({ shown, window: [0, rows, 0, columns] });

  it("are as large as there is room for all of them", () => {
    const few = planTiles(grid(3, 7, 7), 440, { height: 180, most: 64 });
    expect(few.size).toMatchObject({ width: 63, height: 63, whole: true });
    const many = planTiles(grid(64, 28, 28), 440, { height: 200 });
    expect(Math.ceil(64 / many.columns) * (many.size.height + 3)).toBeLessThanOrEqual(203);
    expect(many.columns * (many.size.width + 3)).toBeLessThanOrEqual(443);
  });

  it("keep the proportions of a map whose cells have none", () => {
    expect(planTiles(grid(1, 48, 48), 300, { height: 200, most: 200 }).size).toMatchObject({
      width: 192,
      height: 192,
    });
  });

  it("of one row lie below one another, and side by side where there is no more room", () => {
    expect(planTiles(grid(4, 1, 100), 440, { height: 100 })).toMatchObject({
      columns: 1,
      size: { width: 440, height: 14 },
    });
    expect(planTiles(grid(64, 1, 100), 440, { height: 100 }).columns).toBeGreaterThan(8);
  });

  it("are walked through by keyboard, from each to the next", () => {
    const maps = { grid: [2, 2], shown: 3 };
    const at = { tile: 0, row: 0, column: 1 };
    expect(placeAfterKey("ArrowRight", null, maps, 2)).toEqual({ tile: 0, row: 0, column: 0 });
    expect(placeAfterKey("ArrowRight", at, maps, 2)).toEqual({ tile: 1, row: 0, column: 0 });
    expect(placeAfterKey("ArrowUp", at, maps, 2)).toEqual(at);
    expect(placeAfterKey("ArrowDown", { ...at, row: 1 }, maps, 2)).toEqual({ tile: 2, row: 0, column: 1 });
    expect(placeAfterKey("ArrowLeft", { ...at, column: 0 }, maps, 2)).toEqual({ ...at, column: 0 });
    expect(placeAfterKey("PageDown", at, maps, 2)).toEqual({ tile: 1, row: 0, column: 1 });
    expect(placeAfterKey("Home", at, maps, 2)).toEqual({ tile: 0, row: 0, column: 0 });
    expect(placeAfterKey("a", at, maps, 2)).toBeNull();
  });

  it("and matrices are no thinner than can be seen", () => {
    expect(planMatrix([64, 784], 440)).toEqual({ width: 440, height: 140 });
    expect(planMatrix([1, 10], 440)).toEqual({ width: 440, height: 44 });
    expect(planMatrix([4096, 4096], 440)).toEqual({ width: 440, height: 320 });
    expect(planMatrix([128, 32], 440, { height: 200 })).toEqual({ width: 440, height: 200 });
  });

  it("have numbers of few letters", () => {
    const texts = [0, -0.034, 0.0012, 1.5, 12.34, -345.6, 7, 12_345, Number.NaN].map(shortNumber);
    expect(texts).toEqual(["0", "−0.03", "0.001", "1.50", "12.3", "−346", "7", "12345", "NaN"]);
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(6);
  });
});

describe("a number of a feature map", () => {
  const trait: PixelTrait = {
    channel: 4,
    row: 6,
    column: 0,
    top: 5,
    left: -1,
    steps: [1, 2],
    size: [1, 2],
    channels: 3,
    patch: floats([0, 1, 2, 3, 4, 5]),
    kernel: floats([1, -1, 2, 2, 0, 1]),
    inside: floats([0, 1]),
    sums: [-1, 10, 5],
    bias: 0.5,
    value: 14.5,
  };

  it("has the sums of few channels in order, of many those that matter most", () => {
    const pixel = readPixel(trait) as NonNullable<ReturnType<typeof readPixel>>;
    expect(partsOf(pixel, 3)).toMatchObject({
      others: 0,
      rest: 0,
      parts: [{ channel: 3 }, { channel: 4 }, { channel: 5 }],
    });
    const { parts, others, rest } = partsOf(pixel, 1);
    expect([parts.map(({ channel }) => channel), others, rest]).toEqual([[4], 2, 4]);
    expect([...planeOf(pixel, pixel.kernel, 1)]).toEqual([2, 2]);
    // From its first to its last column there are two between.
    expect(pixel.reach).toEqual([1, 3]);
  });

  // The file has four digits of each number.
  it("adds up to what Python has got", () => {
    for (const [layer, at] of [
      ["conv1", 0],
      ["conv2", 0],
    ] as const) {
      const { inside } = recordedInside("residual", layer, at);
      const pixel = readPixel(inside.pixel) as NonNullable<ReturnType<typeof readPixel>>;
      const sums = pixel.sums.map((_, channel) => {
        const kernel = planeOf(pixel, pixel.kernel, channel);
        return planeOf(pixel, pixel.patch, channel).reduce(
          (all, each, k) => all + each * (kernel[k] ?? 0),
          0,
        );
      });
      sums.forEach((sum, channel) => {
        expect(sum).toBeCloseTo(pixel.sums[channel] as number, 3);
      });
      const total = sums.reduce((all, each) => all + each, 0) + (pixel.bias ?? 0);
      expect(total).toBeCloseTo(pixel.value as number, 3);
    }
  });

  it("is ringed in the maps of its own group only", () => {
    const pixel = readPixel(trait) as NonNullable<ReturnType<typeof readPixel>>;
    const input = readPicture(
      pictureTrait([[[1, 2]]], { rows: 8, columns: 8, grid: [4, 4], window: [0, 8, 0, 8] }),
    );
    expect(marksOf(pixel, input, 2)).toEqual([]);
    expect(marksOf(pixel, input, 6)).toEqual([]);
    expect(marksOf(pixel, input, 3)).toEqual([
      { row: 2.5, column: -0.5, rows: 0.5, columns: 1.5, kind: "now" },
    ]);
  });
});

describe("other layers", () => {
  it("a normalisation has means with their deviations", () => {
    const numbers = (values: number[]) => floats(values);
    const trait = {
      by: "channel",
      units: 2,
      epsilon: 1e-5,
      running: false,
      mean: numbers([1, 2]),
      variance: numbers([4, 9]),
      weight: null,
      bias: null,
      mean_in: numbers([1, 2]),
      variance_in: numbers([4, 9]),
      mean_out: numbers([0, 0]),
      variance_out: numbers([1, 1]),
    } satisfies MomentsTrait;
    const moments = readMoments(trait) as NonNullable<ReturnType<typeof readMoments>>;
    expect(bandOf(moments.mean_in, moments.variance_in, 1)).toEqual({ low: -1, mean: 2, high: 5 });
    expect(rangeOf([[moments.mean_in, moments.variance_in]], 2)).toEqual([-1, 5]);
    expect(
      rangeOf(
        [
          [floats([Number.NaN]), floats([1])].map(
            (each) => new Float32Array(each.buffer as ArrayBuffer),
          ) as never,
        ],
        1,
      ),
    ).toEqual([-1, 1]);
  });

  it("neurons add up weights times inputs", () => {
    expect(termsOf([1, 2, 3, 4], [10, 20], 1)).toEqual([
      { input: 0, weight: 3, value: 10 },
      { input: 1, weight: 4, value: 20 },
    ]);
  });

  it("rows that belong together have one name", () => {
    expect(groupsOf(["i[0]", "i[1]", "f[0]", "17", "17"])).toEqual([
      { name: "i", first: 0, rows: 2 },
      { name: "f", first: 2, rows: 1 },
      { name: "17", first: 3, rows: 1 },
      { name: "17", first: 4, rows: 1 },
    ]);
  });
});
