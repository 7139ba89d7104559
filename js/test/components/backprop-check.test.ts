import { describe, expect, it, vi } from "vitest";
import { checkedOf, nearest, regimesOf } from "../../src/components/backprop/check";
import { rowsOf } from "../../src/components/backprop/parameters";
import { precise } from "../../src/components/backprop/texts";
import { ASK_MS, SILENT_MS } from "../../src/model/kernel";
import { passTrait, settingsOf } from "../backprop";
import { act, answer, change, hint, passOf, pressed, row, show, useBackprop } from "../backprop-view";
import { model, view } from "../explorer";
import { nextFrame, type } from "../view";

useBackprop();

describe("the check", () => {
  const EPSILONS = passOf("default").epsilons;
  const of = (difference: (epsilon: number, at: number) => number) => ({
    epsilons: [...EPSILONS],
    differences: [...EPSILONS].map(difference),
    quotients: [],
    gradient: 1,
  });

  it("takes the difference quotient of the recorded losses", () => {
    const pass = passOf("default");
    const { epsilons, quotients, differences, gradient } = checkedOf(pass, "double", 0);
    const at = nearest(epsilons, 1e-3);
    const [larger, smaller] = pass.check("double", 0, at);
    expect(epsilons[at]).toBe(1e-3);
    expect(quotients[at]).toBe((larger - smaller) / 2e-3);
    expect(gradient).toBe(pass.gradientDouble(0));
    expect(differences[at]).toBeCloseTo(3.2e-8, 9);
  });

  it("finds where differences fall as ε², and where rounding takes over", () => {
    const both = of((epsilon, at) => 0.1 * epsilon ** 2 + (1e-16 / epsilon) * (at % 2 ? 0.6 : 1.4));
    const names = regimesOf(both).map(({ name }) => name);
    expect(names).toEqual(["truncation", "rounding"]);
    const [cut, rounding] = regimesOf(both);
    expect(cut?.from).toBe(0);
    expect(EPSILONS[cut?.to ?? 0]).toBeLessThan(1e-3);
    expect(EPSILONS[rounding?.from ?? 0]).toBeLessThan(1e-3);
    expect(rounding?.to).toBe(EPSILONS.length - 1);
    expect(regimesOf(of((epsilon) => epsilon ** 2)).map(({ name }) => name)).toEqual(["truncation"]);
    expect(regimesOf(of(() => 0))).toEqual([]);
    expect(regimesOf(of((epsilon) => epsilon))).toEqual([]);
    expect(regimesOf(of(() => Number.NaN))).toEqual([]);
  });

  it("names both for the network of the picture", async () => {
    await change({ step: 17 });
    const text = view.text(".nnw-bp-checked");
    expect(text).toContain("truncation: ∝ ε²");
    expect(text).toContain("rounding: ∝ 1/ε");
  });

  it("is there as soon as the gradient is, and not before", async () => {
    await change({ step: 16 });
    expect(view.root.querySelector('[role="slider"][aria-label="ε"]')).toBeNull();
    expect(view.text(".nnw-bp-check")).toContain("gradient of a parameter is known");
    await change({ step: 17 });
    expect(view.numbers()["difference.w11"]).toBe("3.2·10⁻⁸");
    expect(view.root.querySelector('[role="slider"][aria-label="ε"]')?.getAttribute("aria-valuetext")).toBe(
      "0.001, the two differ by 3.2·10⁻⁸",
    );
  });

  it("is of the first parameter, where none was looked at before the update", async () => {
    await change({ step: 24 });
    expect(view.numbers()["check.w11"]).toBe("0.274138");
  });

  it("follows ε by the keys, to the right a larger one, and stops at the ends", async () => {
    await change({ step: 17 });
    const handle = () => view.root.querySelector('[role="slider"][aria-label="ε"]') as Element;
    await view.key(handle(), "ArrowLeft");
    expect(model.state.epsilon).toBe(3e-4);
    await view.key(handle(), "ArrowRight");
    expect(model.state.epsilon).toBe(1e-3);
    await view.key(handle(), "Home");
    expect(model.state.epsilon).toBe(1e-8);
    await view.key(handle(), "ArrowLeft");
    expect(model.state.epsilon).toBe(1e-8);
    await view.key(handle(), "End");
    expect(model.state.epsilon).toBe(1);
    expect(model.state.step).toBe(17);
  });

  it("can be in the precision of the model", async () => {
    await change({ step: 17 });
    const before = view.numbers()["check.w11"];
    await view.press("Precision: float32");
    expect(model.state.precision).toBe("model");
    const pass = passOf("default");
    const [larger, smaller] = pass.check("model", 0, nearest(pass.epsilons, 1e-3));
    expect(view.numbers()["check.w11"]).toBe(precise((larger - smaller) / 2e-3));
    expect(view.numbers()["check.w11"]).not.toBe(before);
  });
});

