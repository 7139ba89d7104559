// @vitest-environment node
import { beforeAll, describe, expect, it } from "vitest";
import type { Sketch } from "../../src/components/drawing";
import { type MapLook, paintMap } from "../../src/components/map";
import type { Frame } from "../../src/model/frames";
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
    look: { classes: false, contours: false },
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

describe("how the map is drawn", () => {
  const SIDE = 20;
  const slope = new Uint8Array(SIDE ** 2).map((_, cell) => 8 + 12 * (cell % SIDE));
  const field = { cells: slope, columns: SIDE, rows: SIDE };

  function painted(look: MapLook, changes: Partial<Frame> = {}) {
    const traits = defaultTraits();
    const frame = { map: field, classes: null, header: { focus: null }, ...changes } as unknown as Frame;
    const context = makeContext(SIZE, SIZE);
    paintMap(context, {
      scene: { network: traits._network, data: traits._data, frame },
      points: new Float32Array(),
      unit: null,
      shown: { train: true, test: true, wrong: true },
      sketch: { points: [], classes: 2, replacing: false },
      look,
      size: SIZE,
      theme: THEME,
    });
    return context;
  }
  const row = (context: CanvasRenderingContext2D, y = 150) =>
    Array.from({ length: SIZE }, (_, x) => pixelAt(context, x, y).join());

  it("shades probabilities, and shows classes flat, with the border at one half", () => {
    expect(new Set(row(painted({ classes: false, contours: false }))).size).toBeGreaterThan(50);
    const flat = row(painted({ classes: true, contours: false }));
    expect(new Set(flat.slice(0, 145)).size).toBe(1);
    expect(new Set(flat.slice(172)).size).toBe(1);
    expect(flat[0]).not.toBe(flat[SIZE - 1]);
  });

  it("draws thin lines at each tenth beside the heavy one", () => {
    const [plain, lined] = [false, true].map((contours) => row(painted({ classes: true, contours }))) as [
      string[],
      string[],
    ];
    const places = lined.map((pixel, x) => (pixel === plain[x] ? -1 : x)).filter((x) => x >= 0);
    const lines = places.filter((x, index) => x - (places[index - 1] ?? -9) > 3);
    expect(lines).toHaveLength(8);
  });

  it("shows several classes flat, each with lines of equal lead", () => {
    const classes = { ...field, cells: slope.map((byte) => Number(byte > 128) * 2) };
    const map = { ...field, cells: slope.map((byte) => Math.abs(byte - 128) * 2) };
    const flat = row(painted({ classes: true, contours: false }, { map, classes }));
    expect(new Set(flat.slice(0, 145)).size).toBe(1);
    expect(new Set(flat.slice(172)).size).toBe(1);
    const lined = row(painted({ classes: true, contours: true }, { map, classes }));
    expect(lined.filter((pixel, x) => pixel !== flat[x]).length).toBeGreaterThanOrEqual(8);
  });
});
