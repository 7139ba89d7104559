import { describe, expect, it, vi } from "vitest";
import { BIAS, DATA, NEURONS, PARTS, RESIDUALS, SWEEP } from "../fake-function-model";
import { functionModel, nextFrame, trainer, type, useFunctionTrainer, view } from "../view";

useFunctionTrainer();

const MINUS = "\u2212";
const tiles = () => [...view.root.querySelectorAll<HTMLButtonElement>(".nnw-function-tiles button")];
const tile = (index: number) => tiles()[index] as HTMLButtonElement;
const number = (name: string) => view.root.querySelector(`[data-n="${name}"]`)?.textContent;
const explained = () => view.text(".nnw-explain-head");
const slider = () => view.field("Neurons added up");
const typed = () => view.field("Function of x");
const typingError = () => view.text(".nnw-expression .nnw-error");
const state = () => view.text(".nnw-sweep-state");

async function point(index: number): Promise<void> {
  tile(index).dispatchEvent(new Event("pointerenter"));
  await nextFrame();
}

async function update(...values: Parameters<typeof functionModel.update>): Promise<void> {
  functionModel.update(...values);
  await nextFrame();
}

describe("the fit", () => {
  it("says how far off it is", () => {
    const error = Math.sqrt(RESIDUALS.reduce((sum, value) => sum + value ** 2, 0) / RESIDUALS.length);
    expect(view.text(".nnw-fit .nnw-titlerow")).toContain(`root mean square error ${error.toFixed(3)}`);
    expect(number("own-error")).toBe(error.toFixed(3));
    expect(number("bias")).toBe("+0.13");
  });

  it("has a switch for what can be left out, and none for a test set that there is not", async () => {
    const words = () => [...view.root.querySelectorAll(".nnw-chip")].map((each) => each.textContent);
    expect(words()).toEqual(expect.arrayContaining(["function", "train 20", "errors"]));
    expect(words()).not.toContain("test 0");
    await update("_data", { ...DATA, version: 2, n_test: 5, shown_test: 5 });
    functionModel.frame({ full: true });
    await nextFrame();
    expect(words()).toContain("test 5");
  });

  it("asks for what it draws", () => {
    expect(functionModel.sentOf("look").at(-1)?.wants).toEqual(["contributions", "residuals"]);
  });
});