describe("the parameters", () => {
  it("stand neuron by neuron, and know only what is there", async () => {
    const pass = passOf("default");
    expect(rowsOf(pass).map((parameter) => pass.parameterSymbols[parameter]?.text)).toEqual([
      "w11",
      "w12",
      "b1",
      "w21",
      "w22",
      "b2",
      "v1",
      "v2",
      "c",
    ]);
    await change({ step: 11 });
    const known = Object.keys(view.numbers()).filter((name) => name.startsWith("row.gradient"));
    expect(known.sort()).toEqual(["row.gradient.v1", "row.gradient.v2"].sort().slice(0, known.length));
    expect(known.length).toBe(2);
    expect(row("w11").textContent).toContain("·");
  });

  it("show the path of the one that is pressed, by pointer and by key", async () => {
    await pressed(row("w21"));
    const pass = passOf("default");
    const at = (text: string) =>
      pass
        .steps("node")
        .findIndex(({ kind, index }) => kind === "parameter" && pass.parameterSymbols[index]?.text === text) +
      1;
    expect(model.state.step).toBe(at("w21"));
    expect(row("w21").hasAttribute("data-now")).toBe(true);
    await view.press("Path of b1");
    expect(model.state.step).toBe(at("b1"));
  });

  it("are hundreds in a place for nine", async () => {
    await show("vanishing", { step: 592 });
    const pass = passOf("vanishing");
    const table = view.root.querySelector(".nnw-bp-table") as HTMLElement;
    const shown = () => [...table.querySelectorAll("tbody tr[aria-rowindex]")];
    expect(table.querySelector("table")?.getAttribute("aria-rowcount")).toBe(String(rowsOf(pass).length + 1));
    expect(shown().length).toBeLessThan(20);
    table.scrollTop = 22 * 300;
    table.dispatchEvent(new Event("scroll"));
    await nextFrame();
    expect(shown()[4]?.getAttribute("aria-rowindex")).toBe("302");
    const heights = [...table.querySelectorAll<HTMLElement>("tbody tr:not([aria-rowindex])")].map(
      ({ style }) => Number.parseFloat(style.height) / 22,
    );
    expect(heights.reduce((sum, each) => sum + each, shown().length)).toBe(rowsOf(pass).length);
  }, 30_000);

  it("are changed where they stand", async () => {
    await view.press("Change w 11, 0.60");
    const field = view.field("Weight w 11");
    type(field, "0.75", "input");
    await view.key(field, "Enter");
    const weights = model.state.weights as number[];
    expect(weights[0]).toBe(0.75);
    expect(weights[1]).toBeCloseTo(-0.9, 6);
    expect(weights).toHaveLength(9);
  });

  it("say by how much they have changed since", async () => {
    await change({ step: 17 });
    const before = new Float64Array(passTrait("default").before.buffer.slice(0));
    before[0] = 0.75;
    await answer({ before: new DataView(before.buffer) });
    expect(row("w11").querySelector("small")?.textContent).toBe("+0.15");
    expect(row("w12").querySelector("small")).toBeNull();
    await change({ step: 18 });
    expect(row("w11").querySelector("small")).toBeNull();
  });

  it("have what they will be, once all are updated", async () => {
    await change({ step: 23 });
    expect(view.numbers()).toMatchObject({
      "weight.w11": "0.60",
      "updated.w11": "0.463",
      "updated.c": "0.588",
    });
  });
});

