import { describe, expect, it, vi } from "vitest";
import { boxOf, shared } from "../../src/components/descent/ends";
import { SURFACES, type Surface } from "../../src/concepts/surfaces";
import descent from "../../src/widgets/descent";
import { model, openExplorer, useExplorer, view } from "../explorer";
import { nextFrame } from "../view";

const begin = (name: string) => {
  const { start, learningRate, rates, steps } = SURFACES[name] as Surface;
  return {
    surface: name,
    start,
    learning_rate: learningRate,
    learning_rates: rates,
    steps,
    step: Math.floor(steps / 5),
    noise: 0,
  };
};
const SETTINGS = {
  ...begin("ravine"),
  optimizer: "sgd",
  momentum: 0.9,
  alpha: 0.99,
  betas: [0.9, 0.999],
  seed: 0,
  coordinate: 2,
};
const ABOUT = {
  presets: Object.entries(SURFACES).map(([name, { label }]) => ({ name: label, settings: begin(name) })),
};

useExplorer(descent, SETTINGS, {
  traits: { _own: {}, _grid: new DataView(new ArrayBuffer(0)) },
  about: ABOUT,
});

const choose = async (words: string) => {
  const button = [...view.root.querySelectorAll("button")].find((each) =>
    each.textContent?.startsWith(words),
  );
  button?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await nextFrame();
};
const change = async (settings: Record<string, unknown>) => {
  for (const [name, value] of Object.entries(settings)) model.update(name, value);
  await nextFrame();
};
const sentence = () => view.root.querySelector(".nnw-diag")?.textContent ?? "";
const act = async () => {
  view.root
    .querySelector<HTMLElement>(".nnw-diag > .nnw-btn")
    ?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await nextFrame();
};

