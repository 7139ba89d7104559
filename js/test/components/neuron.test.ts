import { describe, expect, it } from "vitest";
import neuron from "../../src/widgets/neuron";
import { model, useExplorer, view } from "../explorer";
import { nextFrame } from "../view";

const XOR = { gate: "XOR", weights: [1, 1], bias: -0.5, hidden_layer: false };

useExplorer(
  neuron,
  {
    weights: [-1, -1],
    bias: 1.5,
    inputs: [1, 0],
    activation: "step",
    gate: "NAND",
    form: "modern",
    hidden_layer: false,
  },
  { about: { presets: [{ name: "XOR", settings: XOR }] } },
);

const marks = () =>
  [...view.root.querySelectorAll(".nnw-gate tbody tr td:last-child")].map((cell) => cell.textContent);

describe("one neuron", () => {
  it("shows its products, their sum and the output, and the table", () => {
    expect(view.numbers()).toMatchObject({
      "product.0": "−1.0",
      "product.1": "0.0",
      bias: "+1.5",
      sum: "0.5",
      output: "1",
      "row.0.sum": "1.5",
      "row.3.sum": "−0.5",
      "row.3.output": "0",
      right: "4",
      "experiment.4": "1,330",
    });
    expect(marks()).toEqual(["✓", "✓", "✓", "✓"]);
  });

  it("has an arrow of w that stands upright on its line, on the side that says yes", async () => {
    const turn = () =>
      Number(
        /rotate\((.*)\)/.exec(
          view.root.querySelector("path[transform]")?.getAttribute("transform") ?? "",
        )?.[1],
      );
    expect(turn()).toBeCloseTo(135, 6); // to the left and down: the screen's y goes down
    await view.slide("Weight w₁", 1);
    await view.slide("Weight w₂", 2);
    await view.slide("Bias b", -1);
    expect(turn()).toBeCloseTo((-Math.atan2(2, 1) * 180) / Math.PI, 6);
  });

  it("steps where its threshold is", async () => {
    model.update("form", "mcculloch_pitts");
    await nextFrame();
    const [step] = [...view.root.querySelectorAll(".nnw-neuron-stage path.nnw-line")];
    const at = /H([\d.]+)V/.exec(step?.getAttribute("d") ?? "")?.[1];
    const label = view.root.querySelector('[data-n="threshold"]')?.closest("text");
    // The sum is on its right.
    expect(Number(label?.getAttribute("x"))).toBeCloseTo(Number(at) - 6, 6);
    expect(label?.getAttribute("text-anchor")).toBe("end");
    expect(view.numbers().threshold).toBe("−1.5");
  });

  it("brackets a negative input, and leaves room for the number of the longest bar", async () => {
    model.update("inputs", [1.5, -0.21]);
    model.update("weights", [2, 1]);
    await nextFrame();
    expect(view.text(".nnw-formulas")).toContain("(−0.21)");
    const sum = view.root.querySelector('.nnw-neuron-stage [data-n="sum"]');
    const name = [...view.root.querySelectorAll(".nnw-neuron-stage text")].find(
      ({ textContent }) => textContent === "sum z",
    );
    const end = Number(sum?.getAttribute("x")) + 7.5 * (sum?.textContent ?? "").length;
    expect(end).toBeLessThan(Number(name?.getAttribute("x")));
  });

  it("follows its sliders", async () => {
    await view.slide("Weight w₁", 0.5);
    await view.slide("Bias b", -0.2);
    expect(model.state).toMatchObject({ weights: [0.5, -1], bias: -0.2 });
    expect(view.numbers()).toMatchObject({
      "product.0": "+0.5",
      sum: "0.3",
      "row.1.sum": "−1.2",
      right: "2",
    });
  });

  it("changes an input by a press and by the keyboard", async () => {
    await view.press("Input x2: 0, change");
    expect(model.state.inputs).toEqual([1, 1]);
    await view.key(view.button("Input x1: 1, change"), "Enter");
    expect(model.state.inputs).toEqual([0, 1]);
    await view.press("Show 0, 0");
    expect(model.state.inputs).toEqual([0, 0]);
  });

  it("shows inputs between the corners, moved with arrows", async () => {
    const handle = view.field("Shown input");
    await view.key(handle, "ArrowLeft");
    await view.key(handle, "ArrowUp", { shiftKey: true });
    // A hundredth is within the hold of the corner.
    expect(model.state.inputs).toEqual([0.9, 0]);
    expect(view.numbers()).toMatchObject({ "product.0": "−0.90", sum: "0.60" });
  });

  it.each([
    ["sigmoid", "0.622"],
    ["tanh", "0.462"],
    ["ReLU", "0.50"],
  ])("puts out %s of the sum", async (label, output) => {
    await view.press(`Activation: ${label}`);
    expect(view.numbers().output).toBe(output);
  });

  it("fires above its threshold in the form of 1943, whatever the activation was", async () => {
    await view.press("Activation: tanh");
    await view.press("Form: threshold, 1943");
    expect(view.numbers()).toMatchObject({ threshold: "−1.5", sum: "−1.0", output: "1" });
    await view.slide("Threshold θ", 0.5);
    expect(model.state.bias).toBe(-0.5);
    expect(view.numbers()).toMatchObject({ threshold: "0.5", output: "0", right: "1" });
  });

  it("cannot be XOR, as trying all settings shows, but can behind a hidden layer", async () => {
    model.update("gate", "XOR");
    model.update("weights", [1, 1]);
    model.update("bias", -0.5);
    await nextFrame();
    expect(view.numbers()).toMatchObject({ right: "3", "experiment.4": "0", "experiment.3": "9,940" });
    const add = [...view.root.querySelectorAll("button")].find(
      ({ textContent }) => textContent === "Add a hidden layer",
    );
    add?.click();
    await nextFrame();
    expect(view.numbers()).toMatchObject({
      right: "4",
      "experiment.4": "1,540",
      "seen.0": "1",
      "seen.1": "1",
    });
    expect(marks()).toEqual(["✓", "✓", "✓", "✓"]);
  });

  it("is readable at extremes", async () => {
    model.update("weights", [1e6, -1e6]);
    model.update("bias", 0);
    await nextFrame();
    expect(view.root.textContent).not.toContain("NaN");
    expect(view.root.querySelector("svg")?.innerHTML).not.toContain("NaN");
    model.update("weights", [0, 0]);
    await nextFrame();
    expect(view.root.innerHTML).not.toContain("NaN");
  });
});
