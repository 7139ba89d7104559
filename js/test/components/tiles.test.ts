import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inputsOf } from "../../src/components/inputs";
import { TYPICAL } from "../../src/components/planar-geometry";
import { drawTiles, layOut } from "../../src/components/tiles";
import { readTheme } from "../../src/draw/colour";
import * as field from "../../src/draw/field";
import type { DataTrait, LayerTrait } from "../../src/generated/protocol";
import { readFrame } from "../../src/model/frames";
import type { Scene } from "../../src/model/store";
import { installDom } from "../dom";
import { defaultTraits, makeFrame } from "../fake-model";

beforeEach(installDom);
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const LAYERS = defaultTraits()._network.layers;

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
  const layout = layOut(shown.network.layers, inputsOf(shown.data), TYPICAL);
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
    const sizes = TYPICAL;
    const { geometry, lens, heads } = layOut(LAYERS, inputsOf(defaultTraits()._data), sizes);
    for (const { x, size } of geometry.nodes.flat()) {
      expect(x - size / 2).toBeGreaterThanOrEqual(0);
      expect(x + size / 2).toBeLessThanOrEqual(sizes.stage);
    }
    expect(heads).toHaveLength(3);
    expect(lens.x).toBeGreaterThan(sizes.stage + sizes.gap);
    expect(lens.y1 - lens.y0).toBe(sizes.plot);
  });

  it("show of each input the map that came with the data", () => {
    const drawn = vi.spyOn(field, "drawField").mockImplementation(() => {});
    const { data, ...rest } = scene("tanh", 140);
    const bytes = new Uint8Array(3 * 32 * 32);
    bytes.fill(77, 32 * 32, 2 * 32 * 32);
    const features = data.features.map((feature, index) => ({
      ...feature,
      // The three of them lie in one block, as they may in a message.
      tile: new DataView(bytes.buffer, index * 32 * 32, 32 * 32),
    }));
    const shown = { ...rest, data: { ...data, features, inputs: ["x1*x2", "x2", "gone"] } };
    const layout = layOut(LAYERS, inputsOf(shown.data), TYPICAL);
    const context = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
    drawTiles(context, layout, shown, readTheme(document.body));
    // "gone" has no map; then come two hidden neurons and the output.
    expect(drawn).toHaveBeenCalledTimes(2 + 2 + 1);
    const [first, second] = drawn.mock.calls.map(([, cells, columns]) => [cells[0], cells.length, columns]);
    expect(first).toEqual([0, 32 * 32, 32]);
    expect(second).toEqual([77, 32 * 32, 32]);
  });

  const named = (labels: string[]): DataTrait => {
    const data = defaultTraits()._data;
    const [feature] = data.features;
    if (!feature) throw new Error("the fake model has no features");
    const features = labels.map((label, index) => ({ ...feature, name: `f${index}`, label }));
    return { ...data, features, inputs: features.map(({ name }) => name) };
  };
  const room = (...labels: string[]) => layOut(LAYERS, inputsOf(named(labels)), TYPICAL).labels;

  it("leave the inputs' names the room they need, up to a bound, and none in a crowd", () => {
    expect(room("x₁", "x₂")).toBe(22);
    expect(room("x₁", "x₁x₂")).toBeGreaterThan(30);
    expect(room("x₁", "x₁x₂")).toBeLessThan(room("sin x₁"));
    expect(room("distance_to_centre")).toBe(44);
    expect(room(...Array<string>(17).fill("x₁"))).toBe(22);
    expect(room(...Array<string>(18).fill("x₁"))).toBe(0);
  });
});
