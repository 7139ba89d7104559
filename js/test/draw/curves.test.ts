// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  type Curve,
  type CurveData,
  type CurveOptions,
  type CurveView,
  makeCurve,
  NO_DATA,
  WHOLE_RUN,
} from "../../src/draw/curves";
import { makePin, makeData as makeRows } from "./curve-rows";
import { type Call, recorder, THEME } from "./support";

const WIDTH = 340;
const HEIGHT = 152;
/** The plotting area at a tick size of 11 px. */
const AREA = { left: 42, right: WIDTH - 56, top: 10, bottom: HEIGHT - 26 };

let calls: Call[] = [];
let element: HTMLElement;

beforeEach(() => {
  const recorded = recorder(WIDTH, HEIGHT);
  calls = recorded.calls;
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(recorded.context as never);
  element = document.createElement("div");
  document.body.replaceChildren(element);
});

const make = (options: Partial<CurveOptions> = {}): Curve =>
  makeCurve(element, { kind: "loss", theme: THEME, width: WIDTH, height: HEIGHT, ...options });

/** Batches scatter around their mean. */
function makeData(train: number[], test: number[] = train, steps: number[] = []): CurveData {
  const data = makeRows(train, test, steps);
  const { step, mean } = data.steps;
  return { ...data, steps: { step, mean, min: mean.map((v) => v - 0.1), max: mean.map((v) => v + 0.1) } };
}

/** What one update draws. */
function drawn(curve: Curve, data: CurveData, view?: Partial<CurveView>): Call[] {
  calls.length = 0;
  curve.update(data, view && { ...WHOLE_RUN, ...view });
  return [...calls];
}
const textsOf = (made: Call[]) => made.filter(({ name }) => name === "fillText");
const wordsOf = (made: Call[]) => textsOf(made).map(({ values }) => String(values[0]));
const placeOf = (made: Call[], word: string) => {
  const found = textsOf(made).find(({ values }) => values[0] === word);
  return (
    found && { x: found.values[1] as number, y: found.values[2] as number, colour: found.state.fillStyle }
  );
};
const heightOf = (loss: number, top: number) => AREA.bottom - (loss / top) * (AREA.bottom - AREA.top);
const xOf = (epoch: number, limit = 10) => AREA.left + ((AREA.right - AREA.left) * epoch) / limit;

interface Stroke extends Pick<Call, "state"> {
  readonly points: [number, number][];
}

/** Every path that was stroked, in the colours of lines and not of axes. */
function strokesOf(made: Call[], colour?: string): Stroke[] {
  const strokes: Stroke[] = [];
  let points: [number, number][] = [];
  for (const { name, values, state } of made) {
    if (name === "beginPath") points = [];
    else if (name === "lineTo" || name === "moveTo") points.push(values as [number, number]);
    else if (name === "stroke" && (!colour || state.strokeStyle === colour)) strokes.push({ state, points });
  }
  return strokes;
}