describe("a race down a ravine", () => {
  it("has the losses of all five, who is at the bottom, and the next step", () => {
    expect(view.numbers()).toMatchObject({
      step: "12",
      "loss.sgd.now": "0.760",
      "loss.momentum.now": "7.418",
      "loss.rmsprop.10": "0.229",
      "loss.adam.60": "0.013",
      "reached.sgd": "33",
      "reached.adam": "–",
      bottom: "0.01",
      "rate.nesterov": "0.05",
      "at.2": "0.079",
      "g.2": "1.422",
      "next.2": "−0.063",
      "next.1": "−1.068",
    });
  });

  it("leaves it past the learning rate that its curvature allows, and says so", async () => {
    expect(sentence()).toContain("past 2/18 = 0.111");
    await act();
    expect(model.state.learning_rate).toBe(0.115);
    expect(model.state.learning_rates).toEqual({});
    expect(sentence()).toContain("SGD leaves the map at step 8.");
    await change({ learning_rate: 1e4, step: 60 });
    expect(view.numbers()["loss.sgd.now"]).toBe("∞");
    expect(view.root.textContent).toContain("diverged");
    expect(view.root.textContent).toContain("the loss is ∞");
    expect(view.root.textContent).not.toContain("NaN");
  });

  it("gives one of them a learning rate of its own", async () => {
    await choose("Adam");
    expect(model.state.optimizer).toBe("adam");
    view.field("Learning rate of: Adam").dispatchEvent(new MouseEvent("click", { bubbles: true }));
    await nextFrame();
    await view.slide("Learning rate η", 0);
    expect(model.state).toMatchObject({ learning_rate: 0.1, learning_rates: { nesterov: 0.05, adam: 1 } });
    expect(view.numbers()).toMatchObject({ "rate.adam": "1", "rate.sgd": "0.1" });
    view.field("Learning rate of: all five").dispatchEvent(new MouseEvent("click", { bubbles: true }));
    await nextFrame();
    await view.slide("Learning rate η", -2);
    expect(model.state.learning_rate).toBe(0.01);
    expect(model.state.learning_rates).toEqual({});
  });

  it("writes out the weight that is chosen, but both of plain descent", async () => {
    expect(Object.keys(view.numbers())).toEqual(expect.arrayContaining(["next.1", "next.2"]));
    await choose("Adam");
    expect(view.numbers()).toHaveProperty("m.corrected.2");
    expect(view.numbers()).not.toHaveProperty("next.1");
    view.field("Weight: w₁").dispatchEvent(new MouseEvent("click", { bubbles: true }));
    await nextFrame();
    expect(model.state.coordinate).toBe(1);
    expect(view.numbers()).toHaveProperty("m.corrected.1");
  });

  it("moves its start with the arrow keys, and keeps it on the map", async () => {
    const handle = view.field("Start");
    await view.key(handle, "ArrowRight");
    await view.key(handle, "ArrowDown", { shiftKey: true });
    expect(model.state.start).toEqual([-4.03, 1.14]);
    await view.key(handle, "Home");
    expect(model.state.start).toEqual([-5, 1.14]);
    await view.key(handle, "ArrowLeft");
    expect(model.state.start).toEqual([-5, 1.14]);
    expect(handle.getAttribute("aria-valuetext")).toBe("−5.00, 1.14");
  });

  it("rolls to its last step by itself, and begins anew from there", async () => {
    await view.press("Let it roll");
    await vi.advanceTimersByTimeAsync(1000);
    const { step } = view.numbers();
    expect(Number(step)).toBeGreaterThan(15);
    await view.press("Pause");
    expect(model.state.step).toBe(Number(step));
    await view.press("Let it roll");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(model.state.step).toBe(60);
    expect(view.numbers().step).toBe("60");
    await view.press("Let it roll");
    await vi.advanceTimersByTimeAsync(300);
    expect(Number(view.numbers().step)).toBeLessThan(10);
  });

  it("rolls no farther on another surface, and not when it is gone", async () => {
    await view.press("Let it roll");
    await vi.advanceTimersByTimeAsync(500);
    await choose("bowl");
    const { step } = model.state;
    expect(view.numbers().step).toBe(String(step));
    await vi.advanceTimersByTimeAsync(2000);
    expect(model.state.step).toBe(step);
    await view.press("Let it roll");
    await vi.advanceTimersByTimeAsync(500);
    const { count } = model.saves;
    view.close.abort();
    await vi.advanceTimersByTimeAsync(2000);
    expect(model.saves.count).toBe(count);
  });

  it.each([
    { learning_rate: 1e6, learning_rates: {}, step: 60 },
    { learning_rate: 3, learning_rates: {}, step: 60, start: [-5, 1.9] },
    { start: [3.4, -1.9], step: 1 },
    { start: [-5, 1.9], step: 3 },
  ])(
    "writes no name on another, nor on the start, nor beside the drawing: $learning_rate, $start",
    async (settings) => {
      for (const [name, value] of Object.entries(settings)) model.update(name, value);
      await nextFrame();
      const drawing = view.root.querySelector<SVGElement>(".nnw-scene svg");
      const texts = [...(drawing?.querySelectorAll<SVGTextElement>(".nnw-halo") ?? [])];
      expect(texts.length).toBeGreaterThan(6);
      const boxes = texts.map((text) =>
        boxOf(
          text.textContent ?? "",
          Number(text.getAttribute("x")),
          Number(text.getAttribute("y")),
          text.getAttribute("text-anchor") ?? "start",
        ),
      );
      for (const [index, box] of boxes.entries()) {
        expect(box[0]).toBeGreaterThanOrEqual(0);
        expect(box[2]).toBeLessThanOrEqual(Number(drawing?.getAttribute("width")));
        for (const other of boxes.slice(0, index)) expect(shared(box, other)).toBe(0);
      }
    },
  );

  it("keeps the height of its drawing on another surface", async () => {
    const height = () => view.root.querySelector(".nnw-scene svg")?.getAttribute("height");
    const first = height();
    await choose("parabola");
    expect(model.state.surface).toBe("parabola");
    expect(height()).toBe(first);
  });

  it("names those that are outside", async () => {
    const said = () => view.root.querySelector('[aria-label="Map of the loss"]')?.textContent ?? "";
    expect(said()).not.toContain("outside");
    await change({ learning_rate: 0.115, step: 60 });
    expect(said()).toContain("SGD, outside");
  });

  it("goes to a step of the table", async () => {
    await view.press("Show step 5");
    expect(model.state.step).toBe(5);
    expect(view.numbers()["loss.sgd.now"]).toBe("4.353");
  });

  it("shows fewer steps than the one that was shown", async () => {
    await change({ step: 60 });
    await view.slide("Steps", 1);
    expect(model.state.steps).toBe(10);
    expect(view.numbers()).toMatchObject({ step: "10", "loss.sgd.now": "1.210" });
  });
});