describe("neurons", () => {
  it("each have a tile with the output weight under it", () => {
    expect(tiles().map((each) => each.getAttribute("aria-label"))).toEqual([
      "Neuron 1",
      "Neuron 2",
      "Neuron 3",
    ]);
    const labels = [...view.root.querySelectorAll(".nnw-tile-label")].map((each) => each.textContent);
    expect(labels).toEqual(["+1.50", `${MINUS}0.75`, "+0.50"]);
  });

  it("are explained with their numbers when pointed at", async () => {
    expect(explained()).toContain("Fit");
    await point(1);
    expect(explained()).toBe("Neuron 2 its sum is 0 at x = 1.50");
    expect([number("v"), number("w"), number("b")]).toEqual([`${MINUS}0.75`, "2.00", "3.00"]);
    expect(view.text(".nnw-explain math").replace(/\s/g, "")).toBe(`${MINUS}0.75tanh(2.00x${MINUS}3.00)`);
    tile(1).dispatchEvent(new Event("pointerleave"));
    await nextFrame();
    expect(explained()).toContain("Fit");
  });

  it("say x as the network gets it where it is standardised", async () => {
    await update("_data", { ...DATA, version: 2, standardised: [0.5, 1.75] });
    functionModel.frame({ full: true });
    await point(0);
    expect(view.text(".nnw-explain mfrac").replace(/\s/g, "")).toBe(`x${MINUS}0.501.75`);
  });

  it("can be gone through by keys, with one stop for Tab", async () => {
    expect(tiles().map((each) => each.tabIndex)).toEqual([0, -1, -1]);
    tile(0).focus();
    tile(0).dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    await nextFrame();
    expect(document.activeElement).toBe(tile(1));
    expect(explained()).toContain("Neuron 2");
  });

  it("that are pressed stay, and have their numbers as fields", async () => {
    tile(0).click();
    await nextFrame();
    expect(tile(0).getAttribute("aria-pressed")).toBe("true");
    type(view.field("Weight of neuron 1"), "2.5", "input", "change");
    type(view.field("Bias of neuron 1"), `${MINUS}1`, "input", "change");
    type(view.field("Output weight of neuron 1"), "0,5", "input", "change");
    const edits = functionModel
      .sentOf("edit")
      .map(({ layer, unit, input, value }) => [layer, unit, input, value]);
    expect(edits).toEqual([
      [0, 0, 0, 2.5],
      [0, 0, null, -1],
      [1, 0, 0, 0.5],
    ]);
    const gestures = functionModel.sentOf("edit").map(({ gesture }) => gesture);
    expect(new Set(gestures).size).toBe(3);
    expect(view.button("Undo change").disabled).toBe(true);
    await update("_edits", { version: 1, frozen: [], can_undo: true });
    view.button("Undo change").click();
    expect(functionModel.sentOf("undo_edit")).toHaveLength(1);
  });

  it("cannot be changed in the past", async () => {
    tile(0).click();
    functionModel.frame({ full: true, preview: true });
    await nextFrame();
    expect(view.root.querySelector('[aria-label="Weight of neuron 1"]')).toBeNull();
  });

  it("are added and taken away", async () => {
    view.button("Add a neuron to Hidden 1").click();
    expect(functionModel.sentOf("set")).toEqual([]);
    await nextFrame();
    expect(functionModel.sentOf("set").at(-1)).toMatchObject({ name: "hidden_layers", value: [4] });
    view.button("Add a hidden layer").click();
    vi.advanceTimersToNextFrame();
    expect(functionModel.sentOf("set").at(-1)).toMatchObject({ name: "hidden_layers", value: [4, 4] });
  });

  it("that give nothing are called dead", async () => {
    const silent = PARTS.map(([name, shape, values]): (typeof PARTS)[number] => {
      if (name !== "contributions") return [name, shape, values];
      return [name, shape, (values as Float32Array).map((value, index) => (index < 129 ? 0 : value))];
    });
    functionModel.frame({ full: true }, { parts: silent });
    await nextFrame();
    expect(tile(0).getAttribute("aria-label")).toBe("Neuron 1, dead");
    expect(tile(1).getAttribute("aria-label")).toBe("Neuron 2");
  });

  it("that something is wrong with wear the mark of the sentence that says so", async () => {
    const finding = {
      kind: "saturated",
      title: "Saturated:",
      text: "Neuron 2",
      advice: "",
      epoch: null,
      class_: null,
    };
    await update("_diagnosis", [{ ...finding, neurons: [[0, 1]] }]);
    expect(tiles().map((each) => each.querySelector(".nnw-icon") !== null)).toEqual([false, true, false]);
    const button = [...view.root.querySelectorAll<HTMLButtonElement>(".nnw-diag button")].at(-1);
    expect(button?.textContent).toBe("Show neuron");
    button?.click();
    await nextFrame();
    expect(explained()).toContain("Neuron 2");
  });

  it("are not there of a network whose output is no sum of them", async () => {
    functionModel.frame({ full: true }, { parts: PARTS.filter(([name]) => /parameters|fit/.test(name)) });
    await nextFrame();
    expect(tiles()).toEqual([]);
    expect(view.text(".nnw-explain")).toContain("no sum over neurons");
    expect(view.text(".nnw-fit-words")).toContain("none of this network");
    expect(view.button("Reset").disabled).toBe(false);
  });
});

