import { describe, expect, it } from "vitest";
import { clip, type Place, section, sumAt } from "../../src/draw/sections";

const length = (one: Place, other: Place) =>
  Math.hypot(...one.map((value, axis) => value - (other[axis] as number)));

describe("section", () => {
  it("is a place on an axis, a line in a square, and nothing where the sum is never zero", () => {
    expect(section([2, -1], -1, 1)).toEqual([[0.5]]);
    const line = section([1, 1, 0], -1, 1);
    expect(line).toHaveLength(2);
    for (const place of line) expect(sumAt([1, 1, 0], place)).toBeCloseTo(0, 12);
    expect(section([1, 1, 3], -1, 1)).toEqual([]);
    expect(section([0, 0, 1], -1, 1)).toEqual([]);
    expect(section([Number.NaN, 1, 0], -1, 1)).toEqual([]);
  });

  it("is a polygon in a cube, with its corners in order", () => {
    const row = [1, 1, 1, 0];
    const hexagon = section(row, -1, 1);
    expect(hexagon).toHaveLength(6);
    hexagon.forEach((place, index) => {
      expect(sumAt(row, place)).toBeCloseTo(0, 12);
      // Of the regular hexagon through a cube, neighbours are as far apart as each from the middle.
      expect(length(place, hexagon[(index + 1) % 6] as Place)).toBeCloseTo(Math.SQRT2, 12);
    });
    expect(section([0, 0, 1, -0.5], -1, 1)).toHaveLength(4);
  });
});

describe("clip", () => {
  it("keeps the part where another sum is not negative", () => {
    const line = section([0, 1, 0], -1, 1);
    const half = clip(line, [1, 0, -0.5]);
    expect(half.map(([x]) => x).sort()).toEqual([0.5, 1]);
    expect(clip(line, [1, 0, -2])).toEqual([]);
    expect(clip(line, [1, 0, 2])).toEqual(line);
    const square = section([0, 0, 1, 0], -1, 1);
    const part = clip(square, [1, 0, 0, 0]);
    expect(part).toHaveLength(4);
    for (const place of part) expect(place[0]).toBeGreaterThanOrEqual(0);
    expect(clip([[0.5]], [1, -1])).toEqual([]);
    expect(clip([[0.5]], [1, 0])).toEqual([[0.5]]);
  });
});
