import { describe, expect, it } from "vitest";
import { createExplorer } from "../../src/model/explorer";
import { explorerModel } from "../explorer";

const settings = { x: 1, name: "a", weights: [1, 2] };
type Own = { x: number; name: string; weights: number[] };

const made = (options = {}) => {
  const model = explorerModel(settings, { traits: { _samples: 3 }, ...options });
  return { model, store: createExplorer<Own>(model as never, ["_samples"]) };
};

describe("the settings of an explorer", () => {
  it("change at once, and Python is told once", () => {
    const { model, store } = made();
    store.set({ x: 5, name: "b" });
    expect([store.settings.x.value, store.settings.name.value]).toEqual([5, "b"]);
    expect([model.state.x, model.state.name, model.saves.count]).toEqual([5, "b", 1]);
  });

  it("change without a kernel, too", () => {
    const { model, store } = made({ alone: true });
    store.controls.x.set(7);
    expect([store.settings.x.value, model.state.x]).toEqual([7, 7]);
  });

  it("follow Python, and the other views", () => {
    const { model, store } = made();
    model.update("x", 2);
    model.update("_samples", 4);
    expect([store.settings.x.value, store.trait("_samples").value]).toEqual([2, 4]);
  });

  it("go back to what the widget was made with", () => {
    const { model, store } = made();
    store.set({ x: 5, weights: [0, 0] });
    store.reset();
    expect(store.now()).toEqual(settings);
    expect(model.state.weights).toEqual([1, 2]);
  });

  it("stay the same objects where nothing changes: what is computed from them is not computed again", () => {
    const { model, store } = made();
    const { value } = store.settings.weights;
    model.update("weights", [1, 2]);
    expect(store.settings.weights.value).toBe(value);
    store.set({ x: 3, weights: [1, 2] });
    expect(store.settings.weights.value).toBe(value);
    expect(model.sets).not.toContain("weights");
  });

  it("go back to what Python has, where it refuses one", () => {
    const { model, store } = made();
    store.set({ x: 9 });
    model.update("x", 1);
    model.receive({ type: "refused", message: "x must be below 3" });
    expect([store.settings.x.value, store.refused.value]).toEqual([1, "x must be below 3"]);
  });

  it("are written by what Python says of them last", () => {
    const { model, store } = made({ about: { name: "Own", script: "x = ⟨x⟩" } });
    const about = model.get("_about") as object;
    model.update("_about", { ...about, script: "y = ⟨x⟩", arguments: ["f"] });
    expect([store.script.value, store.call.value]).toEqual(["y = 1", "Own(f)"]);
  });

  it("say what Python refused, until something is changed", () => {
    const { model, store } = made();
    model.receive({ type: "refused", message: "x must be below 3" });
    expect(store.refused.value).toBe("x must be below 3");
    store.set({ x: 1.5 });
    expect(store.refused.value).toBeNull();
  });

  it("are the call that makes the widget as it is, and the script", () => {
    const { store } = made({ about: { name: "Own", script: "x = ⟨x⟩" } });
    expect(store.call.value).toBe("Own()");
    store.set({ x: 0.25, weights: [1, 0.5] });
    expect(store.call.value).toBe("Own(x=0.25, weights=[1, 0.5])");
    expect(store.script.value).toBe("x = 0.25");
  });

  it("leave out of the call what its arguments bring along, which has no default", () => {
    const about = { name: "Own", arguments: ["model=model"], defaults: { x: 1 } };
    const { store } = made({ about });
    store.set({ weights: [3, 4] });
    expect(store.call.value).toBe("Own(model=model)");
    store.set({ x: 2 });
    expect(store.call.value).toBe("Own(x=2, model=model)");
  });

  it("are answered for by Python until it is silent, unless the model has no way there", () => {
    const there = (traits = {}) => made({ traits }).store.kernel.there.value;
    expect([there(), there({ layout: { comm_live: true } }), there({ layout: "IPY_MODEL_1" })]).toEqual([
      true,
      true,
      true,
    ]);
    expect(there({ layout: { comm_live: false } })).toBe(false);
  });

  it("are heard no more when the widget is gone", () => {
    const { model, store } = made();
    expect(model.listeners()).toBeGreaterThan(0);
    store.dispose();
    expect(model.listeners()).toBe(0);
  });
});