describe("adding up", () => {
  it("explains the neuron that was added last, and fades the others", async () => {
    type(slider(), "2", "input");
    await nextFrame();
    expect(slider().getAttribute("aria-valuetext")).toBe("first 2 of 3");
    expect(explained()).toContain("Neuron 2");
    expect(tiles().map(({ dataset }) => "faded" in dataset)).toEqual([false, false, true]);
    type(slider(), "0", "input");
    await nextFrame();
    expect(slider().getAttribute("aria-valuetext")).toBe("bias only");
    type(slider(), "3", "input");
    await nextFrame();
    expect(slider().getAttribute("aria-valuetext")).toBe("all 3: the fit");
    expect(tiles().some(({ dataset }) => "faded" in dataset)).toBe(false);
  });

  it("goes from the bias to the fit by itself, and can be held", async () => {
    const button = view.root.querySelector<HTMLButtonElement>(".nnw-sum button") as HTMLButtonElement;
    button.click();
    await nextFrame();
    const seen = new Set<string | null>();
    for (let turn = 0; turn < 30; turn++) {
      seen.add(slider().getAttribute("aria-valuetext"));
      await vi.advanceTimersByTimeAsync(100);
    }
    expect([...seen]).toEqual(["bias only", "first 1 of 3", "first 2 of 3", "all 3: the fit"]);
    expect(button.textContent).toBe("Add up");
    button.click();
    await vi.advanceTimersByTimeAsync(800);
    button.click();
    await vi.advanceTimersByTimeAsync(3000);
    expect(slider().getAttribute("aria-valuetext")).toBe("first 1 of 3");
  });
});

describe("the function", () => {
  it("is chosen by its picture", async () => {
    const step = [...view.root.querySelectorAll<HTMLButtonElement>(".nnw-thumb")].find(
      ({ textContent }) => textContent === "step",
    );
    step?.click();
    await nextFrame();
    expect(functionModel.sentOf("set").at(-1)).toMatchObject({ name: "function", value: "step" });
    expect(step?.getAttribute("aria-pressed")).toBe("true");
  });

  it("can be typed, and what cannot be read stays with the reason until it is changed", async () => {
    expect(typed().value).toBe("sin(x)");
    type(typed(), "x + foo", "input", "change");
    await nextFrame();
    expect(functionModel.sentOf("set").at(-1)).toMatchObject({ name: "function", value: "x + foo" });
    functionModel.receive({
      type: "refused",
      name: "function",
      message: "unknown name 'foo' at character 5",
    });
    await nextFrame();
    expect(typingError()).toContain("unknown name 'foo'");
    // Longer than a control remembers why it went back.
    await vi.advanceTimersByTimeAsync(20_000);
    expect(typingError()).toContain("unknown name 'foo'");
    expect(typed().value).toBe("x + foo");
    expect([typed().selectionStart, typed().selectionEnd]).toEqual([4, 5]);
    type(typed(), "x + 1", "input");
    await nextFrame();
    expect(typingError()).toBe("");
    typed().dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    await nextFrame();
    expect(typed().value).toBe("sin(x)");
  });

  it("that Python has replaced is what the field says", async () => {
    type(typed(), "cos(x)", "input", "change");
    await update("_data", { ...DATA, version: 2, name: "cos(x)", expression: "cos(x)" });
    expect(typed().value).toBe("cos(x)");
  });

  it("has a domain with two ends", () => {
    type(view.field("Greatest x"), "5", "input", "change");
    vi.advanceTimersToNextFrame();
    expect(functionModel.sentOf("set").at(-1)).toMatchObject({ name: "domain", value: [-3, 5] });
  });

  it("says once, and at the end that was changed, why a domain is refused", async () => {
    type(view.field("Least x"), "9", "input", "change");
    vi.advanceTimersToNextFrame();
    const message = "domain must be two numbers, the first the smaller one";
    functionModel.receive({ type: "refused", name: "domain", message });
    await nextFrame();
    const wrong = ["Least x", "Greatest x"].map((name) => view.field(name).classList.contains("is-error"));
    expect(wrong).toEqual([true, false]);
    expect(view.root.querySelectorAll(".nnw-domain .nnw-error")).toHaveLength(1);
  });

  it("may get to the network standardised", async () => {
    view.field("Standardise x").click();
    await nextFrame();
    expect(functionModel.sentOf("set").at(-1)).toMatchObject({ name: "standardise", value: true });
  });

  it("is drawn by keys, too", async () => {
    const door = [...view.root.querySelectorAll<HTMLButtonElement>(".nnw-thumb")].at(-1) as HTMLButtonElement;
    door.click();
    await nextFrame();
    const pad = view.field("Draw a function");
    const key = (name: string) =>
      pad.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
    key("ArrowRight");
    key("ArrowUp");
    const [message] = functionModel.sentOf("draw_function");
    expect(message?.points).toHaveLength(3);
    const [x = 0, y = 0] = message?.points[1] ?? [];
    expect(x).toBeCloseTo((6 * 4) / 64);
    expect(y).toBeCloseTo(Math.sin(x) + 0.04 * 2.64, 2);
    key("Escape");
    await nextFrame();
    expect(view.root.querySelector(".nnw-draw-pad")).toBeNull();
    expect(document.activeElement).toBe(door);
  });
});

