// @vitest-environment node
import { beforeAll, describe, expect, it } from "vitest";
import { luminance, parseColour } from "../../src/draw/colour";
import { inkOf, largestOf, paintImage, paintSigned, pictureSize } from "../../src/draw/picture";
import { installCanvases, makeCanvas, type Pixel, pixelAt, THEME } from "./support";

beforeAll(installCanvases);

const rgb = (text: string) => [...(parseColour(text) ?? []), 255];
const pixels = (canvas: HTMLCanvasElement) => {
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  return Array.from({ length: canvas.width * canvas.height }, (_, cell) =>
    pixelAt(context, cell % canvas.width, Math.floor(cell / canvas.width)),
  );
};

describe("the size of a picture", () => {
  const side = (own: number, room: number) => pictureSize({ width: own, height: own }, room).width;

  it("is a whole multiple of the image's pixels", () => {
    expect([56, 84, 140, 196].map((room) => side(28, room))).toEqual([56, 84, 140, 196]);
    expect([56, 84].map((room) => side(8, room))).toEqual([56, 80]);
    expect(side(32, 196)).toBe(192);
  });

  it("is a half one below twice its size, which screens with finer pixels show sharp", () => {
    expect([28, 42].map((room) => side(28, room))).toEqual([28, 42]);
    expect(side(32, 56)).toBe(48);
  });

  it("is smaller than the image only where there is no room, and says so", () => {
    expect(pictureSize({ width: 64, height: 32 }, 56)).toEqual({ width: 56, height: 28, whole: false });
    expect(pictureSize({ width: 5, height: 3 }, 56)).toEqual({ width: 55, height: 33, whole: true });
  });
});

describe("an image", () => {
  it("has the page where it is 0 and ink where it is 255", () => {
    const canvas = makeCanvas(1, 1);
    paintImage(canvas, Uint8Array.of(0, 255, 128, 0), { channels: 1, width: 2, height: 2 }, THEME);
    const [page, ink, grey, again] = pixels(canvas) as [Pixel, Pixel, Pixel, Pixel];
    expect([canvas.width, canvas.height]).toEqual([2, 2]);
    expect(page).toEqual(rgb(THEME.bg));
    expect(ink).toEqual(rgb(THEME.ink));
    expect(again).toEqual(page);
    expect(luminance(grey)).toBeLessThan(luminance(page));
    expect(luminance(grey)).toBeGreaterThan(luminance(ink));
  });

  it("of three channels has its own colours, plane after plane", () => {
    const canvas = makeCanvas(1, 1);
    paintImage(canvas, Uint8Array.of(10, 20, 30, 40, 50, 60), { channels: 3, width: 2, height: 1 }, THEME);
    expect(pixels(canvas)).toEqual([
      [10, 30, 50, 255],
      [20, 40, 60, 255],
    ]);
  });

  it("that is not all there is drawn as if the rest were 0", () => {
    const canvas = makeCanvas(1, 1);
    paintImage(canvas, Uint8Array.of(255), { channels: 1, width: 2, height: 1 }, THEME);
    expect(pixels(canvas)[1]).toEqual(rgb(THEME.bg));
  });

  it("is drawn in shades that are mixed once for a theme", () => {
    expect(inkOf(THEME)).toBe(inkOf(THEME));
    expect(inkOf({ ...THEME, bg: "#000000" })).not.toBe(inkOf(THEME));
  });
});

describe("values with a sign", () => {
  it("reach the ends of the palette at the scale, and are neutral at 0", () => {
    const canvas = makeCanvas(1, 1);
    const ramp = new Uint8Array(THEME.tileRamp32.buffer);
    const entry = (q: number) => [...ramp.subarray(4 * q, 4 * q + 4)];
    paintSigned(canvas, Float32Array.of(-2, 0, 2, 9), 4, 1, 2, THEME.tileRamp32);
    expect(pixels(canvas)).toEqual([entry(1), entry(128), entry(255), entry(255)]);
    paintSigned(canvas, Float32Array.of(0, 0, 0, 0), 4, 1, 0, THEME.tileRamp32);
    expect(pixels(canvas)[3]).toEqual(entry(128));
  });

  it("are as large as the largest of them, without those that are none", () => {
    expect(largestOf(Float32Array.of(1, -3, Number.NaN, Number.POSITIVE_INFINITY))).toBe(3);
    expect(largestOf(null)).toBe(0);
  });
});
