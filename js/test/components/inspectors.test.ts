import { describe, expect, it, vi } from "vitest";
import { BINS } from "../../src/draw/histogram";
import { PARAMETERS, type Rows } from "../fake-model";
import { model, nextFrame, useTrainer, view } from "../view";

useTrainer();

const GRADIENTS = [0.001, -0.02, 0, 0.3, -0.4, 0.05, 0.006, -0.7, 0.08];
const CHANGES = GRADIENTS.map((gradient) => -0.1 * gradient);
const flat = (name: string, values: number[]): NonNullable<Rows["inside"]>[number] => [
  name,
  [values.length],
  new Float32Array(values),
];
const histogram = () => [1, 0.25, 0.5, ...Array.from({ length: BINS }, (_, bin) => Number(bin === 40) * 8)];
const INSIDE: Rows["inside"] = [
  flat("gradients", GRADIENTS),
  flat("changes", CHANGES),
  ["activations", [2, 3 + BINS], new Float32Array([...histogram(), ...histogram()])],
  ["confusion_train", [2, 2], new Float32Array([7, 3, 1, 9])],
  ["confusion_test", [2, 2], new Float32Array([2, 0, 1, 2])],
];

const wants = () => model.sentOf("look").at(-1)?.wants;
const all = (selector: string) => [...view.root.querySelectorAll<HTMLElement>(selector)];
const texts = (selector: string) => all(selector).map(({ textContent }) => textContent);
const press = async (element: Element | undefined, event: Event = new MouseEvent("click")) => {
  if (!element) throw new Error("there is nothing to be pressed");
  element.dispatchEvent(event);
  await nextFrame();
};
const open = (title: string) => press(all(".nnw-unfold").find(({ textContent }) => textContent === title));
const shows = async (inside: Rows["inside"] = INSIDE, values = {}) => {
  model.frame({ status: "paused", ...values }, { inside: inside ?? [] });
  await nextFrame();
  await vi.advanceTimersByTimeAsync(200);
  await nextFrame();
};

describe("panels", () => {
  it("want something only while they are open", async () => {
    expect(wants()).toEqual([]);
    expect(all(".nnw-panel")).toHaveLength(0);
    await open("Errors");
    expect(wants()).toEqual(["errors"]);
    await open("Distributions");
    await open("Parameters");
    expect(wants()).toEqual(["errors", "gradients", "activations", "parameters"]);
    expect(all(".nnw-panel")).toHaveLength(3);
    for (const title of ["Errors", "Distributions", "Parameters"]) await open(title);
    expect(wants()).toEqual([]);
    expect(all(".nnw-panel")).toHaveLength(0);
  });

  it("say which of them are open", async () => {
    await open("Errors");
    expect(
      all(".nnw-unfold").map((button) => button.ariaExpanded ?? button.getAttribute("aria-expanded")),
    ).toEqual(all(".nnw-unfold").map((_, index) => String(index === 0)));
  });

  it("keep what came with an earlier frame, as long as that is soon replaced", async () => {
    await open("Parameters");
    await shows(INSIDE, { status: "running", step: 1 });
    for (let step = 2; step < 5; step++) await shows([], { status: "running", step });
    expect(texts("[data-parameter='0'] td")).toContain("+0.001000");
    await shows([], { status: "running", step: 5 });
    expect(texts("[data-parameter='0'] td")).toEqual(["0.5000", "·", "·"]);
  });
});