describe("the sizes of gradients", () => {
  it("are there when all of a layer are", async () => {
    const named = () => Object.keys(view.numbers()).filter((name) => name.startsWith("magnitude."));
    expect(named()).toEqual([]);
    await change({ step: 17 });
    expect(named()).toEqual(["magnitude.v"]);
    await change({ step: 22 });
    expect(view.numbers()).toMatchObject({ "magnitude.W": "0.208", "magnitude.v": "0.590" });
  });

  it("stand beside those of a twin, which Python makes", async () => {
    const select = view.field<HTMLSelectElement>("Beside it");
    type(select, "relu", "change");
    expect(model.state.beside).toBe("relu");
    await show("vanishing", { step: 592 });
    const numbers = view.numbers();
    const { magnitudes, beside } = passOf("vanishing");
    expect(Object.keys(numbers).filter((name) => name.startsWith("beside."))).toHaveLength(magnitudes.length);
    expect(numbers["beside.W(1)"]).not.toBe(numbers["magnitude.W(1)"]);
    expect(beside?.label).toBe("ReLU");
  });
});

describe("what to try", () => {
  it("follows the way to the first weight, and stops at none beside it", async () => {
    const { symbols } = passOf("default");
    await show("default", { step: 9 });
    const stops: unknown[] = [];
    for (let pressed = 0; pressed < 3; pressed++) {
      await act();
      const step = passOf("default").steps("node")[Number(model.state.step) - 1];
      stops.push(step?.kind === "value" ? symbols[step.index]?.text : step?.kind);
    }
    expect(stops).toEqual(["h1", "a1", "parameter"]);
  });

  it("goes to the far end of many layers, and never back to their first stop", async () => {
    await show("vanishing", { step: 1 });
    expect(hint()).toContain("how large is a gradient after so many?");
    await act();
    expect(hint()).toContain("The gradient vanishes");
    const { steps, outOf } = passOf("vanishing");
    const meeting = steps("node").findIndex(
      ({ phase, kind, index }) => phase === "backward" && kind === "value" && outOf(index).length > 1,
    );
    await show("vanishing", { step: meeting + 1 });
    expect(hint()).toContain("Paths meet:");
    await act();
    expect(hint()).toContain("The gradient vanishes");
  });

  it("asks for no derivative within the single operations of the loss", async () => {
    const first = passOf("default")
      .steps("operation")
      .findIndex(({ phase }) => phase === "loss");
    await show("default", { detail: "operation", step: first + 1 });
    expect(hint()).toContain("the loss, too, is made of single operations");
    await act();
    const step = passOf("default").steps("operation")[Number(model.state.step) - 1];
    expect(step?.phase).toBe("backward");
  });

  it("leads in five minutes from the first value to gradients that vanish", async () => {
    expect(hint()).toContain("step forward to the loss");
    await act();
    expect(model.state.step).toBe(7);
    expect(hint()).toContain("How would L change if p grew a little?");
    await act();
    expect(model.state.step).toBe(8);
    expect(hint()).toContain("if p grew by 0.01, L would fall by about 0.045");
    await act();
    expect(model.state.step).toBe(9);
    expect(hint()).toContain("2 factors so far");
    // One local derivative at a time.
    for (let pressed = 0; pressed < 4 && model.state.step !== 17; pressed++) await act();
    expect(model.state.step).toBe(17);
    expect(hint()).toContain("with ε = 0.001 the two differ by 3.2·10⁻⁸");
    await act();
    expect(model.state.epsilon).toBe(1e-4);
    expect(hint()).toContain("Does it always get better?");
    await act();
    expect(model.state.epsilon).toBe(1e-8);
    expect(hint()).toContain("More is not better. Rounding:");
    await act();
    expect(row("w21").hasAttribute("data-now")).toBe(true);
    expect(hint()).toContain("share their first 2 factors");
    await act();
    expect(model.state.step).toBe(23);
    await act();
    expect(model.state.step).toBe(24);
    expect(hint()).toContain("The loss falls from 1.499 to 0.801.");
    await act();
    expect(model.state.inputs).toEqual([[0, -0.5]]);
    expect(model.state.step).toBe(17);
    // What Python makes of it.
    const zero = (key: "gradient" | "use_locals") => {
      const values = new Float64Array(passTrait("default")[key].buffer.slice(0));
      if (key === "gradient") values[0] = 0;
      else for (const { id, parameter } of passOf("default").uses) if (parameter === 0) values[id] = 0;
      return new DataView(values.buffer);
    };
    await answer({ gradient: zero("gradient"), use_locals: zero("use_locals") });
    expect(hint()).toContain(
      "The gradient of w11 is 0. One of its factors is what the weight multiplies, x1 = 0",
    );
    await act();
    expect(model.state.hidden_layers).toEqual([2, 2]);
    await show("paths meet", { step: 1 });
    expect(hint()).toContain("2 lines leave it");
    await act();
    expect(hint()).toContain("Paths meet: h");
    await act();
    expect(model.state.hidden_layers).toEqual(settingsOf("vanishing").hidden_layers);
    await show("vanishing", { step: 592 });
    expect(hint()).toMatch(
      /The gradient vanishes: in the first layer it is 2\.5·10⁻⁶ of that in the last\. With ReLU it is/,
    );
    await act();
    expect(model.state.hidden_layers).toEqual([2]);
  }, 60_000);

  it("explains a neuron through which nothing comes", async () => {
    const pass = passOf("three classes");
    const dead = pass.parameterSymbols.findIndex(({ text }) => text === "w11");
    const step = pass.steps("node").findIndex(({ kind, index }) => kind === "parameter" && index === dead);
    await show("three classes", { step: step + 1 });
    expect(hint()).toContain("The gradient of w11 is 0. One of its factors is 0, the derivative of h1");
  });

  it("says that a step was too long, where the loss rises", async () => {
    await answer({ loss_after: 2.5 });
    await change({ step: 24 });
    expect(hint()).toContain("The loss rises from 1.499 to 2.500.");
    await act();
    expect(model.state.learning_rate).toBe(0.05);
  });

  it("does not ask for an input of 0 to be set to 0", async () => {
    const without = (key: "values" | "after") => {
      const values = new Float64Array(passTrait("default")[key].buffer.slice(0));
      values[0] = 0;
      return new DataView(values.buffer);
    };
    await answer({ values: without("values"), after: without("after") });
    await change({ step: 24 });
    expect(hint()).toContain(
      "The loss falls from 1.499 to 0.801. The next pass begins with these parameters.",
    );
  });

  it("offers no change that only Python could make, where it is not there", async () => {
    await change({ step: 24 });
    expect(view.root.querySelector(".nnw-diag > .nnw-btn")?.textContent).toBe("Set x₁ to 0");
    await vi.advanceTimersByTimeAsync(ASK_MS + SILENT_MS + 100);
    await nextFrame();
    expect(view.root.querySelector(".nnw-diag > .nnw-btn")).toBeNull();
    expect(view.button("Change w 11, 0.60").disabled).toBe(true);
    await pressed(row("w21"));
    expect(row("w21").hasAttribute("data-now")).toBe(true);
    await show("paths meet", { step: 38 });
    expect(hint()).toContain("The loss falls");
    expect(view.root.querySelector(".nnw-diag > .nnw-btn")).toBeNull();
  });
});
