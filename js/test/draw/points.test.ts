// @vitest-environment node
import { beforeAll, describe, expect, it } from "vitest";
import { countWrong, drawPoints, drawThumbnail, type PlanePoints, planeTicks } from "../../src/draw/points";
import {
  installCanvases,
  makeCanvas,
  makeContext,
  type Pixel,
  paintedPixels,
  pixelAt,
  THEME,
} from "./support";

beforeAll(installCanvases);

const SIDE = 300;
const PLANE = { xRange: [-1, 1], yRange: [-1, 1], width: SIDE, height: SIDE } as const;
const ALL = { train: true, test: true, wrong: true };
const isBlue = ([red, , blue, alpha]: Pixel) => alpha > 200 && blue > 200 && red < 80;
const isOrange = ([red, , blue, alpha]: Pixel) => alpha > 200 && red > 200 && blue < 80;
const isWhite = (pixel: Pixel) => pixel.every((channel) => channel > 240);

function draw(points: Partial<PlanePoints> & { xy: Float32Array }, plane = PLANE): CanvasRenderingContext2D {
  const context = makeContext(SIDE, SIDE);
  drawPoints(context, { train: 1e9, wrong: null, shown: ALL, ...points }, plane, THEME);
  return context;
}
/** Darkness of what lies `distance` to the right of a point: where a ring is, if there is one. */
const ringAt = (context: CanvasRenderingContext2D, x: number, y: number) => {
  const columns = [4, 5, 6, 7].map((distance) => pixelAt(context, x + distance, y));
  return columns.some(([red, green, blue, alpha]) => alpha > 150 && red + green + blue < 200);
};

