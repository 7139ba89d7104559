import { describe, expect, it } from "vitest";
import { averaged, type Bitmap, fitImage, hasDarkGround, stroke, toBase64 } from "../../src/model/own-image";

const GREY = { channels: 1, width: 4, height: 4 };
const COLOUR = { channels: 3, width: 2, height: 2 };

/** A bitmap of one colour; `dot` colours the pixel in its middle. */
function bitmap(width: number, height: number, colour: number[], dot?: number[]): Bitmap {
  const data = new Uint8ClampedArray(4 * width * height);
  const middle = Math.floor(height / 2) * width + Math.floor(width / 2);
  for (let cell = 0; cell < width * height; cell++) data.set(dot && cell === middle ? dot : colour, 4 * cell);
  return { width, height, data };
}
const WHITE = [255, 255, 255, 255];
const BLACK = [0, 0, 0, 255];
const CLEAR = [0, 0, 0, 0];

describe("an image in another size", () => {
  it("has the mean of the area that each pixel covers", () => {
    expect([...averaged([1, 3, 5, 7], 4, 1, 2, 1)]).toEqual([2, 6]);
    expect([...averaged([0, 3, 6], 3, 1, 2, 1)]).toEqual([1, 5]);
    expect([...averaged([1, 3, 5, 7], 2, 2, 1, 1)]).toEqual([4]);
    expect([...averaged([4, 8], 2, 1, 4, 2)]).toEqual([4, 4, 8, 8, 4, 4, 8, 8]);
  });

  it("keeps its aspect and stands in the middle, its ground around it", () => {
    const { pixels } = fitImage(bitmap(8, 4, [100, 100, 100, 255]), GREY, true);
    expect([...pixels]).toEqual(Array(16).fill(100));
    const tall = fitImage(bitmap(1, 3, BLACK, WHITE), { channels: 1, width: 3, height: 3 }, false);
    expect([...tall.pixels].filter((_, cell) => cell % 3 === 1)).toEqual([0, 255, 0]);
  });
});

describe("an image of the reader's own", () => {
  it("is grey where the data is, by how bright its colours look", () => {
    const { pixels } = fitImage(bitmap(4, 4, [255, 0, 0, 255]), GREY, true);
    expect(pixels[5]).toBe(Math.round(0.299 * 255));
  });

  it("keeps its colours where the data has them", () => {
    const { pixels } = fitImage(bitmap(4, 4, [10, 20, 30, 255]), COLOUR, false);
    expect([...pixels]).toEqual([10, 10, 10, 10, 20, 20, 20, 20, 30, 30, 30, 30]);
  });

  it("is inverted where its ground is bright and the data's is dark", () => {
    const drawn = bitmap(4, 4, WHITE, BLACK);
    const fitted = fitImage(drawn, GREY, true);
    expect(fitted).toMatchObject({ bright: true, inverted: true });
    expect([fitted.pixels[0], fitted.pixels[10]]).toEqual([0, 255]);
    const kept = fitImage(drawn, GREY, true, true);
    expect(kept).toMatchObject({ bright: true, inverted: false });
    expect([kept.pixels[0], kept.pixels[10]]).toEqual([255, 0]);
    expect(fitImage(drawn, GREY, false).inverted).toBe(false);
    expect(fitImage(bitmap(4, 4, BLACK, WHITE), GREY, true)).toMatchObject({
      bright: false,
      inverted: false,
    });
  });

  it("that is see-through has a ground that it stands out from", () => {
    for (const [ink, inverted] of [
      [BLACK, true],
      [WHITE, false],
    ] as const) {
      const fitted = fitImage(bitmap(4, 4, CLEAR, [...ink]), GREY, true);
      expect([fitted.pixels[0], fitted.pixels[10], fitted.inverted]).toEqual([0, 255, inverted]);
    }
  });
});

describe("the ground of the data", () => {
  it("is dark where the outermost pixels of its images are", () => {
    const dark = Uint8Array.of(0, 0, 0, 0, 255, 0, 0, 0, 0);
    const shape = { channels: 1, width: 3, height: 3 };
    expect(hasDarkGround(dark, shape)).toBe(true);
    expect(
      hasDarkGround(
        dark.map((value) => 255 - value),
        shape,
      ),
    ).toBe(false);
    expect(hasDarkGround(new Uint8Array(), shape)).toBe(true);
  });
});

describe("the pen", () => {
  const shape = { channels: 1, width: 5, height: 5 };

  it("draws a line as thick as it is, softly at its edge", () => {
    const pixels = new Uint8Array(25);
    stroke(pixels, shape, [0.5, 2.5], [4.5, 2.5], 0.75, true);
    expect([...pixels.subarray(10, 15)]).toEqual(Array(5).fill(255));
    expect([...pixels.subarray(5, 10)]).toEqual(Array(5).fill(64));
    expect([...pixels.subarray(0, 5)]).toEqual(Array(5).fill(0));
  });

  it("draws a point where it only touches, in all channels", () => {
    const pixels = new Uint8Array(12);
    stroke(pixels, { channels: 3, width: 2, height: 2 }, [0.5, 0.5], [0.5, 0.5], 0.4, true);
    expect([...pixels].map(Boolean)).toEqual([0, 1, 2].flatMap(() => [true, false, false, false]));
  });

  it("erases with the same reach", () => {
    const pixels = new Uint8Array(25).fill(200);
    stroke(pixels, shape, [2.5, 2.5], [2.5, 2.5], 0.75, false);
    expect([pixels[12], pixels[13]]).toEqual([0, 191]);
    expect(pixels[0]).toBe(200);
  });
});

it("bytes travel as base64", () => {
  expect(toBase64(Uint8Array.of(0, 1, 254, 255))).toBe("AAH+/w==");
});
