// @vitest-environment node
import { beforeAll, describe, expect, it } from "vitest";
import { drawField } from "../../src/draw/field";
import { drawRegions, type Regions, regionBorders } from "../../src/draw/regions";
import { installCanvases, makeContext, paintedPixels, pixelAt, THEME } from "./support";

beforeAll(installCanvases);

const SIZE = 320;

/** The regions of probabilities over [−1, 1]², as they come from Python. */
function regionsOf(probabilities: (x: number, y: number) => number[], columns = 80): Regions {
  const classes = new Uint8Array(columns * columns);
  const margins = new Uint8Array(columns * columns);
  for (let cell = 0; cell < columns * columns; cell++) {
    const x = (2 * ((cell % columns) + 0.5)) / columns - 1;
    const y = 1 - (2 * (Math.floor(cell / columns) + 0.5)) / columns;
    const values = probabilities(x, y);
    const [most = 0, next = 0] = [...values].sort((a, b) => b - a);
    classes[cell] = values.indexOf(most);
    margins[cell] = Math.round(255 * Math.sqrt(Math.min(1, most - next)));
  }
  return { classes, margins, columns, rows: columns };
}

/** Regions around points, with the line between two of them half way. */
const around =
  (...middles: [x: number, y: number][]) =>
  (x: number, y: number) =>
    middles.map(([a, b]) => 0.5 - 0.2 * ((x - a) ** 2 + (y - b) ** 2));

function strokeOf({ classes, margins, columns, rows }: Regions, width = 1): CanvasRenderingContext2D {
  const context = makeContext(SIZE, SIZE);
  context.lineWidth = width;
  context.lineCap = "round";
  context.stroke(regionBorders(classes, margins, columns, rows, SIZE, SIZE));
  return context;
}

/** Where the line crosses a row of pixels: the middle of what is painted there, or null. */
function crossing(context: CanvasRenderingContext2D, row: number, from = 0, to = SIZE): number | null {
  const { data } = context.getImageData(from, row, to - from, 1);
  let [sum, weight] = [0, 0];
  for (let x = 0; x < to - from; x++) {
    const alpha = data[4 * x + 3] as number;
    sum += alpha * (from + x + 0.5);
    weight += alpha;
  }
  return weight ? sum / weight : null;
}
const toPixel = (value: number) => ((value + 1) / 2) * SIZE;

