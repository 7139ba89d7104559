import { describe, expect, it } from "vitest";
import { gridOver, gridPoints } from "../../src/concepts/activation";
import type { SampledTrait } from "../../src/generated/protocol";
import activation from "../../src/widgets/activation";
import { model, useExplorer, view } from "../explorer";
import { nextFrame } from "../view";

const SETTINGS = {
  activation: "tanh",
  x: 1,
  shown: ["sigmoid", "tanh", "relu"],
  vanishing: 0.05,
  layers: 5,
  window: null,
};

const PRESETS = [{ name: "dead ReLU", settings: { activation: "relu", x: -2 } }];

function sampled(name: string, f: (x: number) => number, slope: (x: number) => number): SampledTrait {
  const grid = gridOver(-6, 6);
  const points = gridPoints(grid);
  // In the middle of a larger block, as what arrives with a message.
  const bytes = (values: Float64Array) => {
    const block = new Uint8Array(values.byteLength + 5);
    block.set(new Uint8Array(values.buffer), 5);
    return new DataView(block.buffer, 5, values.byteLength);
  };
  return {
    name,
    ...grid,
    heights: [-1, 3],
    values: bytes(points.map(f)),
    slopes: bytes(points.map(slope)),
    slopes_by: "differences",
  };
}

useExplorer(activation, SETTINGS, { traits: { _samples: [] }, about: { presets: PRESETS } });

async function update(settings: Record<string, unknown>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) model.update(name, value);
  await nextFrame();
}

const point = () => view.field<HTMLElement>("x");
const texts = (selector: string) =>
  [...view.root.querySelectorAll(selector)].map(({ textContent }) => textContent?.replaceAll("\u00a0", " "));
const press = async (text: string) => {
  const button = [...view.root.querySelectorAll("button")].find(({ textContent }) => textContent === text);
  expect(button, text).toBeDefined();
  button?.click();
  await nextFrame();
};

