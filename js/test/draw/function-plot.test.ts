import { describe, expect, it } from "vitest";
import { xAt, yAt } from "../../src/draw/curve-scale";
import { placesFor } from "../../src/draw/function-axes";
import { drawPlot, nearestPiece, type Plot, valueAt } from "../../src/draw/function-plot";
import { fitRange, partialSums, piecesReach, sumsRange } from "../../src/draw/function-scale";
import { planTiles, tileAt } from "../../src/draw/function-tiles";
import { errorRange, errorTicks, median, neuronsAt, neuronTicks } from "../../src/draw/sweep-scale";
import { type Call, recorder, THEME } from "./support";

const SIZE = { width: 450, fit: 200, pieces: 100 };
const X = [-2, 2] as const;
/** Two neurons over five places: up by 1 with x, and down by half of it. */
const VALUES = new Float32Array([-2, -1, 0, 1, 2, 1, 0.5, 0, -0.5, -1]);
const BIAS = 0.25;
const SUMS = partialSums(VALUES, BIAS, 2);
const places = placesFor(SIZE, X, [-3, 3], 2);

const pieces = {
  units: 2,
  values: VALUES,
  sums: SUMS,
  places: new Float32Array([0, 1]),
  weights: new Float32Array([1, -0.5]),
};
const part = {
  target: new Float32Array([0, 0, 1, 0, 0]),
  fit: SUMS.slice(10),
  points: new Float32Array([-2, 0, 0, 1, 2, 0]),
  train: 2,
  residuals: new Float32Array([0.5, -0.5]),
  shown: { target: true, train: true, test: true, errors: false },
};
const plot = (changes: Partial<Plot> = {}): Plot => ({
  places,
  part,
  pieces,
  look: { unit: null, added: null, at: null },
  sketch: null,
  ...changes,
});

/** The lines that are stroked, each with its points and what it is drawn in. */
function linesOf(calls: readonly Call[]) {
  const lines: {
    points: number[][];
    colour: string;
    width: number;
    dash: readonly number[];
    alpha: number;
  }[] = [];
  let points: number[][] = [];
  for (const { name, values, state } of calls) {
    if (name === "beginPath") points = [];
    else if (name === "moveTo" || name === "lineTo") points.push(values as number[]);
    else if (name === "stroke" && points.length)
      lines.push({
        points,
        colour: state.strokeStyle,
        width: state.lineWidth,
        dash: state.dash,
        alpha: state.globalAlpha,
      });
  }
  return lines;
}

function drawn(changes: Partial<Plot> = {}) {
  const { context, calls } = recorder();
  drawPlot(context, plot(changes), THEME);
  return { calls, lines: linesOf(calls) };
}

const spots = (axes: typeof places.fit, values: ArrayLike<number>) =>
  Array.from(values, (value, index) => [xAt(axes, -2 + index), yAt(axes, value)]);
const row = (index: number) => SUMS.slice(5 * index, 5 * index + 5);

describe("sums of pieces", () => {
  it("begin with the bias and end with the fit", () => {
    expect([...row(0)]).toEqual([0.25, 0.25, 0.25, 0.25, 0.25]);
    expect([...row(1)]).toEqual([-1.75, -0.75, 0.25, 1.25, 2.25]);
    expect([...row(2)]).toEqual([-0.75, -0.25, 0.25, 0.75, 1.25]);
  });

  it("are read between places, too", () => {
    expect(valueAt(row(1), X, -1.5)).toBeCloseTo(-1.25);
    expect(valueAt(row(1), X, 2)).toBeCloseTo(2.25);
  });
});