describe("a learning curve", () => {
  it("draws within the update, and only then", async () => {
    const curve = make();
    expect(drawn(curve, makeData([0.7, 0.4])).length).toBeGreaterThan(20);
    calls.length = 0;
    await Promise.resolve();
    expect(calls).toEqual([]);
  });

  it("has ticks on both axes and names the epochs", () => {
    const words = wordsOf(drawn(make(), makeData([0.7, 0.4])));
    expect(words).toEqual(
      expect.arrayContaining(["0", "0.2", "0.4", "0.6", "0.8", "2", "4", "6", "8", "10", "epoch"]),
    );
    expect(wordsOf(drawn(make({ kind: "accuracy" }), makeData([0.5, 0.9])))).toContain("100\u2009%");
  });

  it("leaves out the last number where it would touch the word", () => {
    const words = wordsOf(drawn(make(), makeRows([0.5], [0.5], Array(20).fill(0.5), 1e-6)));
    expect(words).toContain("10,000,000");
    expect(words).not.toContain("20,000,000");
    expect(wordsOf(drawn(make({ width: 700 }), makeData(Array(1700).fill(0.5))))).toContain("1,600");
  });

  it("writes the names at the ends of the lines", () => {
    const made = drawn(make(), makeData([0.7, 0.1], [0.7, 0.6]));
    const [train, test] = [placeOf(made, "train"), placeOf(made, "test")];
    expect(train?.x).toBeCloseTo(xOf(2) + 6, 0);
    expect(train?.y).toBeCloseTo(heightOf(0.1, 0.8), 0);
    expect(test?.y).toBeCloseTo(heightOf(0.6, 0.8), 0);
    expect(train?.colour).toBe(THEME.ink);
    expect(test?.colour).toBe(THEME.ink2);
  });

  it("keeps the names apart where the lines meet, above the axis", () => {
    const made = drawn(make(), makeData([0.7, 0.01], [0.7, 0.012]));
    const [train, test] = [placeOf(made, "train"), placeOf(made, "test")];
    expect((train?.y ?? 0) - (test?.y ?? 0)).toBeGreaterThanOrEqual(THEME.textXs + 2 - 0.01);
    expect(train?.y).toBeLessThan(AREA.bottom);
  });

  it("has no name for what was never measured, or is hidden", () => {
    const words = wordsOf(drawn(make(), makeData([0.7, 0.5], [Number.NaN, Number.NaN])));
    expect(words).toContain("train");
    expect(words).not.toContain("test");
    expect(wordsOf(drawn(make(), NO_DATA))).not.toContain("train");
    const hidden = drawn(make(), makeData([0.7, 0.5]), { train: false });
    expect(wordsOf(hidden)).not.toContain("train");
    expect(wordsOf(hidden)).toContain("test");
    expect(strokesOf(hidden, THEME.ink)).toEqual([]);
  });

  it("draws train solid and test dashed", () => {
    const made = drawn(make(), makeData([0.7, 0.5], [0.7, 0.6]));
    const look = (colour: string) =>
      strokesOf(made, colour).map(({ state: { lineWidth, dash } }) => [lineWidth, dash]);
    expect(look(THEME.ink)).toEqual([[1.75, []]]);
    expect(look(THEME.ink2)).toEqual([[1.5, [4, 2.5]]]);
  });

  it("draws a line to its last epoch, also where the axes stay as they are", () => {
    const curve = make();
    for (const epochs of [4, 9]) {
      const made = drawn(curve, makeData(Array.from({ length: epochs }, (_, index) => 0.7 - 0.01 * index)));
      const [train] = strokesOf(made, THEME.ink) as [Stroke];
      expect(train.points.at(-1)?.[0]).toBeCloseTo(xOf(epochs), 5);
    }
  });

  it("draws of many rows in one pixel no more than it shows, extremes included", () => {
    const losses = Array.from({ length: 4000 }, (_, index) =>
      index === 1234 ? 0.79 : index % 2 ? 0.3 : 0.4,
    );
    const [train] = strokesOf(drawn(make(), makeData(losses)), THEME.ink) as [Stroke];
    expect(train.points.length).toBeLessThan(4 * (AREA.right - AREA.left));
    const ys = train.points.map(([, y]) => y);
    expect(Math.min(...ys)).toBeCloseTo(heightOf(0.79, 0.8), 3);
    expect(Math.max(...ys)).toBeCloseTo(heightOf(0.3, 0.8), 3);
  });

  it("leaves out a band that would cover the plot", () => {
    const wide = makeData([0.7, 0.5], [0.7, 0.6], Array<number>(20).fill(0.4));
    wide.steps.min.fill(0);
    wide.steps.max.fill(5);
    const made = drawn(make(), wide);
    expect(made.some(({ state, name }) => name === "fill" && state.fillStyle === THEME.track)).toBe(false);
    expect(strokesOf(made, THEME.ink3).some(({ state }) => state.lineWidth === 0.75)).toBe(true);
  });

  it("draws the band of batches behind the lines, inside of the axes", () => {
    const made = drawn(make(), makeData([0.7, 0.5], [0.7, 0.6], Array<number>(20).fill(0.6)));
    const band = made.findIndex(({ name, state }) => name === "fill" && state.fillStyle === THEME.track);
    const line = made.findIndex(({ name, state }) => name === "stroke" && state.strokeStyle === THEME.ink);
    expect(band).toBeGreaterThan(-1);
    expect(band).toBeLessThan(line);
    const clip = made.slice(0, band).findLastIndex(({ name }) => name === "rect");
    expect(made[clip]?.values).toEqual([AREA.left, AREA.top, AREA.right - AREA.left, AREA.bottom - AREA.top]);
    const corners = made.slice(clip, band).filter(({ name }) => name === "lineTo");
    const ys = corners.map(({ values }) => values[1] as number);
    expect(Math.min(...ys)).toBeCloseTo(heightOf(0.7, 0.8), 0);
    expect(Math.max(...ys)).toBeCloseTo(heightOf(0.5, 0.8), 0);
    const withoutSteps = drawn(make(), makeData([0.7, 0.5]));
    expect(withoutSteps.some(({ state, name }) => name === "fill" && state.fillStyle === THEME.track)).toBe(
      false,
    );
  });

  it("keeps its scale within a run and takes a new one for the next", () => {
    const curve = make();
    expect(wordsOf(drawn(curve, makeData([3, 0.5])))).toContain("4");
    expect(wordsOf(drawn(curve, makeData([3, 0.5, 0.1])))).toContain("4");
    // Rewound: the run goes on.
    expect(wordsOf(drawn(curve, makeData([3])))).toContain("4");
    expect(wordsOf(drawn(curve, NO_DATA))).not.toContain("4.0");
    expect(wordsOf(drawn(curve, makeData([0.7])))).toContain("0.8");
  });

  it("takes the colours of a new theme and keeps its data", () => {
    const curve = make();
    curve.update(makeData([0.7, 0.5]));
    calls.length = 0;
    curve.setTheme({ ...THEME, ink: "#abcdef" });
    expect(placeOf(calls, "train")?.colour).toBe("#abcdef");
    expect(strokesOf(calls, "#abcdef")).toHaveLength(1);
  });

  it("follows its size", () => {
    const curve = make();
    curve.update(makeData([0.7, 0.5]));
    calls.length = 0;
    curve.resize(600, 184);
    expect(placeOf(calls, "epoch")?.x).toBe(600);
    expect(placeOf(calls, "epoch")?.y).toBeGreaterThan(184 - 26);
  });

  it("leaves nothing behind", () => {
    const curve = make();
    expect(element.querySelectorAll("canvas")).toHaveLength(2);
    curve.destroy();
    expect(element.childElementCount).toBe(0);
  });
});