describe("regionBorders", () => {
  it("lies where two straight regions meet, between the middles of the cells, from border to border", () => {
    for (const place of [0.3, 0.307, 0.313, 0.32]) {
      const context = strokeOf(regionsOf((x) => [0.5 + (x - place) / 2, 0.5 - (x - place) / 2]));
      for (const row of [0, 1, 90, 200, SIZE - 1]) {
        expect(crossing(context, row)).toBeCloseTo(toPixel(place), 0.7);
      }
    }
  });

  it("is upright", () => {
    const context = strokeOf(regionsOf((_, y) => [0.5 + (y - 0.5) / 2, 0.5 - (y - 0.5) / 2]));
    for (const spot of paintedPixels(context)) {
      expect(Math.abs(Number(spot.split(",")[1]) + 0.5 - SIZE / 4)).toBeLessThan(1.6);
    }
  });

  it("lies nearer to the cell whose margin is smaller, by the margins and not by their bytes", () => {
    // Margins of (60 / 255)² and (120 / 255)²: a fifth of the way, not a third.
    const borders = (left: number, right: number) => {
      const regions = { classes: Uint8Array.of(3, 5), margins: Uint8Array.of(left, right) };
      return crossing(strokeOf({ ...regions, columns: 2, rows: 1 }), 160);
    };
    expect(borders(60, 120)).toBeCloseTo(80 + 160 / 5, 0.7);
    expect(borders(120, 60)).toBeCloseTo(80 + (4 * 160) / 5, 0.7);
    expect(borders(0, 90)).toBeCloseTo(80, 0.7);
  });

  it("runs in the middle where all margins are zero", () => {
    const { classes, columns, rows } = regionsOf((x) => [x + 0.4, 0.4 - x, 0]);
    const context = strokeOf({ classes, margins: new Uint8Array(classes.length), columns, rows });
    for (const row of [0, 150, SIZE - 1]) expect(crossing(context, row)).toBeCloseTo(SIZE / 2, 0.7);
  });

  it("has no line where one class has all of the plane", () => {
    const context = strokeOf(regionsOf(() => [0.2, 0.6, 0.2]));
    expect(paintedPixels(context).size).toBe(0);
    expect(paintedPixels(strokeOf(regionsOf(() => [0.25, 0.25, 0.25, 0.25]))).size).toBe(0);
    const nothing = new Uint8Array(0);
    const empty = strokeOf({ classes: nothing, margins: nothing, columns: 0, rows: 0 });
    expect(paintedPixels(empty).size).toBe(0);
  });

  it("joins three lines where three regions meet", () => {
    // Three middles around (0.1, −0.05): the lines leave it at 90°, 210° and 330°.
    const [x0, y0] = [0.1, -0.05];
    const middle = (degrees: number): [number, number] => {
      const angle = (degrees * Math.PI) / 180;
      return [x0 + 0.5 * Math.cos(angle), y0 + 0.5 * Math.sin(angle)];
    };
    const context = strokeOf(regionsOf(around(middle(30), middle(150), middle(270))), 1.5);
    const [x, y] = [toPixel(x0), toPixel(-y0)];
    for (let distance = 0; distance < 140; distance += 2) {
      for (const degrees of [90, 210, 330]) {
        const angle = (degrees * Math.PI) / 180;
        const place = [x + distance * Math.cos(angle), y - distance * Math.sin(angle)] as const;
        const near = [-1, 0, 1].flatMap((across) =>
          [-1, 0, 1].map((down) =>
            pixelAt(context, Math.floor(place[0]) + across, Math.floor(place[1]) + down),
          ),
        );
        expect(Math.max(...near.map(([, , , alpha]) => alpha))).toBeGreaterThan(120);
      }
    }
    // And nothing else: what is painted lies on one of the three.
    for (const spot of paintedPixels(context)) {
      const [across, down] = spot.split(",").map((word) => Number(word) + 0.5) as [number, number];
      const turns = [90, 210, 330].map((degrees) => {
        const angle = (degrees * Math.PI) / 180;
        const [along, away] = [Math.cos(angle), -Math.sin(angle)];
        const forward = Math.max(0, (across - x) * along + (down - y) * away);
        return Math.hypot(across - x - forward * along, down - y - forward * away);
      });
      expect(Math.min(...turns)).toBeLessThan(3.5);
    }
  });

  it("meets in the middle of four cells of four classes", () => {
    const regions = { classes: Uint8Array.of(0, 1, 2, 3), margins: Uint8Array.of(90, 90, 90, 90) };
    const context = strokeOf({ ...regions, columns: 2, rows: 2 });
    for (const place of [0, 40, 100, 158, 162, 250, SIZE - 1]) {
      expect(pixelAt(context, 160, place)[3]).toBeGreaterThan(100);
      expect(pixelAt(context, place, 160)[3]).toBeGreaterThan(100);
    }
    expect(paintedPixels(context).size).toBeLessThan(4 * SIZE + 40);
  });

  it("closes around an island, without corners", () => {
    const context = strokeOf(regionsOf((x, y) => [Math.hypot(x, y) / 2, 0.25, 0]));
    const painted = [...paintedPixels(context)].map((spot) => spot.split(",").map(Number));
    const turns = new Set<number>();
    for (const [x = 0, y = 0] of painted) {
      const [across, down] = [x + 0.5 - SIZE / 2, y + 0.5 - SIZE / 2];
      expect(Math.abs(Math.hypot(across, down) - SIZE / 4)).toBeLessThan(1.9);
      turns.add(Math.floor((Math.atan2(down, across) * 60) / Math.PI));
    }
    expect(turns.size).toBe(120);
  });

  it("draws islands of a single cell, in the corner too", () => {
    const classes = new Uint8Array(25);
    classes[12] = 7;
    classes[0] = 2;
    const context = strokeOf({ classes, margins: new Uint8Array(25).fill(9), columns: 5, rows: 5 });
    for (const [x, y] of [
      [64, 0],
      [0, 64],
    ] as const)
      expect(
        pixelAt(context, x, y)[3] + pixelAt(context, Math.max(0, x - 1), Math.max(0, y - 1))[3],
      ).toBeGreaterThan(80);
    const island = [...paintedPixels(context)].filter((spot) => spot.split(",").every((word) => +word > 90));
    expect(island.length).toBeGreaterThan(90);
  });
});

describe("drawRegions", () => {
  const channels = (pixel: number | undefined) => [...new Uint8Array(Uint32Array.of(pixel ?? 0).buffer)];

  it("fills its rectangle with the colour of the class, by the margin", () => {
    for (const [label, margin] of [
      [0, 255],
      [4, 255],
      [7, 130],
      [5, 0],
    ] as const) {
      const context = makeContext(60, 50);
      const regions = { classes: new Uint8Array(12).fill(label), margins: new Uint8Array(12).fill(margin) };
      drawRegions(context, { ...regions, columns: 4, rows: 3 }, 10, 10, 40, 30, THEME);
      expect(paintedPixels(context).size).toBe(40 * 30);
      const expected = channels(THEME.classes[label]?.fieldRamp32[margin]);
      for (const [x, y] of [
        [10, 10],
        [49, 39],
        [30, 25],
      ] as const) {
        expect(pixelAt(context, x, y)).toEqual(expected);
      }
    }
  });

  it("has ramps that serve a map of one class, too", () => {
    const context = makeContext(20, 20);
    const ramp = THEME.classes[3]?.tileRamp32 as Uint32Array;
    drawField(context, new Uint8Array(4).fill(200), 2, 2, 0, 0, 20, 20, ramp);
    expect(pixelAt(context, 10, 10)).toEqual(channels(ramp[200]));
    expect(channels(ramp[200])).not.toEqual(channels(ramp[255]));
  });

  it("has row 0 at the top, and turns neutral towards the border", () => {
    const context = makeContext(SIZE, SIZE);
    const regions = regionsOf((_, y) => [0, 0.5 + y / 2, 0.5 - y / 2]);
    drawRegions(context, regions, 0, 0, SIZE, SIZE, THEME);
    const [top, middle, bottom] = [2, 160, SIZE - 3].map((y) => pixelAt(context, 100, y));
    expect(top?.[2]).toBeGreaterThan((top?.[1] ?? 0) + 40);
    expect(bottom?.[1]).toBeGreaterThan((bottom?.[2] ?? 0) + 20);
    const neutral = channels(THEME.classes[1]?.fieldRamp32[0]);
    for (const axis of [0, 1, 2]) {
      expect(Math.abs((middle?.[axis] ?? 0) - (neutral[axis] as number))).toBeLessThan(16);
    }
  });
});
