import { beforeAll, describe, expect, it, vi } from "vitest";
import { boxFor, drawSpace, projection, type SpaceScene } from "../../src/draw/space";
import { installCanvases, makeContext, pixelAt, THEME } from "./support";

beforeAll(installCanvases);

const SIZE = 200;
const scene = (
  changes: Partial<Omit<SpaceScene, "space">> & { space?: Partial<SpaceScene["space"]> } = {},
): SpaceScene => ({
  box: { low: -1, high: 1 },
  turn: { yaw: 0, pitch: 0 },
  size: SIZE,
  theme: THEME,
  labels: { classes: 2, range: [0, 1] },
  label: (index) => index,
  wrong: null,
  firstTest: 2,
  axes: ["neuron 1", "neuron 2"],
  compete: false,
  names: [],
  pointed: null,
  ...changes,
  space: {
    coordinates: 2,
    train: new Float32Array([-0.5, 0, 0.5, 0]),
    test: new Float32Array(),
    grid: new Float32Array(),
    stops: 2,
    planes: new Float32Array(),
    ...changes.space,
  },
});
const draw = (what: SpaceScene) => {
  const context = makeContext(SIZE, SIZE);
  drawSpace(context, what);
  return context;
};
const at = (what: SpaceScene, place: number[]) => {
  const [x, y] = projection(what)(place);
  return pixelAt(draw(what), Math.round(x), Math.round(y));
};
const ORANGE = [255, 128, 0, 255];
const BLUE = [0, 0, 255, 255];

describe("the box", () => {
  const around = (...places: number[]) => ({ ...scene().space, train: new Float32Array(places) });
  it("holds all samples with room to spare, and stays while it fits", () => {
    const box = boxFor(around(0, 1, 2, 0.5), null);
    expect([box.low < 0, box.high > 2]).toEqual([true, true]);
    expect(boxFor(around(0.1, 1.9), box)).toBe(box);
    expect(boxFor(around(0, 5), box).high).toBeGreaterThan(5);
    expect(boxFor(around(0, 0.1), box).high).toBeLessThan(0.2);
  });
  it("is that of before where there are no numbers, and never without an extent", () => {
    const box = { low: -2, high: 2 };
    expect(boxFor(around(Number.NaN), box)).toBe(box);
    const point = boxFor(around(1, 1), null);
    expect(point.high).toBeGreaterThan(point.low);
  });
});

describe("the drawing", () => {
  it("puts the samples in their classes' colours where their coordinates are", () => {
    const what = scene();
    expect(at(what, [-0.5, 0])).toEqual(ORANGE);
    expect(at(what, [0.5, 0])).toEqual(BLUE);
    expect(at(what, [0, 0.5])[3]).toBe(0);
  });

  it("draws where the next layer's sum is zero, with a stroke to its positive side", () => {
    const what = scene({ space: { train: new Float32Array(), planes: new Float32Array([1, 0, -0.25]) } });
    expect(at(what, [0.25, -0.7])[3]).toBeGreaterThan(0);
    expect(at(what, [-0.25, -0.7])[3]).toBe(0);
    const context = draw(what);
    const [x, y] = projection(what)([0.25, 0]);
    expect(pixelAt(context, Math.round(x) + 4, Math.round(y))[3]).toBeGreaterThan(0);
    expect(pixelAt(context, Math.round(x) - 4, Math.round(y))[3]).toBe(0);
  });

  it("draws between classes only where these two are the largest", () => {
    // z0 = x, z1 = −x, z2 = y: the border of 0 and 1 is x = 0 below y = 0.
    const planes = new Float32Array([1, 0, 0, -1, 0, 0, 0, 1, 0]);
    const what = scene({ compete: true, space: { train: new Float32Array(), planes } });
    expect(at(what, [0, -0.5])[3]).toBeGreaterThan(0);
    expect(at(what, [0, 0.5])[3]).toBe(0);
    expect(at(what, [0.5, 0.5])[3]).toBeGreaterThan(0);
    expect(at(what, [0.5, -0.5])[3]).toBe(0);
  });

  it("draws the grid, and not where it has no numbers", () => {
    const grid = new Float32Array([-1, 0.5, 0, 0.5, Number.NaN, 0.5, 1, 0.5]);
    const what = scene({ space: { train: new Float32Array(), grid, stops: 4 } });
    expect(at(what, [-0.5, 0.5])[3]).toBeGreaterThan(0);
    expect(at(what, [0.5, 0.5])[3]).toBe(0);
  });

  it("gives each class a height of its own where there is one coordinate", () => {
    const what = scene({
      space: { coordinates: 1, train: new Float32Array([0, 0]), test: new Float32Array() },
    });
    const context = draw(what);
    const painted = (rows: number[]) =>
      rows.some((y) => pixelAt(context, SIZE / 2, y)[3] > 0 && pixelAt(context, SIZE / 2, y)[3] <= 255);
    const rows = Array.from({ length: SIZE - 60 }, (_, index) => 30 + index);
    const middle = SIZE / 2;
    expect(painted(rows.filter((y) => y < middle - 8))).toBe(true);
    expect(painted(rows.filter((y) => y > middle + 8))).toBe(true);
  });

  it("turns a space of three coordinates, and puts what is nearer on top", () => {
    const space = {
      coordinates: 3,
      train: new Float32Array([0, 0, 0.8, 0, 0, -0.8]),
      test: new Float32Array(),
    };
    const axes = ["a", "b", "c"];
    const front = scene({ space, axes });
    expect(at(front, [0, 0, 0])).toEqual(ORANGE);
    const back = scene({ space, axes, turn: { yaw: Math.PI, pitch: 0 } });
    expect(at(back, [0, 0, 0])).toEqual(BLUE);
    const [x] = projection(scene({ space, axes, turn: { yaw: Math.PI / 2, pitch: 0 } }))([0, 0, 1]);
    expect(x).toBeGreaterThan(SIZE / 2 + 20);
  });

  it("names lines that end in one corner apart from each other", () => {
    const context = makeContext(SIZE, SIZE);
    const written = vi.spyOn(context, "fillText");
    // All three go through (0, 1), at the top.
    const planes = new Float32Array([1, 0, 0, 1, 0.2, -0.2, 1, -0.2, 0.2]);
    drawSpace(context, scene({ names: ["1", "2", "3"], space: { planes } }));
    const spots = written.mock.calls.filter(([word]) => ["1", "2", "3"].includes(word));
    expect(spots).toHaveLength(3);
    for (const [word, x, y] of spots) {
      for (const [other, otherX, otherY] of spots) {
        if (word !== other) expect(Math.hypot(x - otherX, y - otherY)).toBeGreaterThan(10);
      }
    }
  });

  it("rings the misclassified", () => {
    const count = (wrong: Uint8Array | null) => {
      const { data } = draw(scene({ wrong })).getImageData(0, 0, SIZE, SIZE);
      return data.filter((value, index) => index % 4 === 3 && value > 0).length;
    };
    expect(count(Uint8Array.of(1))).toBeGreaterThan(count(Uint8Array.of(0)));
  });
});
