import { Path2D as SkiaPath2D } from "@napi-rs/canvas";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Curve, type CurveData, type CurveOptions, makeCurve, NO_DATA } from "../../src/draw/curves";
import { type Call, recorder, THEME } from "./support";

const WIDTH = 340;
const HEIGHT = 152;
/** The plotting area at a tick size of 11 px. */
const AREA = { left: 42, right: WIDTH - 48, top: 10, bottom: HEIGHT - 26 };

let calls: Call[] = [];
let element: HTMLElement;

beforeEach(() => {
  const recorded = recorder(WIDTH, HEIGHT);
  calls = recorded.calls;
  vi.stubGlobal("Path2D", SkiaPath2D);
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(recorded.context as never);
  element = document.createElement("div");
  document.body.replaceChildren(element);
});

async function make(options: Partial<CurveOptions> = {}): Promise<Curve> {
  const curve = makeCurve(element, {
    kind: "loss",
    label: "Loss",
    theme: THEME,
    width: WIDTH,
    height: HEIGHT,
    ...options,
  });
  // uPlot draws an empty chart by itself, one microtask after it was made.
  await Promise.resolve();
  return curve;
}

function makeData(train: number[], test: number[] = train, steps: number[] = []): CurveData {
  const mean = Float64Array.from(steps);
  return {
    stepsPerEpoch: 10,
    steps: {
      step: mean.map((_, index) => index + 1),
      mean,
      min: mean.map((v) => v - 0.1),
      max: mean.map((v) => v + 0.1),
    },
    epochs: {
      epoch: Float64Array.from(train, (_, index) => index + 1),
      train: Float64Array.from(train),
      test: Float64Array.from(test),
    },
  };
}

