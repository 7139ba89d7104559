// @vitest-environment happy-dom
// The curves of a run of few, long epochs.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { limitsFor } from "../../src/draw/curve-scale";
import { type CurveData, type CurveView, makeCurve, WHOLE_RUN } from "../../src/draw/curves";
import { makeData, of } from "./curve-rows";
import { type Call, recorder, THEME } from "./support";

const WIDTH = 340;
const HEIGHT = 152;
const AREA = { left: 42, right: WIDTH - 56 };

let calls: Call[] = [];
let element: HTMLElement;

beforeEach(() => {
  const recorded = recorder(WIDTH, HEIGHT);
  calls = recorded.calls;
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(recorded.context as never);
  element = document.createElement("div");
  document.body.replaceChildren(element);
});

/** Four epochs of ten steps are planned, and so many were made. */
function makeLong(losses: number[], test: number[] = []): CurveData {
  const data = makeData(
    losses.filter((_, step) => step % 10 === 9),
    test,
    losses,
  );
  const xs = data.steps.step.map((step) => step / 10);
  const long = {
    train: { xs, ys: data.steps.mean },
    test: { xs: of(...test.map((_, index) => index + 1)), ys: of(...test) },
  };
  return { ...data, epochs: { ...data.epochs, test: of(...test) }, long };
}
const flat = (steps: number, loss = 0.5) => Array<number>(steps).fill(loss);
const view: CurveView = { ...WHOLE_RUN, planned: 4 };

function drawn(data: CurveData, look: CurveView = view): Call[] {
  const curve = makeCurve(element, { kind: "loss", theme: THEME, width: WIDTH, height: HEIGHT });
  calls.length = 0;
  curve.update(data, look);
  return [...calls];
}
const xOf = (epoch: number) => AREA.left + ((AREA.right - AREA.left) * epoch) / 4;
const verticals = (made: Call[]) =>
  made
    .filter(({ name, state }) => name === "moveTo" && state.strokeStyle === THEME.accent)
    .map(({ values }) => values[0] as number);
const dots = (made: Call[], fill: string) =>
  made.filter(({ name, state }, index) => name === "arc" && fillAfter(made, index) === fill && state);
const fillAfter = (made: Call[], index: number) =>
  made.slice(index).find(({ name }) => name === "fill")?.state.fillStyle;

describe("the axes of a long run", () => {
  it("have all epochs that are planned, and no more until they are passed", () => {
    const x = (epochs: number, planned: number | null) =>
      limitsFor("loss", makeLong(flat(10 * epochs)), null, null, planned).x;
    expect(x(2, 4)).toBe(4);
    expect(x(5, 4)).toBe(5);
    expect(x(2, null)).toBe(10);
  });

  it("follow another plan", () => {
    const before = limitsFor("loss", makeLong(flat(20)), null, null, 20);
    expect(limitsFor("loss", makeLong(flat(20)), before, null, 4).x).toBe(4);
  });

  it("have a top for what chance gives", () => {
    expect(limitsFor("loss", makeLong(flat(5, 2.3)), null, null, 4).y).toEqual([0, 2.5]);
    expect(limitsFor("loss", makeData([], [], flat(5, 2.3)), null).y).toEqual([0, 4]);
  });

  it("settle once at the end of the first epoch, and then only widen", () => {
    const curve = makeCurve(element, { kind: "loss", theme: THEME, width: WIDTH, height: HEIGHT });
    curve.update(makeLong(flat(5, 2.3)), view);
    curve.update(makeLong(flat(9, 1.9)), view);
    expect(curve.axes().y).toEqual([0, 2.5]);
    curve.update(makeLong(flat(11, 0.55), [0.6]), view);
    expect(curve.axes().y).toEqual([0, 0.6]);
    curve.update(makeLong([...flat(19, 0.55), 0.1], [0.6, 0.1]), view);
    expect(curve.axes().y).toEqual([0, 0.6]);
  });
});

describe("the lines of a long run", () => {
  it("end at the present while there is something to come", () => {
    expect(verticals(drawn(makeLong(flat(14), [0.5])))).toEqual([xOf(1.4)]);
    expect(verticals(drawn(makeLong(flat(40), flat(4))))).toEqual([]);
    expect(verticals(drawn(makeLong(flat(14), [0.5]), { ...view, planned: null }))).toEqual([]);
  });

  it("end where the past is looked at, when it is", () => {
    expect(verticals(drawn(makeLong(flat(24), flat(2)), { ...view, now: 1 }))).toEqual([xOf(1)]);
  });

  it("have a hollow point at each value of the test set", () => {
    const hollow = dots(drawn(makeLong(flat(40), [0.5, 0.4, 0.3, 0.2])), THEME.bg);
    expect(hollow.map(({ values }) => values[0])).toEqual([1, 2, 3, 4].map(xOf));
  });

  it("have every batch behind them, in full, also where that is much", () => {
    const data = makeLong(flat(40), flat(4));
    const wild = { ...data, steps: { ...data.steps, min: of(...flat(40, 0)), max: of(...flat(40, 9)) } };
    const bands = (made: Call[]) =>
      made.filter(({ name, state }) => name === "fill" && state.fillStyle === THEME.track);
    expect(bands(drawn(wild)).map(({ state }) => state.globalAlpha)).toEqual([1]);
    expect(bands(drawn({ ...wild, long: undefined } as never))).toEqual([]);
  });
});
