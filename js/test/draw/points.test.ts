// @vitest-environment node
import { beforeAll, describe, expect, it } from "vitest";
import {
  countWrong,
  drawLoosePoints,
  drawMark,
  drawPoints,
  drawThumbnail,
  type PlanePoints,
  planeTicks,
  shrink,
} from "../../src/draw/points";
import { markPath, pointRadius } from "../../src/draw/sprites";
import {
  installCanvases,
  labelsOf,
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
  drawPoints(context, { labels: labelsOf(2), train: 1e9, wrong: null, shown: ALL, ...points }, plane, THEME);
  return context;
}
/** All pixels around the middle. */
const picture = (context: CanvasRenderingContext2D) => [...context.getImageData(140, 140, 20, 20).data];
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
      { xy: Float32Array.of(0.5, 0.5, 1), labels: labelsOf(2), train: 1, wrong: null, shown: ALL },
      PLANE,
      THEME,
    );
    expect(isBlue(pixelAt(context, 450, 150))).toBe(true);
    expect(isBlue(pixelAt(context, 454, 150))).toBe(true);
    expect(pixelAt(context, 225, 75)[3]).toBe(0);
  });
});

describe("drawPoints by labels", () => {
  const paint = (label: number, labels: PlanePoints["labels"], rest: Partial<PlanePoints> = {}) =>
    draw({ xy: Float32Array.of(0, 0, label), labels, ...rest });
  const rgb = (colour: string): Pixel => {
    const context = makeContext(1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return pixelAt(context, 0, 0);
  };

  it("has discs in two colours for two classes, outlined and hollow as they always were", () => {
    const radius = pointRadius(SIDE);
    for (const label of [0, 1]) {
      const colour = label ? THEME.pos : THEME.neg;
      for (const train of [1, 0]) {
        const expected = makeContext(SIDE, SIDE);
        const circle = (size: number) => {
          expected.beginPath();
          expected.arc(150, 150, size, 0, 2 * Math.PI);
        };
        const stroke = (size: number, style: string, width: number) => {
          circle(size);
          expected.strokeStyle = style;
          expected.lineWidth = width;
          expected.stroke();
        };
        if (!train) {
          stroke(radius + 0.1, THEME.pointLine, 3);
          expected.globalAlpha = 0.55;
        }
        circle(radius);
        expected.fillStyle = train ? colour : THEME.pointLine;
        expected.fill();
        expected.globalAlpha = 1;
        if (train) stroke(radius, THEME.pointLine, 1);
        else stroke(radius - 0.3, colour, 1.5);
        expect(picture(paint(label, labelsOf(2), { train }))).toEqual(picture(expected));
      }
    }
  });

  it.each([3, 5, 8])("gives each of %i classes its colour", (classes) => {
    for (let label = 0; label < classes; label++) {
      const context = paint(label, labelsOf(classes));
      expect(pixelAt(context, 150, 150)).toEqual(rgb(THEME.classes[label]?.mark as string));
      // Hollow, but in the same colour: some pixel is near it.
      const hollow = picture(paint(label, labelsOf(classes), { train: 0 }));
      const wanted = rgb(THEME.classes[label]?.mark as string);
      let nearest = 255;
      for (let at = 0; at < hollow.length; at += 4) {
        const apart = wanted.map((channel, axis) => Math.abs(channel - (hollow[at + axis] as number)));
        nearest = Math.min(nearest, Math.max(...apart));
      }
      expect(nearest).toBeLessThan(60);
      expect(picture(context)).not.toEqual(hollow);
    }
  });

  it("draws eight shapes that differ even where all have one colour", () => {
    const theme = { ...THEME, classes: THEME.classes.map(() => THEME.classes[0]) } as typeof THEME;
    for (const side of [200, SIDE, 400]) {
      for (const train of [1, 0]) {
        const shapes = Array.from({ length: 8 }, (_, label) => {
          const context = makeContext(side, side);
          const xy = Float32Array.of(0, 0, label);
          const plane = { ...PLANE, width: side, height: side };
          drawPoints(context, { xy, labels: labelsOf(8), train, wrong: null, shown: ALL }, plane, theme);
          return [...context.getImageData(side / 2 - 10, side / 2 - 10, 20, 20).data];
        });
        const strong = (one: number[], other: number[]) =>
          one.filter((channel, at) => Math.abs(channel - (other[at] as number)) > 100).length;
        shapes.forEach((one, index) => {
          for (const other of shapes.slice(0, index)) expect(strong(one, other)).toBeGreaterThan(8);
        });
      }
    }
  });

  it("colours values from one end of the range to the other, and nothing beyond it", () => {
    const range = [10, 50] as const;
    const colour = (value: number) => pixelAt(paint(value, { classes: 0, range }), 150, 150);
    const values = Array.from({ length: 17 }, (_, step) => 10 + 2.5 * step);
    expect(values.map(colour)).toEqual(THEME.valueMarks.map(rgb));
    const warmth = values.map(colour).map(([red, , blue]) => red - blue);
    for (let step = 1; step < 17; step++) expect(warmth[step]).toBeLessThan(warmth[step - 1] as number);
    expect(colour(-1e9)).toEqual(colour(10));
    expect(colour(Number.POSITIVE_INFINITY)).toEqual(colour(50));
    expect(colour(Number.NaN)).toEqual(colour(30));
  });

  it("does not divide by an empty range", () => {
    const context = paint(7, { classes: 0, range: [3, 3] });
    expect(pixelAt(context, 150, 150)).toEqual(rgb(THEME.valueMarks[8] as string));
  });

  it.each([1, 0])("keeps a value as light as the page visible (%i training point)", (train) => {
    const shades = picture(paint(0, labelsOf(0), { train })).filter((_, at) => at % 4 === 0);
    const alphas = picture(paint(0, labelsOf(0), { train })).filter((_, at) => at % 4 === 3);
    const dark = shades.filter((red, at) => (alphas[at] as number) > 200 && red < 215);
    expect(dark.length).toBeGreaterThan(8);
  });

  it("leaves a test point with a value hollow, in the colour of the value", () => {
    const context = paint(1, labelsOf(0), { train: 0 });
    const [middle, end] = [pixelAt(context, 150, 150), rgb(THEME.valueMarks[16] as string)];
    expect(Math.abs(middle[0] - end[0])).toBeGreaterThan(60);
    const row = Array.from({ length: 12 }, (_, index) => pixelAt(context, 144 + index, 150));
    expect(row.some(([red, , blue]) => red < 90 && blue > 140)).toBe(true);
  });

  it.each([0, 3, 8])("rings misclassified points outside of their mark (%i classes)", (classes) => {
    const label = Math.max(classes - 1, 0);
    const wrong = Uint8Array.of(1);
    const [ringed, plain] = [paint(label, labelsOf(classes), { wrong }), paint(label, labelsOf(classes))];
    const ring = (context: CanvasRenderingContext2D) =>
      [4, 5, 6, 7].some((distance) => {
        const [red, green, blue, alpha] = pixelAt(context, 150, 150 + distance);
        return alpha > 150 && red + green + blue < 300;
      });
    expect([ring(ringed), ring(plain)]).toEqual([true, false]);
    expect(pixelAt(ringed, 150, 150)).toEqual(pixelAt(plain, 150, 150));
  });

  it("draws the same points anew when what their labels mean has changed", () => {
    const xy = Float32Array.of(0, 0, 1);
    const colours = [2, 4, 0].map((classes) => pixelAt(draw({ xy, labels: labelsOf(classes) }), 150, 150));
    expect(new Set(colours.map(String)).size).toBe(2);
    const far = draw({ xy, labels: { classes: 0, range: [1, 9] } });
    expect(pixelAt(far, 150, 150)).toEqual(rgb(THEME.valueMarks[0] as string));
  });
});

describe("drawMark", () => {
  it.each([0, 2, 3, 8])("draws for a legend what is on the map (%i classes)", (classes) => {
    const label = classes ? classes - 1 : -0.5;
    for (const test of [false, true]) {
      const legend = makeContext(SIDE, SIDE);
      drawMark(legend, label, 150, 150, pointRadius(SIDE), THEME, labelsOf(classes), test);
      const map = draw({ xy: Float32Array.of(0, 0, label), labels: labelsOf(classes), train: test ? 0 : 1 });
      expect(picture(legend)).toEqual(picture(map));
    }
  });

  it("makes marks of about the same area", () => {
    const areas = Array.from({ length: 8 }, (_, label) => {
      const context = makeContext(80, 80);
      context.translate(40, 40);
      context.fill(markPath(label, 16));
      return paintedPixels(context).size;
    });
    const disc = areas[0] as number;
    for (const area of areas) expect(Math.abs(area / disc - 1)).toBeLessThan(0.3);
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
    drawThumbnail(canvas, Float32Array.of(1, 1, 1, -1, -1, 0), 44, THEME, labelsOf(2));
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

describe("drawThumbnail by labels", () => {
  it("has a disc for every class, in its colour", () => {
    for (let label = 0; label < 8; label++) {
      const canvas = makeCanvas(1, 1);
      drawThumbnail(canvas, Float32Array.of(0, 0, label), 45, THEME, labelsOf(8), 3);
      const context = canvas.getContext("2d") as CanvasRenderingContext2D;
      const expected = makeContext(1, 1);
      expected.fillStyle = THEME.classes[label]?.mark as string;
      expected.fillRect(0, 0, 1, 1);
      expect(pixelAt(context, 22, 22)).toEqual(pixelAt(expected, 0, 0));
      const columns = [...paintedPixels(context)].map((spot) => Number(spot.split(",")[0]));
      expect(Math.max(...columns) - Math.min(...columns)).toBeLessThan(8);
    }
  });

  it("has a larger disc for a value, in its colour", () => {
    const drawn = [-1, 1].map((value) => {
      const canvas = makeCanvas(1, 1);
      drawThumbnail(canvas, Float32Array.of(0, 0, value), 45, THEME, { classes: 0, range: [-1, 1] }, 3);
      return canvas.getContext("2d") as CanvasRenderingContext2D;
    }) as [CanvasRenderingContext2D, CanvasRenderingContext2D];
    const low = pixelAt(drawn[0], 22, 22);
    const high = pixelAt(drawn[1], 22, 22);
    expect(low[0]).toBeGreaterThan(low[2] + 100);
    expect(high[2]).toBeGreaterThan(high[0] + 100);
    const columns = [...paintedPixels(drawn[0])].map((spot) => Number(spot.split(",")[0]));
    expect(Math.max(...columns) - Math.min(...columns)).toBeGreaterThan(7);
  });
});

describe("planeTicks", () => {
  it("takes round values with room for their labels", () => {
    expect(planeTicks([-1.75, 1.75], 276)).toEqual([-1, 0, 1]);
    expect(planeTicks([-1.75, 1.75], 404)).toEqual([-1, 0, 1]);
    expect(planeTicks([0, 0.5], 404)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
    expect(planeTicks([-130, 870], 276)).toEqual([0, 200, 400, 600, 800]);
    expect(planeTicks([-130, 870], 100)).toEqual([0, 500]);
  });
});

describe("points that are about to be replaced", () => {
  it("are faint, and nobody says that they are wrong", () => {
    const xy = Float32Array.of(0, 0, 1);
    const context = draw({ xy, wrong: Uint8Array.of(1), faint: true });
    const [red, , blue, alpha] = pixelAt(context, 150, 150);
    expect(blue).toBeGreaterThan(red + 50);
    expect(alpha).toBeGreaterThan(40);
    expect(alpha).toBeLessThan(90);
    expect([155, 156, 157].map((x) => pixelAt(context, x, 150)[3])).toEqual([0, 0, 0]);
    expect(isBlue(pixelAt(draw({ xy }), 150, 150))).toBe(true);
  });
});

describe("drawLoosePoints", () => {
  it("draws as drawPoints does", () => {
    const triples = [0.013, 0.02, 1, 0.01, -0.03, 0];
    const context = makeContext(SIDE, SIDE);
    drawLoosePoints(context, triples, labelsOf(2), PLANE, THEME);
    expect(picture(context)).toEqual(picture(draw({ xy: Float32Array.from(triples) })));
    expect(picture(context).some(Boolean)).toBe(true);
  });

  it("leaves the context as it was", () => {
    const context = makeContext(SIDE, SIDE);
    context.setTransform(2, 0, 0, 2, 10, 0);
    drawLoosePoints(context, [0, 0, 1], labelsOf(2), PLANE, THEME);
    expect(context.getTransform().a).toBe(2);
    expect(context.globalAlpha).toBe(1);
  });
});

describe("shrink", () => {
  const ranges = { xRange: [0, 10], yRange: [-5, 5] } as const;

  it("puts the plane's points into a square from −1 to 1", () => {
    const small = shrink(Float32Array.of(0, 5, 1, 5, -2.5, 0), ranges, 10);
    expect([...small]).toEqual([-1, 1, 1, 0, -0.5, 0]);
  });

  it("keeps points from everywhere among them, and not more than asked for", () => {
    const many = Float32Array.from({ length: 3 * 1000 }, (_, index) => (index % 3 ? 0 : index / 300));
    const small = shrink(many, ranges, 150);
    expect(small.length / 3).toBeLessThanOrEqual(150);
    expect(small.length / 3).toBeGreaterThan(75);
    expect(small[small.length - 3]).toBeGreaterThan(0.95);
  });
});
