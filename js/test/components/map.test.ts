// @vitest-environment node
import { beforeAll, describe, expect, it } from "vitest";
import type { Sketch } from "../../src/components/drawing";
import { paintMap } from "../../src/components/map";
import type { Scene } from "../../src/model/store";
import { installCanvases, makeContext, type Pixel, pixelAt, THEME } from "../draw/support";
import { defaultTraits } from "../fake-model";

beforeAll(installCanvases);

const SIZE = 300;
const isBlue = ([red, , blue, alpha]: Pixel) => alpha > 200 && blue > 200 && red < 80;

function paint(sketch: Partial<Sketch>, class_names = ["0", "1"]) {
  const traits = defaultTraits();
  const scene: Scene = { network: traits._network, data: { ...traits._data, class_names }, frame: null };
  const context = makeContext(SIZE, SIZE);
  paintMap(context, {
    scene,
    points: Float32Array.of(0, 0, 1),
    unit: null,
    shown: { train: true, test: true, wrong: true },
    sketch: { points: [], classes: 2, replacing: false, ...sketch },
    size: SIZE,
    theme: THEME,
  });
  return context;
}

describe("the map while one draws", () => {
  it("shows the points that the data do not have yet, in their classes, over those they have", () => {
    const context = paint({ points: [0.75, 0.75, 1, -0.75, 0.75, 2], classes: 3 });
    expect(isBlue(pixelAt(context, 150, 150))).toBe(true);
    expect(isBlue(pixelAt(context, 225, 75))).toBe(true);
    const [red, green] = pixelAt(context, 75, 75);
    expect(green).toBeGreaterThan(red + 100);
  });

  it("fades the points that are about to be replaced, not the new ones", () => {
    const context = paint({ points: [0.75, 0.75, 1], replacing: true });
    expect(pixelAt(context, 150, 150)[3]).toBeLessThan(100);
    expect(isBlue(pixelAt(context, 225, 75))).toBe(true);
  });

  it("paints classes also over values", () => {
    expect(isBlue(pixelAt(paint({ points: [0.75, 0.75, 1] }, []), 225, 75))).toBe(true);
  });
});