/** What one update draws. */
function drawn(curve: Curve, data: CurveData): Call[] {
  calls.length = 0;
  curve.update(data);
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

describe("a learning curve", () => {
  it("draws within the update, and only then", async () => {
    const curve = await make();
    expect(drawn(curve, makeData([0.7, 0.4])).length).toBeGreaterThan(20);
    calls.length = 0;
    await Promise.resolve();
    const over = element.querySelector(".u-over") as HTMLElement;
    over.dispatchEvent(new MouseEvent("mousemove", { clientX: 40, clientY: 20, bubbles: true }));
    await Promise.resolve();
    expect(calls).toEqual([]);
  });

  it("has ticks on both axes and names the epochs", async () => {
    const words = wordsOf(drawn(await make(), makeData([0.7, 0.4])));
    expect(words).toEqual(
      expect.arrayContaining(["0", "0.2", "0.4", "0.6", "0.8", "2", "4", "6", "8", "10", "epoch"]),
    );
    const accuracy = await make({ kind: "accuracy" });
    expect(wordsOf(drawn(accuracy, makeData([0.5, 0.9])))).toContain("100\u2009%");
  });

  it("leaves out the last number where it would touch the word", async () => {
    const words = wordsOf(drawn(await make(), makeData(Array(2000).fill(0.5))));
    expect(words).toContain("1,000");
    expect(words).not.toContain("2,000");
    expect(wordsOf(drawn(await make({ width: 700 }), makeData(Array(1700).fill(0.5))))).toContain("1,600");
  });

  it("writes the names at the ends of the lines", async () => {
    const made = drawn(await make(), makeData([0.7, 0.1], [0.7, 0.6]));
    const end = AREA.left + (2 / 10) * (AREA.right - AREA.left);
    const [train, test] = [placeOf(made, "train"), placeOf(made, "test")];
    expect(train?.x).toBeCloseTo(end + 6, 0);
    expect(train?.y).toBeCloseTo(heightOf(0.1, 0.8), 0);
    expect(test?.y).toBeCloseTo(heightOf(0.6, 0.8), 0);
    expect(train?.colour).toBe(THEME.ink);
    expect(test?.colour).toBe(THEME.ink2);
  });

  it("keeps the names apart where the lines meet, above the axis", async () => {
    const made = drawn(await make(), makeData([0.7, 0.01], [0.7, 0.012]));
    const [train, test] = [placeOf(made, "train"), placeOf(made, "test")];
    expect((train?.y ?? 0) - (test?.y ?? 0)).toBeGreaterThanOrEqual(THEME.textXs + 2 - 0.01);
    expect(train?.y).toBeLessThan(AREA.bottom);
  });

  it("has no name for what was never measured", async () => {
    const words = wordsOf(drawn(await make(), makeData([0.7, 0.5], [Number.NaN, Number.NaN])));
    expect(words).toContain("train");
    expect(words).not.toContain("test");
    expect(wordsOf(drawn(await make(), NO_DATA))).not.toContain("train");
  });

  it("draws train solid and test dashed", async () => {
    const strokes = drawn(await make(), makeData([0.7, 0.5], [0.7, 0.6])).filter(
      ({ name, values }) => name === "stroke" && values.length,
    );
    const [train, test] = strokes.slice(-2) as [Call, Call];
    expect([train.state.strokeStyle, train.state.lineWidth, train.state.dash]).toEqual([THEME.ink, 1.75, []]);
    expect([test.state.strokeStyle, test.state.lineWidth, test.state.dash]).toEqual([
      THEME.ink2,
      1.5,
      [4, 2.5],
    ]);
  });

  it("draws a line to its last epoch, also where the axes stay as they are", async () => {
    const curve = await make();
    const ends = [4, 9].map((epochs) => {
      const made = drawn(curve, makeData(Array.from({ length: epochs }, (_, index) => 0.7 - 0.01 * index)));
      const strokes = made.filter(({ name, values }) => name === "stroke" && values.length);
      const [train] = strokes.slice(-2) as [Call, Call];
      return (train.values[0] as SkiaPath2D).getBounds()[2];
    });
    const x = (epoch: number) => AREA.left + ((AREA.right - AREA.left) * epoch) / 10;
    expect(ends[0]).toBeCloseTo(x(4), 0);
    expect(ends[1]).toBeCloseTo(x(9), 0);
  });

  it("leaves out a band that would cover the plot", async () => {
    const wide = makeData([0.7, 0.5], [0.7, 0.6], Array<number>(20).fill(0.4));
    wide.steps.min.fill(0);
    wide.steps.max.fill(5);
    const made = drawn(await make(), wide);
    expect(made.some(({ state, name }) => name === "fill" && state.fillStyle === THEME.track)).toBe(false);
    expect(made.some(({ state, name }) => name === "stroke" && state.strokeStyle === THEME.ink3)).toBe(true);
  });

  it("draws the band of batches behind the lines, inside of the axes", async () => {
    const made = drawn(await make(), makeData([0.7, 0.5], [0.7, 0.6], Array<number>(20).fill(0.6)));
    const band = made.findIndex(({ name, state }) => name === "fill" && state.fillStyle === THEME.track);
    const line = made.findLastIndex(({ name, values }) => name === "stroke" && values.length);
    expect(band).toBeGreaterThan(-1);
    expect(band).toBeLessThan(line);
    const clip = made.slice(0, band).findLastIndex(({ name }) => name === "rect");
    expect(made[clip]?.values).toEqual([AREA.left, AREA.top, AREA.right - AREA.left, AREA.bottom - AREA.top]);
    const corners = made
      .slice(clip, band)
      .filter(({ name }) => name === "lineTo")
      .map(({ values }) => values as [number, number]);
    const ys = corners.map(([, y]) => y);
    expect(Math.min(...ys)).toBeCloseTo(heightOf(0.7, 0.8), 0);
    expect(Math.max(...ys)).toBeCloseTo(heightOf(0.5, 0.8), 0);
    const withoutSteps = drawn(await make(), makeData([0.7, 0.5]));
    expect(withoutSteps.some(({ state, name }) => name === "fill" && state.fillStyle === THEME.track)).toBe(
      false,
    );
  });

  it("keeps its scale until a value no longer fits, and starts afresh with a new run", async () => {
    const curve = await make();
    const top = (data: CurveData) =>
      wordsOf(drawn(curve, data))
        .filter((word) => /^[\d.]+$/.test(word))
        .map(Number);
    expect(top(makeData([0.7]))).toContain(0.8);
    expect(top(makeData([0.7, 0.01]))).toContain(0.8);
    const grown = top(makeData([0.7, 1.9]));
    expect(grown).toContain(2);
    expect(grown).not.toContain(0.8);
    expect(top(makeData([0.7, 0.01]))).toContain(1.5);
    expect(top(makeData([], [], [0.3]))).toContain(0.1);
  });

  it("tells which epoch the pointer is at, and when it has left", async () => {
    const onHover = vi.fn();
    const curve = await make({ onHover });
    curve.update(makeData([0.7, 0.5, 0.3], [0.8, Number.NaN, 0.4]));
    const over = element.querySelector(".u-over") as HTMLElement;
    const perEpoch = (AREA.right - AREA.left) / 10;
    const move = (epoch: number) =>
      over.dispatchEvent(
        new MouseEvent("mousemove", { clientX: epoch * perEpoch, clientY: 20, bubbles: true }),
      );
    over.dispatchEvent(new MouseEvent("mouseenter"));
    move(2.1);
    await vi.waitFor(() => expect(onHover).toHaveBeenLastCalledWith(1, { epoch: 2, train: 0.5, test: null }));
    move(7);
    await vi.waitFor(() => expect(onHover).toHaveBeenLastCalledWith(2, { epoch: 3, train: 0.3, test: 0.4 }));
    over.dispatchEvent(new MouseEvent("mouseleave"));
    await vi.waitFor(() => expect(onHover).toHaveBeenLastCalledWith(null, null));
  });

  it("takes the colours of a new theme and keeps its data", async () => {
    const curve = await make();
    curve.update(makeData([0.7, 0.5]));
    calls.length = 0;
    curve.setTheme({ ...THEME, ink: "#abcdef" });
    await Promise.resolve();
    expect(placeOf(calls, "train")?.colour).toBe("#abcdef");
    expect(element.querySelectorAll(".uplot")).toHaveLength(1);
  });

  it("follows its size", async () => {
    const curve = await make();
    curve.update(makeData([0.7, 0.5]));
    curve.resize(600, 184);
    await Promise.resolve();
    const made = drawn(curve, makeData([0.7, 0.5]));
    expect(placeOf(made, "epoch")?.x).toBeGreaterThan(540);
    expect(placeOf(made, "epoch")?.y).toBeGreaterThan(184 - 26);
  });

  it("has a name for screen readers and leaves nothing behind", async () => {
    const curve = await make({ label: "Loss over epochs" });
    expect(element.querySelector("[role=img]")?.getAttribute("aria-label")).toBe("Loss over epochs");
    curve.destroy();
    expect(element.childElementCount).toBe(0);
  });
});