describe("the confusion matrix", () => {
  it("counts true classes by row, with the share that is right at the end", async () => {
    await open("Errors");
    await shows();
    expect(texts("[role=gridcell]")).toEqual(["7", "3", "1", "9"]);
    expect(texts(".nnw-recall")).toEqual(["70\u2009%", "90\u2009%"]);
    expect(view.text("[data-panel=errors] .nnw-titlerow")).toContain("4 of 20 wrong");
    expect(view.text(".nnw-sentence")).toBe("Most often: 3 of 10 points of class 0 are taken for class 1");
    // Nobody wants to hear it ten times a second.
    const live = () => view.root.querySelector(".nnw-sentence")?.getAttribute("aria-live");
    expect(live()).toBe("polite");
    model.update("status", "running");
    await nextFrame();
    expect(live()).toBe("off");
  });

  it("says a cell in a sentence, by pointer and by keyboard", async () => {
    await open("Errors");
    await shows();
    const [first, , third] = all("[role=gridcell]");
    await press(first, new Event("pointerenter"));
    expect(view.text(".nnw-sentence")).toBe("7 of 10 points of class 0 are right");
    first?.focus();
    await press(first, new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
    expect(document.activeElement).toBe(third);
    expect(view.text(".nnw-sentence")).toBe("1 of 10 points of class 1 are taken for class 0");
    expect(all("[role=gridcell][tabindex='0']")).toEqual([third]);
  });

  it("shows the test set where there is one", async () => {
    model.update("_data", { ...model.get("_data"), n_test: 5, version: 2 });
    await open("Errors");
    await shows();
    const test = view.field("Samples: test");
    test.click();
    await shows();
    expect(texts("[role=gridcell]")).toEqual(["2", "", "1", "2"]);
  });
});

describe("residuals", () => {
  it("stand in for the matrix where values are predicted", async () => {
    model.update("_data", {
      ...model.get("_data"),
      class_names: [],
      value_range: [-1, 1],
      version: 2,
    });
    await open("Errors");
    await shows([
      flat("fitted", [0.5, 0.1, 1, 0]),
      ["residuals", [2, 3], new Float64Array([0.25, -0.5, 0, Number.NaN, Number.NaN, Number.NaN])],
    ]);
    expect(all("[role=grid]")).toHaveLength(0);
    expect(texts(".nnw-figures td")).toEqual(["", "0.25", "−0.5", "0"]);
  });
});

describe("distributions", () => {
  it("say mean and deviation of weights, gradients and activations of each layer", async () => {
    await open("Distributions");
    await shows();
    const numbers = all(".nnw-histogram").map((cell) => cell.querySelector("span")?.textContent);
    expect(numbers).toHaveLength(6);
    const weights = PARAMETERS.slice(0, 4);
    const mean = weights.reduce((sum, weight) => sum + weight) / 4;
    const deviation = Math.sqrt(weights.reduce((sum, weight) => sum + (weight - mean) ** 2, 0) / 4);
    expect(numbers[0]).toBe(`μ ${mean.toFixed(1)}, σ ${deviation.toFixed(1)}`);
    expect(numbers[2]).toBe("μ 0.25, σ 0.50");
  });

  it("have axes that only widen during a run", async () => {
    const bound = () => all(".nnw-histogram")[1]?.querySelector(".nnw-2nd")?.textContent;
    await open("Distributions");
    await shows(undefined, { step: 1 });
    expect(bound()).toBe("±0.5");
    await shows(
      [
        flat(
          "gradients",
          GRADIENTS.map((gradient) => 10 * gradient),
        ),
      ],
      { step: 2 },
    );
    expect(bound()).toBe("±4");
    await shows(undefined, { step: 3 });
    expect(bound()).toBe("±4");
    await shows(undefined, { step: 0 });
    expect(bound()).toBe("±0.5");
  });
});

describe("parameters", () => {
  it("stand neuron by neuron, each with its gradient and its last change", async () => {
    await open("Parameters");
    await shows();
    expect(texts(".nnw-parameters tbody th")).toEqual(
      [
        ["Hidden 1, neuron 1", "weight of x₁", "weight of x₂", "bias"],
        ["Hidden 1, neuron 2", "weight of x₁", "weight of x₂", "bias"],
        ["Output neuron", "weight of h₁", "weight of h₂", "bias"],
      ].flat(),
    );
    expect(texts("[data-parameter='3'] td")).toEqual(["0.7500", "+0.300000", "−0.030000"]);
    expect(view.root.querySelector("[data-parameter='3'] th")?.getAttribute("title")).toBe("0.weight[1, 1]");
  });

  it("writes what is too small for its digits with its size and its sign", async () => {
    await open("Parameters");
    const small = GRADIENTS.map(() => -4e-7);
    const others = small.map((value, index) => (index ? 2e-9 : value));
    await shows([flat("gradients", small), flat("changes", others)]);
    expect(texts("[data-parameter='0'] td")).toEqual([
      "0.5000",
      "\u22124.0\u00b710\u207b\u2077",
      "\u22124.0\u00b710\u207b\u2077",
    ]);
    expect(texts("[data-parameter='1'] td")[2]).toBe("+2.0\u00b710\u207b\u2079");
  });

  it("are sorted by the size of a column, and back again", async () => {
    await open("Parameters");
    await shows();
    const rows = () => all("[data-parameter]").map((row) => Number(row.dataset.parameter));
    const byPlace = rows();
    const gradient = all(".nnw-parameters thead button")[1];
    await press(gradient);
    expect(rows()).toEqual([7, 4, 3, 8, 5, 1, 6, 0, 2]);
    expect(all("[aria-sort=descending]")).toHaveLength(1);
    await press(gradient);
    expect(rows()).toEqual(byPlace);
  });

  it("have a point where nothing is known", async () => {
    await open("Parameters");
    await shows([
      flat(
        "gradients",
        GRADIENTS.map((value, index) => (index ? value : Number.NaN)),
      ),
    ]);
    expect(texts("[data-parameter='0'] td")).toEqual(["0.5000", "·", "·"]);
  });
});

describe("the lines of the network", () => {
  it("show gradients with the largest of them in the legend", async () => {
    await shows([]);
    await press(view.field("Lines: gradients"));
    expect(wants()).toEqual(["gradients"]);
    await shows();
    expect(view.text(".nnw-legend")).toContain("widest = 0.7");
    view.button("Hidden 1, neuron 2").dispatchEvent(new Event("pointerenter"));
    await nextFrame();
    expect(view.text(".nnw-readout")).toContain("x2 +0.3");
    expect(view.text(".nnw-readout")).toContain("∂L/∂b +0.05");
    await press(view.field("Lines: weights"));
    expect(view.text(".nnw-readout")).toContain("tanh(2.00");
    expect(wants()).toEqual([]);
  });

  it("can be chosen also while a formula takes the place of the legend", async () => {
    await shows([]);
    view.button("Hidden 1, neuron 1").focus();
    await nextFrame();
    expect(view.text(".nnw-readout")).toContain("tanh(0.50");
    expect(view.field("Lines: gradients").isConnected).toBe(true);
  });
});