describe("an activation function", () => {
  it("shows value, slope and what is left of a gradient, as the formulas of the function", () => {
    expect(view.numbers()).toEqual({
      value: "0.7616",
      "value.drawn": "0.76",
      slope: "0.4200",
      "slope.drawn": "0.42",
      sigma2: "0.8808",
      left: "0.0131",
      edge: "2.18",
    });
    expect(texts(".nnw-formulas math").join(" ")).toContain("tanh(1.00) =2σ(2·1.00)−1 =2×0.8808−1 =0.7616");
  });

  it.each([
    ["sigmoid", 2, { value: "0.8808", exp: "0.1353", rest: "0.1192", slope: "0.1050" }],
    ["relu", 2.5, { value: "2.50", slope: "1.0000" }],
    ["relu", 0, { value: "0", slope: "0", left: "0" }],
    ["leaky_relu", -2, { value: "−0.0200", slope: "0.0100", left: "1.0·10⁻¹⁰" }],
    ["elu", -2, { value: "−0.8647", exp: "0.1353", slope: "0.1353" }],
    ["softplus", 1, { value: "1.3133", exp: "2.7183", slope: "0.7311" }],
    ["silu", 1, { value: "0.7311", sigma: "0.7311", rest: "0.2689", slope: "0.9277" }],
    ["gelu", 1, { value: "0.8413", phi: "0.8413", density: "0.2420", slope: "1.0833" }],
    ["gelu", -6, { value: "−5.9·10⁻⁹", "value.drawn": "−5.9·10⁻⁹" }],
    ["identity", -1, { value: "−1.00", slope: "1.0000" }],
    ["step", 0.01, { value: "1", slope: "0" }],
  ])("%s at %d has its own numbers", async (name, x, numbers) => {
    await update({ activation: name, x });
    expect(view.numbers()).toMatchObject(numbers);
    expect(view.root.textContent).not.toContain("NaN");
  });

  it("moves its point by keys on the grid, and no farther than the window", async () => {
    await view.key(point(), "ArrowRight");
    expect(model.state.x).toBe(1.1);
    await view.key(point(), "ArrowLeft", { shiftKey: true });
    expect(model.state.x).toBe(1.09);
    await view.key(point(), "ArrowUp");
    expect(model.state.x).toBe(1.19);
    await view.key(point(), "PageDown");
    expect(model.state.x).toBe(0.19);
    await view.key(point(), "End");
    expect(model.state.x).toBe(6);
    await view.key(point(), "ArrowRight");
    expect(model.state.x).toBe(6);
    await view.key(point(), "Home");
    expect(model.state.x).toBe(-6);
    expect(point().getAttribute("aria-valuetext")).toBe("x −6.00, value −0.99999, slope 2.5·10⁻⁵");
  });

  it("has a tangent that rises with the function, and lies flat where that is flat", async () => {
    const rise = () => {
      const path = view.root.querySelector("path.nnw-now-line")?.getAttribute("d") ?? "";
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = path.match(/-?[\d.]+(e-?\d+)?/g)?.map(Number) ?? [];
      return (y1 - y2) / (x2 - x1);
    };
    const atOne = rise();
    expect(atOne).toBeGreaterThan(0);
    await update({ x: 0 });
    expect(rise() / atOne).toBeCloseTo(1 / (1 - Math.tanh(1) ** 2), 6);
    await update({ activation: "silu", x: -3 });
    expect(rise()).toBeLessThan(0);
    await update({ activation: "relu" });
    expect(rise()).toBeCloseTo(0, 9);
  });

  it("moves its point by hand, and to where the drawing is pressed", async () => {
    const at = (type: string, clientX: number) =>
      point().dispatchEvent(new PointerEvent(type, { clientX, clientY: 0, pointerId: 1, bubbles: true }));
    at("pointerdown", 100);
    at("pointermove", 100);
    expect(model.state.x).toBe(1);
    at("pointermove", 140);
    const moved = model.state.x as number;
    expect(moved).toBeGreaterThan(1.5);
    expect(Number(moved.toFixed(2))).toBe(moved);
    at("pointermove", 9000);
    expect(model.state.x).toBe(6);
    at("pointerup", 9000);
    at("pointermove", 100);
    expect(model.state.x).toBe(6);
    const ground = view.root.querySelector('svg > rect[fill="transparent"]') as SVGRectElement;
    ground.dispatchEvent(new MouseEvent("click", { clientX: 44, bubbles: true }));
    expect(model.state.x).toBe(-6);
  });

  it("shades where the gradient vanishes, and says what the slope is there", async () => {
    const shades = () => view.root.querySelectorAll(".nnw-vanishing").length;
    expect([shades(), texts(".nnw-vanishing-words text")]).toEqual([
      2,
      ["slope < 0.05", "gradient vanishes", "slope < 0.05", "gradient vanishes"],
    ]);
    await update({ activation: "relu" });
    expect([shades(), texts(".nnw-vanishing-words text")]).toEqual([1, ["slope 0", "gradient vanishes"]]);
    await update({ activation: "gelu" });
    expect(texts(".nnw-vanishing-words text")[0]).toBe("|slope| < 0.05");
    await update({ activation: "identity" });
    expect(shades()).toBe(0);
    await update({ activation: "tanh" });
    await view.slide("Gradient vanishes where", 0);
    expect([shades(), model.state.vanishing]).toEqual([0, 0]);
  });

  it("has others beside it, each named once", async () => {
    const names = () =>
      texts(".nnw-scene svg text").filter((text) => /[A-Z]|tanh|sigmoid|step/i.test(text ?? ""));
    expect(view.root.querySelectorAll(".nnw-beside")).toHaveLength(2);
    expect(names()).toEqual(expect.arrayContaining(["tanh", "tanh′", "sigmoid", "ReLU"]));
    await view.press("GELU beside it");
    await view.press("sigmoid beside it");
    expect(model.state.shown).toEqual(["tanh", "relu", "gelu"]);
    expect(view.root.querySelectorAll(".nnw-beside")).toHaveLength(2);
    expect(names()).not.toContain("sigmoid");
    expect(view.button("GELU beside it").getAttribute("aria-pressed")).toBe("true");
    await press("GELU");
    expect(model.state.activation).toBe("gelu");
    expect(view.root.querySelectorAll(".nnw-beside")).toHaveLength(2);
  });

  it("follows a gradient through more layers, and fewer", async () => {
    await view.press("One layer less");
    expect([model.state.layers, view.numbers().left]).toEqual([4, "0.0311"]);
    await update({ layers: 1 });
    expect(view.button("One layer less").disabled).toBe(true);
    await update({ layers: 100 });
    expect(view.button("One more layer").disabled).toBe(true);
    expect(view.numbers().left).toBe("2.1·10⁻³⁸");
    expect(view.text(".nnw-left-numbers")).toContain("= 0.4200100 =".replaceAll(" ", ""));
    // A power of ten is bracketed, before it is raised to a power.
    await update({ x: 6, layers: 5 });
    expect(view.text(".nnw-left-numbers")).toContain("(2.5·10⁻⁵)5");
  });

  it("says one thing to do, and does it", async () => {
    await press("Go to 2.18");
    expect(model.state.x).toBe(2.18);
    expect(view.numbers().percent).toBe("5");
    await press("Go where it is steepest");
    expect(model.state.x).toBe(0);
    await press("dead ReLU");
    expect(model.state).toMatchObject({ activation: "relu", x: -2 });
    await press("Show leaky ReLU");
    expect(model.state.activation).toBe("leaky_relu");
    await update({ activation: "step" });
    await press("Show sigmoid");
    await update({ activation: "identity" });
    await press("Show ReLU");
    expect(model.state.activation).toBe("relu");
    await update({ activation: "sigmoid", x: 0 });
    expect(view.numbers()).toMatchObject({ most: "25", "most.left": "0.098" });
    await press("Show tanh");
    expect(model.state.activation).toBe("tanh");
    await update({ activation: "softplus", window: [0, 6, 0, 6], x: 1 });
    expect(view.numbers()).toMatchObject({ steepest: "6.000", largest: "0.9975" });
  });
});

