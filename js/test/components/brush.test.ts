import { describe, expect, it } from "vitest";
import {
  along,
  clampSpot,
  isInside,
  isNear,
  jittered,
  reachOn,
  type Spot,
  toPlane,
} from "../../src/components/brush";

const SIZE = 276;
const PLANE = { xRange: [-1, 1], yRange: [0, 4], width: 200, height: 200 } as const;

/** A different number each time, over all of [0, 1). */
function randoms(): () => number {
  let state = 7;
  return () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
}

describe("the way of a brush", () => {
  it("has a spot every so many pixels, also over pieces that are shorter", () => {
    let at: Spot = { x: 0, y: 0 };
    let gone = 0;
    const spots: Spot[] = [];
    for (const x of [4, 8, 12, 31, 33, 60]) {
      const way = along(at, { x, y: 0 }, 9, gone);
      spots.push(...way.spots);
      ({ gone } = way);
      at = { x, y: 0 };
    }
    expect(spots.map(({ x }) => Math.round(x * 1e6) / 1e6)).toEqual([9, 18, 27, 36, 45, 54]);
    expect(gone).toBeCloseTo(6);
  });

  it("measures along the way, in whatever direction", () => {
    const { spots, gone } = along({ x: 30, y: 40 }, { x: 0, y: 0 }, 20, 0);
    expect(spots).toHaveLength(2);
    expect(spots[0]?.x).toBeCloseTo(18);
    expect(spots[0]?.y).toBeCloseTo(24);
    expect(gone).toBeCloseTo(10);
  });

  it("has no spots where the brush does not move", () => {
    expect(along({ x: 5, y: 5 }, { x: 5, y: 5 }, 9, 3)).toEqual({ spots: [], gone: 3 });
  });
});

describe("spraying", () => {
  it("stays within its reach and on the map, and does not line up at the edge", () => {
    const random = randoms();
    for (const spot of [
      { x: 100, y: 100 },
      { x: 0, y: 0 },
      { x: SIZE, y: 130 },
      { x: 3, y: SIZE },
    ]) {
      const thrown = Array.from({ length: 300 }, () => jittered(spot, SIZE, random));
      for (const one of thrown) {
        expect(isInside(one, SIZE)).toBe(true);
        expect(Math.hypot(one.x - spot.x, one.y - spot.y)).toBeLessThan(9.8);
      }
      const far = thrown.filter((one) => Math.hypot(one.x - spot.x, one.y - spot.y) > 4.5);
      expect(far.length).toBeGreaterThan(150);
      const onEdge = thrown.filter(({ x, y }) => [x, y].some((value) => value <= 0.5 || value >= SIZE - 0.5));
      expect(onEdge.length).toBeLessThan(75);
    }
  });
});

describe("places on the plane", () => {
  it("have the second coordinate upwards", () => {
    expect(toPlane({ x: 50, y: 50 }, PLANE)).toEqual([-0.5, 3]);
    expect(toPlane({ x: 200, y: 200 }, PLANE)).toEqual([1, 0]);
  });

  it("are as short as a screen is coarse", () => {
    expect(toPlane({ x: 200 / 3, y: 1 / 3 }, PLANE)).toEqual([-0.333333, 3.993333]);
    const far = { ...PLANE, xRange: [1_000_000, 1_000_010] as const };
    expect(toPlane({ x: 50, y: 0 }, far)[0]).toBeCloseTo(1_000_000 + (50 / PLANE.width) * 10, 4);
  });

  it("stay off the very edge, where rounding could put them outside", () => {
    expect(clampSpot({ x: -3, y: 500 }, SIZE)).toEqual({ x: 0.5, y: SIZE - 0.5 });
    expect(clampSpot({ x: 7, y: 8 }, SIZE)).toEqual({ x: 7, y: 8 });
  });

  it("know what a circle on screen is there", () => {
    const reach = reachOn(PLANE);
    expect(reach).toEqual([0.12, 0.24]);
    expect(isNear([0.1, 0], [0, 0], reach)).toBe(true);
    expect(isNear([0.13, 0], [0, 0], reach)).toBe(false);
    expect(isNear([0, 0.23], [0, 0], reach)).toBe(true);
    expect(isNear([0.1, 0.2], [0, 0], reach)).toBe(false);
  });
});
