import { describe, expect, it } from "vitest";
import { placeEnds, placeLabels } from "../../src/draw/labels";

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

describe("placeEnds", () => {
  const label = (x: number, y: number) => ({ x, y, width: 30 });

  it("moves apart only labels that lie above each other", () => {
    expect(placeEnds([label(0, 50), label(50, 50), label(10, 50)], 12, 0, 100)).toEqual([44, 50, 56]);
  });

  it("knows that labels may touch by a third between them", () => {
    const [first, second, third] = placeEnds([label(0, 50), label(25, 50), label(50, 50)], 12, 0, 100);
    expect(new Set([first, second, third]).size).toBe(3);
  });

  it("has nothing to do without labels", () => {
    expect(placeEnds([], 12, 0, 100)).toEqual([]);
  });
});