describe("error against neurons", () => {
  const medians = () => view.root.querySelectorAll(".nnw-sweep-median");

  it("is trained on request, and stopped", async () => {
    const button = view.root.querySelector<HTMLButtonElement>(
      ".nnw-sweep .nnw-btn--line",
    ) as HTMLButtonElement;
    expect(button.textContent).toBe("Train 1 … 64");
    button.click();
    expect(functionModel.sentOf("sweep")).toHaveLength(1);
    await update("_sweep", SWEEP);
    expect(button.textContent).toBe("Stop");
    expect(state()).toBe("training, 50 of 200 epochs");
    expect(view.field("Networks of 1 to 64 neurons").getAttribute("aria-valuenow")).toBe("25");
    button.click();
    expect(functionModel.sentOf("stop_sweep")).toHaveLength(1);
  });

  it("has a dot for each seed that has an error, and a line through the medians", async () => {
    await update("_sweep", { ...SWEEP, status: "done", done: 200 });
    expect(view.root.querySelectorAll(".nnw-sweep-seed")).toHaveLength(8);
    expect(medians()).toHaveLength(3);
    const label = view.root.querySelector(".nnw-sweep-plot svg")?.getAttribute("aria-label");
    expect(label).toBe("Median error by number of neurons: 1: 0.5; 8: 0.04; 64: 0.003");
    expect(state()).toBe("after 200 epochs, 3 seeds each");
    const heights = [...medians()].map((each) => Number(each.getAttribute("cy")));
    expect([...heights].sort((one, other) => one - other)).toEqual(heights);
  });

  it("says that it is of other data, and why it came to nothing", async () => {
    await update("_sweep", { ...SWEEP, status: "done", done: 200, stale: true });
    expect(state()).toContain("of other data or settings");
    expect(view.root.querySelector(".nnw-sweep-plot [data-stale]")).not.toBeNull();
    await update("_sweep", { ...SWEEP, status: "error", message: "a loss of your own cannot be compared" });
    expect(state()).toBe("a loss of your own cannot be compared");
  });
});

it("a page that is opened later has it all from traits, and leaves nothing", async () => {
  const listening = functionModel.listeners();
  const second = await trainer.open();
  expect(second.root.querySelectorAll(".nnw-function-tiles button")).toHaveLength(NEURONS.length);
  expect(second.text('[data-n="bias"]')).toBe(`+${BIAS.toFixed(2)}`);
  second.close.abort();
  expect(functionModel.listeners()).toBe(listening);
});

it("looks inside on request: what is closed is not asked for", async () => {
  const button = view.root.querySelector<HTMLButtonElement>(".nnw-inside-row button") as HTMLButtonElement;
  button.click();
  await nextFrame();
  const wanted = ["contributions", "residuals", "gradients", "activations"];
  expect(functionModel.sentOf("look").at(-1)?.wants).toEqual(wanted);
  expect(view.root.querySelectorAll(".nnw-histogram canvas")).toHaveLength(6);
  button.click();
  await nextFrame();
  expect(functionModel.sentOf("look").at(-1)?.wants).toEqual(wanted.slice(0, 2));
});