describe("the plot", () => {
  it("draws the fit in ink where its values are, and the function dashed", () => {
    const { lines } = drawn();
    const fit = lines.filter(({ colour, width }) => colour === THEME.ink && width === 2.5);
    expect(fit.map(({ points }) => points)).toEqual([spots(places.fit, part.fit)]);
    const target = lines.find(({ dash, colour }) => dash.length === 2 && colour === THEME.ink2);
    expect(target?.points).toEqual(spots(places.fit, part.target));
  });

  it("draws each piece below, in the colour of its weight's sign, a negative one dashed", () => {
    const { lines } = drawn();
    const [first] = lines.filter(({ colour }) => colour === THEME.pos);
    const [second] = lines.filter(({ colour }) => colour === THEME.neg);
    expect(first?.points).toEqual(spots(places.pieces, VALUES.slice(0, 5)));
    expect(first?.dash).toEqual([]);
    expect(second?.points).toEqual(spots(places.pieces, VALUES.slice(5)));
    expect(second?.dash).not.toEqual([]);
  });

  it("lifts one neuron out: its piece, its place, and what the fit is without it", () => {
    const { lines, calls } = drawn({ look: { unit: 1, added: null, at: null } });
    const own = lines.filter(({ colour }) => colour === THEME.neg);
    expect(own.map(({ width, alpha }) => [width, alpha])).toEqual([[2.75, 1]]);
    const other = lines.find(({ colour }) => colour === THEME.pos);
    expect(other?.alpha).toBeLessThan(0.3);
    const without = lines.find(({ points }) => String(points) === String(spots(places.fit, row(1))));
    expect(without?.dash).toEqual([3, 3]);
    expect(calls.some(({ name, values }) => name === "fillText" && values[0] === "1.00")).toBe(true);
    // What it takes away is orange, what it gives is blue.
    const filled = calls.filter(({ name, state }) => name === "fill" && state.globalAlpha === 0.3);
    expect(filled.map(({ state }) => state.fillStyle)).toEqual([THEME.pos, THEME.neg]);
  });

  it("shows the sum of the first neurons, and the fit behind it", () => {
    const { lines } = drawn({ look: { unit: 0, added: 1, at: null } });
    const strong = lines.filter(({ colour, width }) => colour === THEME.ink && width === 2.5);
    expect(strong.map(({ points }) => points)).toEqual([spots(places.fit, row(1))]);
    const behind = lines.filter(({ colour, width }) => colour === THEME.ink3 && width === 1.5);
    expect(behind.map(({ points }) => points)).toContainEqual(spots(places.fit, part.fit));
  });

  it("marks no place that is outside", () => {
    const { lines } = drawn({
      pieces: { ...pieces, places: new Float32Array([7, Number.NaN]) },
      look: { unit: 0, added: null, at: null },
    });
    expect(lines.filter(({ colour }) => colour === THEME.accent)).toEqual([]);
  });

  it("has dots for samples, hollow for the test set, and lines for errors", () => {
    const dots = drawn().calls.filter(({ name }) => name === "arc");
    expect(dots.map(({ values }) => values.slice(0, 2))).toEqual(
      [
        [-2, 0],
        [0, 1],
        [2, 0],
      ].map(([x, y]) => [xAt(places.fit, x as number), yAt(places.fit, y as number)]),
    );
    const { lines } = drawn({ part: { ...part, shown: { ...part.shown, errors: true } } });
    const errors = lines.find(({ points }) => points.length === 4 && points[0]?.[0] === points[1]?.[0]);
    expect(errors?.points[1]?.[1]).toBeCloseTo(yAt(places.fit, 0.5));
  });

  it("draws nothing of numbers that are none", () => {
    const broken = new Float32Array([0, Number.NaN, Number.POSITIVE_INFINITY, 0, 1]);
    const { lines } = drawn({ part: { ...part, fit: broken } });
    const fit = lines.find(({ colour, width }) => colour === THEME.ink && width === 2.5);
    expect(fit?.points.flat().every(Number.isFinite)).toBe(true);
    expect(fit?.points).toHaveLength(3);
  });

  it("knows which piece a pointer is near to", () => {
    const x = xAt(places.pieces, 1);
    expect(nearestPiece(places.pieces, VALUES, 2, x, yAt(places.pieces, 1))).toBe(0);
    expect(nearestPiece(places.pieces, VALUES, 2, x, yAt(places.pieces, -0.5))).toBe(1);
    expect(nearestPiece(places.pieces, VALUES, 2, x, yAt(places.pieces, 1.9))).toBeNull();
  });
});

describe("scales", () => {
  it("leave room round the function, and some for one that is constant", () => {
    const [low, high] = fitRange([-1, 1]);
    expect(low).toBeCloseTo(-1.32);
    expect(high).toBeCloseTo(1.32);
    expect(fitRange([2, 2])[0]).toBeLessThan(2);
  });

  it("of pieces only widen", () => {
    const small = piecesReach(new Float32Array([0.1]), [-1, 1], 0);
    expect(small).toBe(1);
    const wide = piecesReach(new Float32Array([-4]), [-1, 1], small);
    expect(wide).toBe(5);
    expect(piecesReach(new Float32Array([0.1]), [-1, 1], wide)).toBe(wide);
    expect(piecesReach(new Float32Array([Number.NaN, 1e30]), [-1, 1], wide)).toBe(wide);
  });

  it("of sums hold all of them, and stay", () => {
    const range = sumsRange(new Float32Array([-4, 2]), [-1, 1], null);
    expect(range[0]).toBeLessThanOrEqual(-4);
    expect(range[1]).toBeGreaterThanOrEqual(2);
    expect(sumsRange(new Float32Array([0]), [-1, 1], range)).toEqual(range);
  });

  it("of errors are round and only widen", () => {
    expect(errorRange([0.02, 0.7, Number.NaN], null)).toEqual([0.01, 1]);
    expect(errorRange([1.2], null)).toEqual([0.01, 2]);
    expect(errorRange([0.002], [0.01, 1])).toEqual([0.001, 1]);
    expect(errorRange([], null)).toEqual([0.01, 1]);
    expect(errorRange([0.1], null)[1]).toBeGreaterThan(errorRange([0.1], null)[0]);
    expect(errorTicks([0.01, 1]).map(({ label }) => label)).toContain("0.1");
  });

  it("of neurons are logarithmic", () => {
    const place = { left: 10, top: 0, width: 60, height: 100, most: 64, y: [0.01, 1] as const };
    expect([1, 8, 64].map((neurons) => neuronsAt(place, neurons))).toEqual([10, 40, 70]);
    expect(neuronTicks(64)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  });

  it("have medians of those runs that have an error", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([Number.NaN, 1, 2])).toBe(1.5);
    expect(median([Number.NaN])).toBeNull();
  });
});

describe("tiles", () => {
  it.each([1, 3, 8, 16, 17, 32, 64])("%i fit their place, and can be pressed", (count) => {
    const plan = planTiles(304, 344, count);
    const ends = Array.from({ length: count }, (_, index) => tileAt(plan, index));
    expect(Math.max(...ends.map(({ x }) => x + plan.width))).toBeLessThanOrEqual(304);
    expect(Math.max(...ends.map(({ y }) => y + plan.height))).toBeLessThanOrEqual(344);
    expect(Math.min(plan.width, plan.height)).toBeGreaterThanOrEqual(24);
    expect(new Set(ends.map(({ x, y }) => `${x} ${y}`)).size).toBe(count);
  });
});
