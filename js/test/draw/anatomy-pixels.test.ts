import { describe, expect, it } from "vitest";
import { paintValues, textOn } from "../../src/components/anatomy/picture";
import { rampCss } from "../../src/draw/colour";
import { installCanvases, makeCanvas, type Pixel, pixelAt, THEME } from "./support";

installCanvases();

const NAN = Number.NaN;
const INFINITE = Number.POSITIVE_INFINITY;

function painted(values: number[], bound: number, palette?: "sign" | "ink"): Pixel[] {
  const canvas = makeCanvas(1, 1);
  paintValues(canvas, Float32Array.from(values), values.length, bound, THEME, palette);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  return values.map((_, column) => pixelAt(context, column, 0));
}
const ramp = (share: number) => (rampCss(THEME.tileRamp, share).match(/\d+/g) ?? []).map(Number);

describe("values as pixels", () => {
  it("have the colour of their sign, full at the bound", () => {
    const [low, zero, high, beyond] = painted([-2, 0, 2, 9], 2) as [Pixel, Pixel, Pixel, Pixel];
    const near = (pixel: Pixel, share: number) => {
      for (const [at, channel] of ramp(share).entries())
        expect(Math.abs((pixel[at] as number) - channel)).toBeLessThanOrEqual(2);
    };
    near(low, -1);
    near(zero, 0);
    near(high, 1);
    expect(beyond).toEqual(high);
    expect(zero[3]).toBe(255);
  });

  it("are left out where they are no number, so that the hatching shows", () => {
    const pixels = painted([NAN, INFINITE, -INFINITE, 1], 1);
    expect(pixels.map(([, , , alpha]) => alpha)).toEqual([0, 0, 0, 255]);
  });

  it("go from the page to ink where they have no sign", () => {
    const [none, half, full] = painted([0, 0.5, 1], 1, "ink") as [Pixel, Pixel, Pixel];
    expect(none.slice(0, 3)).toEqual([255, 255, 255]);
    expect(full.slice(0, 3)).toEqual([31, 31, 31]);
    expect(half[0]).toBeGreaterThan(31);
    expect(half[0]).toBeLessThan(255);
  });

  it("are all neutral where all are 0", () => {
    expect(painted([0, 0], 0)[0]?.slice(0, 3)).toEqual(ramp(0));
  });

  it("carry numbers in what is easier to read on them", () => {
    expect(textOn(THEME, 0, 1)).toBe(THEME.ink);
    const dark = { ...THEME, ink: "#e7e7e7", bg: "#111111" };
    expect(textOn(dark, 0, 1)).toBe(dark.bg);
  });
});
