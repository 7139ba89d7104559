// @vitest-environment node
import { beforeAll, describe, expect, it } from "vitest";
import { drawField, sizeCanvas } from "../../src/draw/field";
import { installCanvases, makeCanvas, makeContext, paintedPixels, pixelAt } from "./support";

beforeAll(installCanvases);

/** A palette whose red channel is the byte itself. */
const GREY = new Uint32Array(256).map((_, q) => {
  const word = new Uint32Array(1);
  new Uint8Array(word.buffer).set([q, q, q, 255]);
  return word[0] as number;
});

describe("drawField", () => {
  it("fills its rectangle to the corners with a constant map, and nothing else", () => {
    const context = makeContext(60, 50);
    drawField(context, new Uint8Array(12).fill(77), 4, 3, 10, 10, 40, 30, GREY);
    const painted = paintedPixels(context);
    expect(painted.size).toBe(40 * 30);
    for (const spot of painted) {
      const [x, y] = spot.split(",").map(Number) as [number, number];
      expect(x >= 10 && x < 50 && y >= 10 && y < 40).toBe(true);
    }
    for (const [x, y] of [
      [10, 10],
      [49, 10],
      [10, 39],
      [49, 39],
      [30, 25],
    ] as const) {
      expect(pixelAt(context, x, y)).toEqual([77, 77, 77, 255]);
    }
  });

  it("puts the middle of each cell where the axes have it", () => {
    const columns = 10;
    const size = 200;
    const cells = Uint8Array.from({ length: columns * columns }, (_, index) => 20 * (index % columns) + 30);
    const context = makeContext(size, size);
    drawField(context, cells, columns, columns, 0, 0, size, size, GREY);
    // A function that is linear in x has to be linear in the pixels, where its neighbours are known.
    for (let x = 20; x < size - 20; x++) {
      const expected = 20 * (((x + 0.5) / size) * columns - 0.5) + 30;
      expect(Math.abs(pixelAt(context, x, 90)[0] - expected)).toBeLessThanOrEqual(1.5);
    }
    // Neither darker nor lighter at the edge than the last cell.
    expect(pixelAt(context, 0, 90)[0]).toBeGreaterThanOrEqual(28);
    expect(pixelAt(context, size - 1, 90)[0]).toBeLessThanOrEqual(212);
  });

  it("has row 0 at the top and column 0 at the left", () => {
    const context = makeContext(20, 20);
    drawField(context, Uint8Array.of(10, 80, 150, 220), 2, 2, 0, 0, 20, 20, GREY);
    const corners = [
      pixelAt(context, 0, 0),
      pixelAt(context, 19, 0),
      pixelAt(context, 0, 19),
      pixelAt(context, 19, 19),
    ];
    const [topLeft, topRight, bottomLeft, bottomRight] = corners.map(([red]) => red) as [
      number,
      number,
      number,
      number,
    ];
    expect(topLeft).toBeLessThan(topRight);
    expect(topRight).toBeLessThan(bottomLeft);
    expect(bottomLeft).toBeLessThan(bottomRight);
  });

  it("keeps nothing of the map it drew before", () => {
    const context = makeContext(16, 16);
    drawField(context, new Uint8Array(16).fill(200), 4, 4, 0, 0, 16, 16, GREY);
    drawField(context, new Uint8Array(16).fill(50), 4, 4, 0, 0, 16, 16, GREY);
    for (const [x, y] of [
      [0, 0],
      [8, 8],
      [15, 15],
    ] as const)
      expect(pixelAt(context, x, y)[0]).toBe(50);
  });
});

describe("sizeCanvas", () => {
  it("has real pixels for the screen's ratio and is measured in CSS pixels", () => {
    const scope = globalThis as { devicePixelRatio?: number };
    scope.devicePixelRatio = 2;
    try {
      const canvas = makeCanvas(1, 1);
      const context = sizeCanvas(canvas, 30, 20);
      expect([canvas.width, canvas.height, canvas.style.width, canvas.style.height]).toEqual([
        60,
        40,
        "30px",
        "20px",
      ]);
      context.fillRect(0, 0, 30, 20);
      expect(pixelAt(context, 59, 39)[3]).toBe(255);
    } finally {
      scope.devicePixelRatio = 1;
    }
  });

  it("clears only when the size has changed", () => {
    const canvas = makeCanvas(1, 1);
    sizeCanvas(canvas, 30, 20).fillRect(0, 0, 30, 20);
    expect(pixelAt(sizeCanvas(canvas, 30, 20), 5, 5)[3]).toBe(255);
    expect(pixelAt(sizeCanvas(canvas, 30, 21), 5, 5)[3]).toBe(0);
  });
});