describe("other surfaces", () => {
  it.each(Object.values(SURFACES).map(({ label }) => label))(
    "%s is chosen with what is worth seeing",
    async (label) => {
      await choose(label);
      const [name] = Object.entries(SURFACES).find(([, each]) => each.label === label) ?? [""];
      expect(model.state).toMatchObject(begin(name));
      expect(view.root.querySelector(".nnw-thumb[data-current]")?.textContent).toBe(label);
      for (const optimizer of ["momentum", "nesterov", "rmsprop", "adam", "sgd"]) {
        await change({ optimizer });
        expect(view.root.textContent).not.toContain("NaN");
        expect(view.numbers()["g.1"] ?? view.numbers()["g.2"]).toMatch(/\d/);
        expect(sentence().length).toBeGreaterThan(20);
      }
    },
  );

  it("has a curve with a ball, its tangent and its next step where there is one weight", async () => {
    await choose("parabola");
    expect(view.root.querySelector(".nnw-tangent")).not.toBeNull();
    expect(view.root.querySelectorAll("[data-path]").length).toBe(5);
    await view.key(view.field("Start"), "End");
    expect(model.state.start).toEqual([4]);
    await change({ step: 0 });
    expect(view.numbers()).toMatchObject({ "at.1": "4.000", "g.1": "8.000", "next.1": "3.200" });
    // The screen's y goes down: at 4 the curve rises to the right, and its next step leads to the left.
    const tangent = view.root.querySelector(".nnw-tangent")?.getAttribute("d") ?? "";
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = tangent.match(/-?[\d.]+(e-?\d+)?/g)?.map(Number) ?? [];
    expect((y2 - y1) * (x2 - x1)).toBeLessThan(0);
    expect(view.root.querySelector(".nnw-run-next")?.getAttribute("transform")).toMatch(/rotate\(180\)$/);
  });

  it("has a dot for each step that the ball has made, in one element", async () => {
    await choose("parabola");
    await change({ step: 7 });
    const dots = view.root.querySelectorAll(".nnw-run-dot");
    expect(dots).toHaveLength(1);
    expect(dots[0]?.getAttribute("d")?.split("M")).toHaveLength(1 + 7);
  });

  it("is written with the digits that say something near the bottom, where nothing is divided by 0", async () => {
    await choose("bowl");
    await change({ optimizer: "rmsprop", noise: 0, start: [0.00002, 0], step: 0, coordinate: 1 });
    expect(view.numbers()).toMatchObject({ "at.1": "2.0·10⁻⁵", "g.1": "2.0·10⁻⁵", "v.1": "4.0·10⁻¹²" });
    const text = () => view.root.querySelector(".nnw-formulas")?.textContent ?? "";
    expect(text()).toContain("(2.0·10⁻⁵)2"); // raised as a whole
    expect(text()).toContain("2.0·10⁻⁶+10−8");
    await change({ coordinate: 2 });
    expect(view.numbers()).toMatchObject({ "g.2": "0.000", "v.root.2": "0.000", "next.2": "0.000" });
    expect(text()).toContain("0.000+10−8");
    await change({ start: [2, 0], coordinate: 1 });
    expect(text()).not.toContain("10−8");
  });

  it("stops on the ridge of the saddle, where noise frees it", async () => {
    await choose("saddle");
    await act();
    expect(model.state.start).toEqual([-2, 0]);
    expect(sentence()).toContain("SGD stops at the saddle.");
    expect(view.numbers()["reached.sgd"]).toBe("–");
    await act();
    expect(model.state.noise).toBe(0.1);
    expect(view.numbers()).toHaveProperty("noise.2");
    expect(Math.abs(Number(view.numbers()["next.2"]?.replace("−", "-")))).toBeGreaterThan(0);
  });
});

describe("a surface that was sampled", () => {
  const bytes = (values: number[]) => new DataView(Float32Array.from(values).buffer);

  it("is descended without the function, and says that it is sampled", async () => {
    const own = {
      label: "slide",
      fact: "a function of one weight of your own",
      note: "sampled at 3 points",
      window: [[0, 2]],
      sizes: [3],
      start: [1.5],
      learningRate: 0.4,
      steps: 10,
      lowest: 0,
      tolerance: 0.1,
      minima: [[0]],
      middle: null,
      path: [],
    };
    const settings = { ...SETTINGS, surface: "own", start: [1.5], learning_rate: 0.4, steps: 10, step: 2 };
    const opened = await openExplorer(descent, settings, {
      traits: { _own: own, _grid: bytes([0, 1, 2, 1, 1, 1]) },
      about: { presets: [{ name: "slide", settings: { surface: "own" } }] },
    });
    const { root } = opened.view;
    expect(root.textContent).toContain("sampled at 3 points");
    expect(opened.view.numbers()).toMatchObject({
      "loss.sgd.now": "0.700",
      "g.1": "1.000",
      "next.1": "0.300",
    });
    opened.model.update("step", 10);
    await nextFrame();
    expect(opened.view.numbers()["loss.sgd.now"]).toBe("–");
    expect(root.textContent).toContain("SGD leaves the map at step 4.");
    expect(root.textContent).toContain("Nothing is known of the loss out there.");
  });
});
