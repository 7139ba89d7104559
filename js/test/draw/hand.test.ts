// @vitest-environment node
// What the pointer finds beside the edges, and the padlocks of what is frozen.
import { beforeAll, describe, expect, it } from "vitest";
import { biasAt, drawLocks } from "../../src/draw/hand";
import { layoutNetwork } from "../../src/draw/network";
import { installCanvases, makeContext, paintedPixels, pixelAt, THEME } from "./support";

beforeAll(installCanvases);

const LAYERS = [
  { name: "Hidden 1", units: 3, weight: [0, 3, 2], bias: [6, 3] },
  { name: "Output", units: 1, weight: [9, 1, 3], bias: null },
] as const;
const SIZES = {
  inputs: 2,
  layers: LAYERS,
  head: 44,
  tile: 48,
  inputTile: 40,
  labelWidth: 22,
  inputMiddle: 40,
};
const GEOMETRY = layoutNetwork({ ...SIZES, width: 508, plot: 276 });

function locked(...places: number[]) {
  const context = makeContext(560, 330);
  drawLocks(context, GEOMETRY, LAYERS, new Set(places), THEME);
  return context;
}

describe("padlocks", () => {
  it("stand in the middle of frozen edges only", () => {
    for (const { layer, from, to, x0, x1, y0, y1 } of GEOMETRY.edges) {
      const context = locked(layer === 1 ? to * 2 + from : 9 + from);
      const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
      expect(pixelAt(context, x, y + 2)).toEqual([31, 31, 31, 255]);
      for (const spot of paintedPixels(context)) {
        const [px = 0, py = 0] = spot.split(",").map(Number);
        expect(Math.hypot(px - x, py - y)).toBeLessThan(13);
      }
    }
    expect(paintedPixels(locked()).size).toBe(0);
  });

  it("stand at the bar of a frozen bias, and nowhere for one that there is not", () => {
    const node = GEOMETRY.nodes[1]?.[1];
    if (!node) throw new Error("there are three neurons");
    const xs = [...paintedPixels(locked(7))].map((spot) => Number(spot.split(",")[0]));
    expect(Math.min(...xs)).toBeGreaterThan(node.x);
    expect(paintedPixels(locked(12)).size).toBe(0);
  });
});

describe("a bias", () => {
  it("is found under its tile, as high as the next neuron leaves it", () => {
    for (const node of GEOMETRY.nodes[1] ?? []) {
      const foot = node.y + node.size / 2;
      expect(biasAt(GEOMETRY, node.x, foot + 6)).toEqual({ layer: 1, unit: node.unit });
      expect(biasAt(GEOMETRY, node.x, foot - 1)).toBeNull();
      expect(biasAt(GEOMETRY, node.x, foot + 25)).not.toEqual({ layer: 1, unit: node.unit });
      expect(biasAt(GEOMETRY, node.x + node.size, foot + 6)).toBeNull();
    }
    const tight = layoutNetwork({
      ...SIZES,
      layers: [{ name: "Hidden 1", units: 8 }, LAYERS[1]],
      width: 508,
      plot: 276,
    });
    const [first, second] = tight.nodes[1] ?? [];
    if (!first || !second) throw new Error("there are eight neurons");
    expect(biasAt(tight, first.x, second.y - second.size / 2 - 1)).toEqual({ layer: 1, unit: 0 });
    expect(biasAt(tight, first.x, second.y)).toBeNull();
  });

  it("is none of an input", () => {
    const node = GEOMETRY.nodes[0]?.[0];
    if (!node) throw new Error("there are two inputs");
    expect(biasAt(GEOMETRY, node.x, node.y + node.size / 2 + 5)).toBeNull();
  });
});
