import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createFunctionStore, type FunctionStore } from "../../src/model/function-store";
import {
  BIAS,
  CONTRIBUTIONS,
  defaultFunctionTraits,
  type FakeFunctionModel,
  fakeFunctionModel,
  fitAt,
  GRID,
  PARTS,
  SWEEP,
} from "../fake-function-model";

let model: FakeFunctionModel;
let store: FunctionStore;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "performance", "requestAnimationFrame", "cancelAnimationFrame"],
  });
  model = fakeFunctionModel();
  store = createFunctionStore(model);
});

afterEach(() => {
  store.dispose();
  vi.useRealTimers();
});

const frame = () => store.scene.value.frame;
/** What a slow link leaves out. */
const few = { parts: PARTS.filter(([name]) => name === "parameters" || name === "fit") };
const running = { status: "running" } as const;

describe("a frame", () => {
  it("has the fit and the pieces that it is the sum of", () => {
    model.frame({ full: true });
    expect(frame()?.fit).toHaveLength(GRID);
    expect(frame()?.fit[GRID - 1]).toBeCloseTo(fitAt(3), 5);
    expect(frame()?.pieces).toMatchObject({ units: 3, bias: BIAS });
    expect(frame()?.pieces?.values).toEqual(CONTRIBUTIONS);
    expect(frame()?.pieces?.places[1]).toBe(1.5);
  });

  it("that brings only the fit leaves the pieces of the same run", () => {
    model.frame({ full: true, ...running, step: 10 });
    const before = frame();
    model.frame({ ...running, step: 20 }, few);
    expect(frame()).not.toBe(before);
    expect(frame()?.pieces).toBe(before?.pieces);
    expect(frame()?.residuals).toBe(before?.residuals);
  });

  it.each([
    ["an earlier step", { ...running, step: 5 }],
    ["a full frame", { ...running, step: 20, full: true }],
    ["one that stands", { status: "paused" as const, step: 20 }],
  ])("of %s has only pieces of its own", (_, values) => {
    model.frame({ full: true, ...running, step: 10 });
    model.frame(values, few);
    expect(frame()?.pieces).toBeNull();
  });

  it("of another network has none of the old one", () => {
    model.frame({ full: true, ...running, step: 10 });
    model.update("_network", { ...defaultFunctionTraits()._network, version: 2 });
    model.frame({ ...running, step: 20 }, few);
    expect(frame()?.header.network_version).toBe(2);
    expect(frame()?.pieces).toBeNull();
  });
});

describe("networks of many sizes", () => {
  it("have a row of errors each", () => {
    expect(store.sweep.value).toBeNull();
    model.update("_sweep", SWEEP);
    expect(store.sweep.value?.errors).toEqual([
      [0.5, 0.4, 0.6],
      [0.05, Number.NaN, 0.03],
      [0.004, 0.002, 0.003],
    ]);
    model.update("_sweep", null);
    expect(store.sweep.value).toBeNull();
  });

  it("are trained without leaving the epoch that is looked at", () => {
    const epochs = Array.from({ length: 6 }, (_, epoch) => [epoch, 1, Number.NaN, Number.NaN, Number.NaN]);
    model.frame({ full: true, epoch: 5 }, { epochs });
    store.timeline.show(2);
    store.compare({ type: "sweep" });
    expect(store.timeline.preview.value).toBe(true);
    store.draw({ type: "undo" });
    expect(store.timeline.preview.value).toBe(false);
  });
});

it("a setting that Python does not accept goes back, and says why", () => {
  store.controls.function.set("x + foo");
  expect(store.controls.function.value.value).toBe("x + foo");
  vi.advanceTimersToNextFrame();
  expect(model.sentOf("set")).toEqual([{ type: "set", name: "function", value: "x + foo" }]);
  model.receive({ type: "refused", name: "function", message: "unknown name 'foo'" });
  expect(store.controls.function.value.value).toBe("sine");
  expect(store.controls.function.error.value).toBe("unknown name 'foo'");
});

it("listens to each of Python's traits, and to nothing when it is disposed of", () => {
  for (const name of Object.keys(defaultFunctionTraits())) expect(name in store.traits, name).toBe(true);
  store.dispose();
  expect(model.listeners()).toBe(0);
});