describe("drawPoints", () => {
  it("fills training points with the colour of their class, at their place, the second coordinate upwards", () => {
    const context = draw({ xy: Float32Array.of(0.5, 0.5, 1, -0.5, -0.5, 0) });
    expect(isBlue(pixelAt(context, 225, 75))).toBe(true);
    expect(isOrange(pixelAt(context, 75, 225))).toBe(true);
    expect(pixelAt(context, 225, 225)[3]).toBe(0);
  });

  it("leaves test points hollow", () => {
    const context = draw({ xy: Float32Array.of(0, 0, 1), train: 0 });
    expect(isBlue(pixelAt(context, 150, 150))).toBe(false);
    expect(isBlue(pixelAt(context, 152, 150)) || isBlue(pixelAt(context, 147, 150))).toBe(true);
  });

  it("outlines points, so that they stay apart where they overlap", () => {
    const context = draw({ xy: Float32Array.of(0, 0, 1, 0.02, 0, 1) });
    const row = Array.from({ length: 14 }, (_, index) => pixelAt(context, 144 + index, 150));
    const light = row.map((pixel) => isWhite(pixel) || (pixel[0] > 120 && pixel[3] > 200));
    // Blue of the first, a light rim, blue of the second.
    expect(light.slice(2, -2).some(Boolean)).toBe(true);
    expect(row.filter(isBlue).length).toBeGreaterThan(3);
  });

  it("rings the points whose bit is set, lowest bit first", () => {
    const places = Array.from({ length: 10 }, (_, index) => -0.9 + 0.2 * index);
    const xy = Float32Array.from(places.flatMap((x) => [x, 0, 1]));
    const context = draw({ xy, wrong: Uint8Array.of(0b00000100, 0b00000010) });
    const ringed = places.map((x) => ringAt(context, Math.round((x + 1) * 150), 150));
    expect(ringed).toEqual(places.map((_, index) => index === 2 || index === 9));
  });

  it("shows what is asked for, also after it has drawn something else", () => {
    const xy = Float32Array.of(-0.5, 0, 1, 0.5, 0, 0);
    const wrong = Uint8Array.of(0b11);
    const seen = (shown: PlanePoints["shown"]) => {
      const context = draw({ xy, train: 1, wrong, shown });
      const painted = paintedPixels(context);
      const near = (x: number) => painted.has(`${x - 2},150`) || painted.has(`${x + 2},150`);
      return [near(75), near(225), ringAt(context, 75, 150), ringAt(context, 225, 150)];
    };
    expect(seen(ALL)).toEqual([true, true, true, true]);
    expect(seen({ train: true, test: true, wrong: false })).toEqual([true, true, false, false]);
    expect(seen({ train: true, test: false, wrong: true })).toEqual([true, false, true, false]);
    expect(seen({ train: false, test: true, wrong: true })).toEqual([false, true, false, true]);
    expect(seen(ALL)).toEqual([true, true, true, true]);
  });

  it("follows the plane when its range changes", () => {
    const xy = Float32Array.of(0.5, 0.5, 1);
    expect(isBlue(pixelAt(draw({ xy }), 225, 75))).toBe(true);
    const wide = draw({ xy }, { ...PLANE, xRange: [-5, 5], yRange: [-5, 5] } as unknown as typeof PLANE);
    expect(pixelAt(wide, 225, 75)[3]).toBe(0);
    expect(isBlue(pixelAt(wide, 165, 135))).toBe(true);
  });

  it("keeps the distance of points to a quarter of a pixel", () => {
    // By the centre of gravity of what is painted, in steps of a tenth of a pixel.
    for (let step = 0; step < 40; step++) {
      const x = 100 + step / 10;
      const context = draw({ xy: Float32Array.of(x / 150 - 1, 0, 1) });
      const { data } = context.getImageData(90, 140, 40, 20);
      let [sum, weight] = [0, 0];
      for (let index = 0; index < 40 * 20; index++) {
        const alpha = data[4 * index + 3] as number;
        sum += alpha * (90 + (index % 40) + 0.5);
        weight += alpha;
      }
      expect(Math.abs(sum / weight - x)).toBeLessThan(0.15);
    }
  });

  it("draws as many real pixels as the screen has", () => {
    const context = makeContext(2 * SIDE, 2 * SIDE);
    context.setTransform(2, 0, 0, 2, 0, 0);
    drawPoints(
      context,
      { xy: Float32Array.of(0.5, 0.5, 1), train: 1, wrong: null, shown: ALL },
      PLANE,
      THEME,
    );
    expect(isBlue(pixelAt(context, 450, 150))).toBe(true);
    expect(isBlue(pixelAt(context, 454, 150))).toBe(true);
    expect(pixelAt(context, 225, 75)[3]).toBe(0);
  });
});

describe("countWrong", () => {
  it("counts the bits of points that are there", () => {
    expect(countWrong(Uint8Array.of(0b10000001, 0b11), 9)).toBe(3);
    expect(countWrong(Uint8Array.of(0b10000001, 0b11), 10)).toBe(4);
    expect(countWrong(null, 10)).toBe(0);
  });
});

describe("drawThumbnail", () => {
  it("keeps the whole square [−1, 1]² inside, upright", () => {
    const canvas = makeCanvas(1, 1);
    drawThumbnail(canvas, Float32Array.of(1, 1, 1, -1, -1, 0), 44, THEME);
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    const painted = [...paintedPixels(context)].map(
      (spot) => spot.split(",").map(Number) as [number, number],
    );
    for (const [x, y] of painted) {
      expect(Math.min(x, y)).toBeGreaterThan(1);
      expect(Math.max(x, y)).toBeLessThan(42);
      const colour = pixelAt(context, x, y);
      if (colour[3] > 200) expect(x > y ? isBlue(colour) : isOrange(colour)).toBe(true);
    }
    expect(painted.length).toBeGreaterThan(8);
  });
});

describe("planeTicks", () => {
  it("takes round values with room for their labels", () => {
    expect(planeTicks([-1.75, 1.75], 276)).toEqual([-1, 0, 1]);
    expect(planeTicks([-1.75, 1.75], 404)).toEqual([-1, 0, 1]);
    expect(planeTicks([0, 0.5], 404)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
    expect(planeTicks([-130, 870], 276)).toEqual([0, 500]);
  });
});