describe("pinned runs", () => {
  const pins = [
    makePin([0.7, 0.6, 0.5], { label: "lr 0.03", dash: 0 }),
    makePin([0.7, 0.7, 0.5], { label: "adam \u00b7 4-4-4", dash: 1 }),
  ];
  const data = { ...makeData([0.7, 0.5]), pins };

  it("are thin lines with dashes of their own, under the present run", () => {
    const made = drawn(make(), data);
    const lines = strokesOf(made, THEME.ink3).filter(({ state }) => state.lineWidth === 1.25);
    expect(lines.map(({ state }) => state.dash)).toEqual([[], [1.5, 2]]);
    expect(lines[0]?.points.at(-1)?.[0]).toBeCloseTo(xOf(3), 5);
    const order = made.filter(({ name }) => name === "stroke").map(({ state }) => state.strokeStyle);
    expect(order.lastIndexOf(THEME.ink3)).toBeLessThan(order.indexOf(THEME.ink));
  });

  it("have names at their ends, none over another", () => {
    const made = drawn(make(), data);
    const heights = ["lr 0.03", "adam \u00b7 4-4-4"].map((word) => placeOf(made, word)?.y ?? Number.NaN);
    expect(Math.abs((heights[0] as number) - (heights[1] as number))).toBeGreaterThanOrEqual(13 - 0.01);
  });

  it("are called by what tells them from one another", () => {
    const labels = ["sgd", "lr 0.1", "lr 0.5"].map((part) => `sgd \u00b7 tanh \u00b7 ${part}`);
    const made = (count: number) => {
      const own = labels.slice(3 - count).map((label, dash) => makePin([0.7, 0.6], { label, dash }));
      return wordsOf(drawn(make(), { ...makeData([0.7]), pins: own }));
    };
    expect(made(2)).toEqual(expect.arrayContaining(["lr 0.1", "lr 0.5"]));
    expect(made(1)).toContain("sgd \u00b7 tanh \u00b7 lr 0.5");
    expect(made(3)).toContain("sgd \u00b7 tanh \u00b7 sgd");
  });

  it("have shorter names where there is no room", () => {
    const epochs = Array<number>(10).fill(0.5);
    const long = { ...makeData([0.7]), pins: [makePin(epochs, { label: "adam \u00b7 4-4-4" })] };
    const word = wordsOf(drawn(make(), long)).find((text) => text.startsWith("adam"));
    expect(word).toBe("adam \u00b7\u2026");
  });

  it("let the scale go with them when they are taken off", () => {
    const curve = make();
    const wild = { ...makeData([0.7]), pins: [makePin([90])] };
    expect(wordsOf(drawn(curve, wild))).toContain("100");
    expect(wordsOf(drawn(curve, makeData([0.7])))).toContain("0.8");
  });
});

