import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { measure } from "../../src/components/geometry";
import { drawTiles, layOut } from "../../src/components/tiles";
import { readTheme } from "../../src/draw/colour";
import type { LayerTrait } from "../../src/generated/protocol";
import { readFrame } from "../../src/model/frames";
import type { Scene } from "../../src/model/store";
import { installDom } from "../dom";
import { defaultTraits, makeFrame } from "../fake-model";

beforeEach(installDom);
afterEach(() => vi.unstubAllGlobals());

function scene(activation: string, cell: number): Scene {
  const traits = defaultTraits();
  const layers = traits._network.layers.map(
    (layer, index): LayerTrait => (index ? layer : { ...layer, activation }),
  );
  const frame = readFrame(...makeFrame(traits, { full: true }));
  for (const tile of frame.tiles) tile.cells.fill(cell);
  // Not all of the second tile is flat.
  frame.tiles[1]?.cells.fill(140, 3, 4);
  return { network: { ...traits._network, layers }, data: traits._data, frame };
}

function words(shown: Scene): string[] {
  const context = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
  const written: string[] = [];
  context.fillText = (text) => {
    written.push(text);
  };
  const layout = layOut(shown.network.layers, measure(document.body, null));
  drawTiles(context, layout, shown, readTheme(document.body));
  return written;
}

describe("tiles", () => {
  it("call a rectified neuron dead that is zero everywhere, and no other", () => {
    expect(words(scene("ReLU", 128))).toEqual(["dead"]);
    expect(words(scene("ReLU", 129))).toEqual([]);
    expect(words(scene("tanh", 128))).toEqual([]);
  });

  it("stand in the stage, and the lens reaches to the decision map", () => {
    const sizes = measure(document.body, null);
    const { geometry, lens, heads } = layOut(defaultTraits()._network.layers, sizes);
    for (const { x, size } of geometry.nodes.flat()) {
      expect(x - size / 2).toBeGreaterThanOrEqual(0);
      expect(x + size / 2).toBeLessThanOrEqual(sizes.stage);
    }
    expect(heads).toHaveLength(3);
    expect(lens.x).toBeGreaterThan(sizes.stage + sizes.gap);
    expect(lens.y1 - lens.y0).toBe(sizes.plot);
  });
});
