// @vitest-environment node
import { beforeAll, describe, expect, it } from "vitest";
import { contour, contourPath } from "../../src/draw/contour";
import { installCanvases, makeContext, paintedPixels } from "./support";

beforeAll(installCanvases);

const SIZE = 320;
const COLUMNS = 80;

/** Bytes of a function over [−1, 1]², the first row at the top, as they come from Python. */
function cellsOf(f: (x: number, y: number) => number, columns = COLUMNS): Uint8Array {
  return Uint8Array.from({ length: columns * columns }, (_, index) => {
    const x = (2 * ((index % columns) + 0.5)) / columns - 1;
    const y = 1 - (2 * (Math.floor(index / columns) + 0.5)) / columns;
    return 128 + Math.round(127 * Math.max(-1, Math.min(1, f(x, y))));
  });
}
const linesOf = (cells: Uint8Array, columns = COLUMNS, levels = [128]) => {
  const { points, ends } = contour(cells, columns, columns, levels, SIZE, SIZE);
  return ends.map((end, index) => {
    const line: [number, number][] = [];
    for (let point = ends[index - 1] ?? 0; point < end; point++) {
      line.push([points[2 * point] as number, points[2 * point + 1] as number]);
    }
    return line;
  });
};
const toPixel = (value: number) => ((value + 1) / 2) * SIZE;

describe("contour", () => {
  it("lies where a straight boundary is, from border to border", () => {
    const lines = linesOf(cellsOf((x) => x - 0.3));
    expect(lines).toHaveLength(1);
    const line = lines[0] as [number, number][];
    for (const [x] of line) expect(Math.abs(x - toPixel(0.3))).toBeLessThan(1);
    const heights = line.map(([, y]) => y).sort((a, b) => a - b);
    expect(heights[0]).toBe(0);
    expect(heights.at(-1)).toBe(SIZE);
  });

  it("closes around a circle and keeps its radius", () => {
    const lines = linesOf(cellsOf((x, y) => 4 * (Math.hypot(x, y) - 0.5)));
    expect(lines).toHaveLength(1);
    const line = lines[0] as [number, number][];
    expect(line.at(-1)).toEqual(line[0]);
    for (const [x, y] of line) {
      expect(Math.abs(Math.hypot(x - SIZE / 2, y - SIZE / 2) - SIZE / 4)).toBeLessThan(0.5);
    }
  });

  it("is upright: what is above in the plane is above on screen", () => {
    const [line] = linesOf(cellsOf((_, y) => y - 0.5));
    for (const [, y] of line as [number, number][]) expect(Math.abs(y - SIZE / 4)).toBeLessThan(1);
  });

  it("draws no line where nothing changes sign", () => {
    expect(linesOf(cellsOf(() => 0))).toEqual([]);
    expect(linesOf(cellsOf(() => 0.4))).toEqual([]);
    expect(linesOf(cellsOf(() => -1))).toEqual([]);
  });

  it("runs straight through a map so flat that rounding made steps of it", () => {
    // Four bytes in all: a line through the bytes would jump by a fifth of the picture.
    const slope = 2 / 127;
    const lines = linesOf(cellsOf((x, y) => slope * (x + 0.4 * y)));
    expect(lines).toHaveLength(1);
    for (const [x, y] of lines[0] as [number, number][]) {
      const [planeX, planeY] = [(2 * x) / SIZE - 1, 1 - (2 * y) / SIZE];
      expect(Math.abs(planeX + 0.4 * planeY)).toBeLessThan(0.1);
    }
  });

  it("marks where a map leaves zero that is never negative", () => {
    const lines = linesOf(cellsOf((x) => Math.max(0, x - 0.2)));
    expect(lines).toHaveLength(1);
    for (const [x] of lines[0] as [number, number][]) expect(Math.abs(x - toPixel(0.2))).toBeLessThan(4);
  });

  it("runs from cell to cell around a step that smoothing takes down to the level itself", () => {
    const columns = 8;
    const cell = SIZE / columns;
    const isStep = (index: number) => index % columns >= 4 && index >= 4 * columns;
    const lines = linesOf(
      Uint8Array.from({ length: columns * columns }, (_, index) => (isStep(index) ? 129 : 128)),
      columns,
    );
    expect(lines).toHaveLength(1);
    for (const line of lines) {
      for (const [index, [x, y]] of line.slice(1).entries()) {
        const [fromX, fromY] = line[index] as [number, number];
        expect(Math.hypot(x - fromX, y - fromY)).toBeLessThan(1.5 * cell);
      }
    }
  });

  it.each([
    { high: 150, low: 120, joined: "high" },
    { high: 136, low: 100, joined: "low" },
  ])("joins the $joined corners of a saddle whose middle is $joined", ({ high, low, joined }) => {
    // Two by two, high at the top left and the bottom right.
    const lines = linesOf(Uint8Array.of(high, low, low, high), 2);
    expect(lines).toHaveLength(2);
    const cutsOffTopRight = lines.some((line) => line.every(([x, y]) => x > y));
    const cutsOffTopLeft = lines.some((line) => line.every(([x, y]) => x + y < SIZE));
    expect(cutsOffTopRight).toBe(joined === "high");
    expect(cutsOffTopLeft).toBe(joined === "low");
  });

  it.each([
    ["steep", (x: number, y: number) => Math.sin(4 * x) * Math.cos(3 * y)],
    ["so flat that their smoothing meets", (x: number, y: number) => 0.06 * (x * x - y)],
  ])("draws several levels at once as one at a time, where the map is %s", (_, f) => {
    const cells = cellsOf(f);
    const levels = [131, 128, 125, 160, 96];
    const alone = levels.flatMap((level) => linesOf(cells, COLUMNS, [level]));
    const sorted = (lines: [number, number][][]) => lines.map((line) => line.join(" ")).sort();
    expect(alone.length).toBeGreaterThan(2);
    expect(sorted(linesOf(cells, COLUMNS, levels))).toEqual(sorted(alone));
  });

  it("gives the same lines as a path", () => {
    const cells = cellsOf((x, y) => 4 * (Math.hypot(x, y) - 0.5));
    const context = makeContext(SIZE, SIZE);
    context.stroke(contourPath(contour(cells, COLUMNS, COLUMNS, [128], SIZE, SIZE)));
    const painted = [...paintedPixels(context)].map(
      (spot) => spot.split(",").map(Number) as [number, number],
    );
    expect(painted.length).toBeGreaterThan(500);
    for (const [x, y] of painted) {
      expect(Math.abs(Math.hypot(x + 0.5 - SIZE / 2, y + 0.5 - SIZE / 2) - SIZE / 4)).toBeLessThan(2);
    }
  });
});