describe("a view of a curve", () => {
  const many = makeData(Array.from({ length: 200 }, (_, index) => 0.8 / (index + 1)));

  it("may be logarithmic", () => {
    const made = drawn(make(), many, { log: true });
    expect(wordsOf(made)).toEqual(expect.arrayContaining(["0.001", "0.01", "0.1", "1"]));
    const [train] = strokesOf(made, THEME.ink) as [Stroke];
    const third = (AREA.bottom - AREA.top) / 3;
    expect(train.points[0]?.[1]).toBeCloseTo(AREA.top - Math.log10(0.8) * third, 3);
  });

  it("falls back to a linear axis while nothing is above zero", () => {
    expect(wordsOf(drawn(make(), makeData([0, 0]), { log: true }))).toContain("0");
    expect(strokesOf(drawn(make(), makeData([0, 0]), { log: true }), THEME.ink)).toHaveLength(1);
  });

  it("may show a range, and the names of what goes on at its edge", () => {
    const made = drawn(make(), many, { zoom: [100, 150] });
    expect(wordsOf(made)).toEqual(expect.arrayContaining(["100", "120", "140", "0.008"]));
    expect(wordsOf(made)).not.toContain("0.8");
    expect(placeOf(made, "train")?.x).toBe(AREA.right + 6);
    const xs = (strokesOf(made, THEME.ink)[0] as Stroke).points.map(([x]) => x);
    expect(Math.min(...xs)).toBeGreaterThan(AREA.left - 10);
    expect(Math.max(...xs)).toBeLessThan(AREA.right + 10);
    expect(wordsOf(drawn(make(), many, { zoom: [300, 400] }))).not.toContain("train");
  });

  it("makes a number narrower that has no room beside the axis", () => {
    const [top] = textsOf(drawn(make(), makeData([8e35]))).filter(
      ({ values }) => values[0] === "8\u00b710\u00b3\u2075",
    );
    expect(top?.values.slice(1, 4)).toEqual([AREA.left - 8, AREA.top, AREA.left - 8]);
  });

  it("shows a range with the averages in it, and without them closer again", () => {
    const curve = make();
    const data = makeData([0.9, 0.1, 0.1, 0.1]);
    curve.update(data, { ...WHOLE_RUN, zoom: [2, 4] });
    expect(curve.axes().y[1]).toBeLessThan(0.2);
    curve.update(data, { ...WHOLE_RUN, zoom: [2, 4], smoothing: 0.9 });
    expect(curve.axes().y[1]).toBeGreaterThan(0.4);
    curve.update(data, { ...WHOLE_RUN, zoom: [2, 4] });
    expect(curve.axes().y[1]).toBeLessThan(0.2);
  });

  it("keeps what was measured faintly behind a moving average", () => {
    const made = drawn(make(), makeData([0.7, 0.1, 0.7, 0.1]), { smoothing: 0.9 });
    const [raw, smooth] = strokesOf(made, THEME.ink) as [Stroke, Stroke];
    expect(raw.state.globalAlpha).toBeLessThan(0.35);
    expect(smooth.state.globalAlpha).toBe(1);
    expect(raw.points[1]?.[1]).toBeCloseTo(heightOf(0.1, 0.8), 3);
    expect(smooth.points[1]?.[1]).toBeLessThan(heightOf(0.3, 0.8));
  });

  it("may go from batch to batch", () => {
    const steps = makeData([0.5], [0.5], [0.9, 0.8, 0.7, 0.6, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
    const [train] = strokesOf(drawn(make(), steps, { steps: true }), THEME.ink) as [Stroke];
    expect(train.points).toHaveLength(10);
    expect(train.points[0]?.[0]).toBeCloseTo(xOf(0.1), 3);
  });

  it("marks the epoch that is shown elsewhere, and fades what came after it", () => {
    const made = drawn(make(), { ...many, pins: [makePin([0.3, 0.2])] }, { now: 50 });
    const [line] = strokesOf(made, THEME.accent) as [Stroke];
    expect(line.points.map(([x]) => x)).toEqual([xOf(50, 200), xOf(50, 200)]);
    const alphas = strokesOf(made, THEME.ink).map(({ state }) => state.globalAlpha);
    expect(alphas).toEqual([1, 0.3]);
    const clips = made.filter(({ name }) => name === "rect").map(({ values }) => values[0]);
    expect(clips).toEqual([AREA.left, AREA.left, xOf(50, 200)]);
    expect(strokesOf(made, THEME.ink3).filter(({ state }) => state.lineWidth === 1.25)).toHaveLength(1);
    const dots = made.filter(({ name }) => name === "arc").map(({ values }) => values.slice(0, 2));
    // Of the test set, and of the train set.
    expect(dots).toHaveLength(2);
    for (const [x, y] of dots as [number, number][]) {
      expect(x).toBeCloseTo(xOf(50, 200), 5);
      expect(y).toBeCloseTo(heightOf(0.8 / 50, 0.8), 5);
    }
    expect(strokesOf(drawn(make(), many), THEME.accent)).toEqual([]);
  });
});

describe("pointing at an epoch", () => {
  it("says what was measured there and marks it", () => {
    const curve = make();
    curve.update({ ...makeData([0.7, 0.5, 0.3], [0.8, Number.NaN, 0.4]), pins: [makePin([0.9, 0.6])] });
    calls.length = 0;
    expect(curve.point(2)).toEqual({ epoch: 2, step: null, train: 0.5, test: null, pins: [0.6] });
    expect(strokesOf(calls, THEME.ink3)[0]?.points[0]?.[0]).toBeCloseTo(xOf(2), 5);
    expect(calls.filter(({ name }) => name === "arc")).toHaveLength(2);
    calls.length = 0;
    expect(curve.point(null)).toBe(null);
    expect(strokesOf(calls)).toEqual([]);
  });

  it("knows which epoch a pixel is at", () => {
    const curve = make();
    curve.update(makeData([0.7, 0.5, 0.3]));
    expect(curve.stops()).toEqual([1, 2, 3]);
    expect(curve.epochAt(curve.pixelAt(7))).toBeCloseTo(7);
    expect(curve.pixelAt(3)).toBeCloseTo(xOf(3), 5);
  });

  it("shows what is being chosen", () => {
    const curve = make();
    calls.length = 0;
    curve.select([60, 90]);
    expect(calls.find(({ name }) => name === "fillRect")?.values).toEqual([
      60,
      AREA.top,
      30,
      AREA.bottom - AREA.top,
    ]);
  });
});