describe("a function of the user's own", () => {
  it("is steepest, of places that are alike, at the one nearest to 0", async () => {
    const roof = sampled(
      "roof",
      (x) => 0 - Math.abs(x),
      (x) => 0 - Math.sign(x),
    );
    await update({ _samples: [roof], activation: "roof", x: 0 });
    await press("Go where it is steepest");
    expect(model.state.x).toBe(-0.01);
  });

  it("is read from its samples, and says where its slopes come from", async () => {
    const own = sampled(
      "square, halved",
      (x) => (x * x) / 2,
      (x) => x,
    );
    await update({
      _samples: [own],
      activation: "square, halved",
      x: -0.36,
      shown: ["square, halved", "relu"],
    });
    expect(view.numbers()).toMatchObject({ value: "0.0648", slope: "−0.3600", left: "−0.0060" });
    expect(texts(".nnw-formulas").join()).toContain("by central differences");
    expect(view.root.querySelectorAll(".nnw-beside")).toHaveLength(1);
    await update({ activation: "relu" });
    await view.press("square, halved beside it");
    expect(model.state.shown).toEqual(["relu"]);
  });

  it("may have no value, and no slope, at some points", async () => {
    const root = sampled(
      "root",
      (x) => Math.sqrt(x),
      (x) => (x === 0 ? Number.NaN : 0.5 / Math.sqrt(x)),
    );
    await update({ _samples: [root], activation: "root", x: -1 });
    expect(view.numbers()).toMatchObject({ value: "–", slope: "–", left: "–" });
    expect(view.root.textContent).toContain("root has no value at −1.00.");
    expect(view.root.querySelector(".nnw-handle .nnw-dot")).toBeNull();
    await update({ x: 0 });
    expect(view.numbers()).toMatchObject({ value: "0", slope: "–" });
    expect(view.root.textContent).toContain("root has no slope at 0.00.");
    expect(view.root.querySelector(".nnw-now-line")).toBeNull();
    for (const path of view.root.querySelectorAll("path"))
      expect(path.getAttribute("d")).not.toContain("NaN");
    await update({ x: 4 });
    expect(view.numbers()).toMatchObject({ value: "2.0000", slope: "0.2500" });
  });

  it("draws no line through a pole", async () => {
    const pole = sampled(
      "pole",
      (x) => 1 / x,
      (x) => -1 / x ** 2,
    );
    const second = 0.005;
    const between = sampled(
      "between",
      (x) => 1 / (x - second),
      (x) => -1 / (x - second) ** 2,
    );
    for (const own of [pole, between]) {
      await update({ _samples: [own], activation: own.name, x: 2 });
      const d = view.root.querySelector(".nnw-function")?.getAttribute("d") ?? "";
      expect(d.match(/M/g)).toHaveLength(2);
      expect(d).not.toContain("Infinity");
    }
  });

  it("offers no way to where it is steeper, if it is nowhere steeper", async () => {
    const flat = sampled(
      "flat",
      () => 2,
      () => 0,
    );
    await update({ _samples: [flat], activation: "flat" });
    expect(view.text(".nnw-diag")).toContain("The slope is 0 everywhere.");
    expect(view.root.querySelector(".nnw-diag button")).toBeNull();
    await update({ activation: "sigmoid", vanishing: 0.3, x: 0 });
    expect(view.numbers().percent).toBe("25");
    expect(view.root.querySelector(".nnw-diag button")).toBeNull();
  });

  it("shortens a long name in the drawing, where it would leave it", async () => {
    const long = sampled("a name that has no end", Math.sin, Math.cos);
    await update({ _samples: [long], activation: long.name });
    expect(texts(".nnw-scene text")).toContain("a name that ha…");
    expect(texts(".nnw-scene text")).toContain("a name that ha…′");
    expect(texts(".nnw-activation-columns button")).toContain(long.name);
  });
});
