import { describe, expect, it, vi } from "vitest";
import { defaultTraits } from "../fake-model";
import { model, nextFrame, type, useTrainer, view } from "../view";

useTrainer();

const settings = () => model.sentOf("set").map(({ name, value }) => [name, value]);

describe("the transport", () => {
  it.each([
    ["Play", { type: "play" }],
    ["Step batch", { type: "step", unit: "batch", n: 1 }],
    ["Step epoch", { type: "step", unit: "epoch", n: 1 }],
    ["Reset", { type: "reset", seed: null }],
  ])("%s sends its command", (name, command) => {
    view.button(name).click();
    expect(model.sent.at(-1)).toEqual(command);
  });

  it("turns Play into Pause while it runs, and leaves every button where the keyboard is", async () => {
    model.update("status", "running");
    await nextFrame();
    expect(view.root.querySelector('[aria-label="Play"]')).toBeNull();
    for (const name of ["Step batch", "Step epoch", "Reset"]) {
      expect(view.button(name).disabled, name).toBe(false);
    }
    view.button("Pause").click();
    expect(model.sent.at(-1)).toEqual({ type: "pause" });
    model.update("status", "paused");
    await nextFrame();
    expect(view.button("Play").disabled).toBe(false);
  });
});

describe("settings", () => {
  it.each([
    ["Noise", "0.25", ["noise", 0.25]],
    ["Samples", "300", ["n_samples", 300]],
    ["Test share", "0.3", ["test_share", 0.3]],
    ["Learning rate", "-2", ["learning_rate", 0.01]],
    ["Speed", "6", ["speed", null]],
  ])("the slider %s sets what it says", async (label, position, expected) => {
    type(view.field(label), position, "input", "change");
    await nextFrame();
    expect(settings()).toEqual([expected]);
  });

  it("a dragged slider sends its newest position once a frame, and stays where it is held", async () => {
    const slider = view.field("Noise");
    slider.dispatchEvent(new Event("pointerdown"));
    for (const position of ["0.2", "0.25", "0.3"]) type(slider, position, "input");
    await nextFrame();
    expect(settings()).toEqual([["noise", 0.3]]);
    type(slider, "0.35", "input");
    model.update("noise", 0.3);
    await nextFrame();
    expect(slider.value).toBe("0.35");
    slider.dispatchEvent(new Event("pointerup"));
    model.update("noise", 0.35);
    model.update("noise", 0.05);
    await nextFrame();
    expect(slider.value).toBe("0.05");
  });

  it("a trait that changes in Python moves its control", async () => {
    model.update("learning_rate", 0.003);
    model.update("hidden_layers", [2]);
    model.update("optimizer", "adam");
    await nextFrame();
    expect(view.field("Learning rate value").value).toBe("0.003");
    expect(view.field<HTMLSelectElement>("Optimizer").value).toBe("adam");
  });

  it.each([
    ["1e-3", 0.001],
    ["2,5", 2.5],
    ["−4", -4],
    [" 7 ", 7],
  ])("the learning rate can be typed: %s", async (text, value) => {
    type(view.field("Learning rate value"), text, "input", "change");
    await nextFrame();
    expect(settings()).toEqual([["learning_rate", value]]);
  });

  it("what is not a number is not sent, and said at the field", async () => {
    const field = view.field("Learning rate value");
    type(field, "fast", "input", "change");
    await nextFrame();
    expect(settings()).toEqual([]);
    expect(view.text(".nnw-error")).toBe("must be a number");
    expect(field.getAttribute("aria-invalid")).toBe("true");
    type(field, "0.5", "input", "change");
    await nextFrame();
    expect(view.text(".nnw-error")).toBe("");
    expect(settings()).toEqual([["learning_rate", 0.5]]);
  });

  it("a refused value goes back, with Python's reason at the field", async () => {
    const field = view.field("Learning rate value");
    type(field, "-1", "input", "change");
    await nextFrame();
    model.receive({ type: "refused", name: "learning_rate", message: "must be above 0" });
    await nextFrame();
    expect(field.value).toBe("0.1");
    expect(view.text(".nnw-error")).toBe("must be above 0");
  });

  it("options of the optimizer are those of the one chosen", async () => {
    type(view.field("Optimizer momentum"), "0.9", "input", "change");
    await nextFrame();
    model.update("optimizer_options", { momentum: 0.9 });
    view.field("Optimizer Nesterov").click();
    await nextFrame();
    model.update("optimizer_options", { momentum: 0.9, nesterov: true });
    model.update("optimizer", "adam");
    model.update("optimizer_options", {});
    await nextFrame();
    expect(view.field("Optimizer β₂").value).toBe("0.999");
    type(view.field("Optimizer β₁"), "0.5", "input", "change");
    await nextFrame();
    expect(settings()).toEqual([
      ["optimizer_options", { momentum: 0.9 }],
      ["optimizer_options", { momentum: 0.9, nesterov: true }],
      ["optimizer_options", { betas: [0.5, 0.999] }],
    ]);
    model.update("optimizer", "adagrad");
    await nextFrame();
    expect(view.text(".nnw-options")).toBe("none");
  });

  it("an option that is refused goes back, with the reason", async () => {
    view.field("Optimizer Nesterov").click();
    await nextFrame();
    model.receive({ type: "refused", name: "optimizer_options", message: "needs a momentum" });
    await nextFrame();
    expect(view.field("Optimizer Nesterov").checked).toBe(false);
    expect([...view.root.querySelectorAll(".nnw-error")].map((error) => error.textContent)).toEqual([
      "needs a momentum",
    ]);
    expect(view.field("Optimizer momentum").getAttribute("aria-invalid")).toBe("false");
  });

  it("of two numbers of one option only the mistaken one is marked", async () => {
    model.update("optimizer", "adam");
    await nextFrame();
    type(view.field("Optimizer β₂"), "2", "input", "change");
    await nextFrame();
    model.receive({ type: "refused", name: "optimizer_options", message: "must be below 1" });
    await nextFrame();
    expect(view.field("Optimizer β₁").getAttribute("aria-invalid")).toBe("false");
    expect(view.field("Optimizer β₂").getAttribute("aria-invalid")).toBe("true");
    expect(view.root.querySelectorAll(".nnw-error").length).toBe(1);
  });

  const segment = (name: string) => view.field(`Regularization: ${name}`);
  const press = async (name: string) => {
    segment(name).click();
    await nextFrame();
  };

  it("a penalty is switched on with a rate that shows, changed and switched off", async () => {
    const rate = view.field("Regularization rate");
    expect(segment("none").checked).toBe(true);
    expect(rate.disabled).toBe(true);
    await press("L2");
    expect(settings()).toEqual([["l2", 0.001]]);
    model.update("l2", 0.001);
    expect(rate.disabled).toBe(false);
    type(rate, "0.5", "input", "change");
    await nextFrame();
    model.update("l2", 0.5);
    await press("L1");
    await press("none");
    expect(settings().slice(1)).toEqual([
      ["l2", 0.5],
      ["l1", 0.5],
      ["l2", 0],
      ["l1", 0],
    ]);
    expect(segment("none").checked).toBe(true);
  });

  it("a penalty stays the chosen one while its rate is 0", async () => {
    await press("L1");
    type(view.field("Regularization rate"), "0", "input", "change");
    await nextFrame();
    model.update("l1", 0);
    await nextFrame();
    expect(segment("L1").checked).toBe(true);
    expect(view.field("Regularization rate").disabled).toBe(false);
  });

  it("both penalties, set in a cell, are both shown", async () => {
    model.update("l1", 0.02);
    model.update("l2", 0.3);
    await nextFrame();
    const group = view.root.querySelector('[aria-label="Regularization"]');
    const chosen = [...(group?.querySelectorAll("[data-chosen]") ?? [])].map((label) => label.textContent);
    expect(chosen).toEqual(["L1", "L2"]);
    expect(group?.nextElementSibling?.textContent).toBe("0.02, 0.3");
    await press("L2");
    expect(settings()).toEqual([
      ["l1", 0],
      ["l2", 0.02],
    ]);
  });

  it("initial weights are chosen with their reason, and a scale where there is one", async () => {
    const select = view.field<HTMLSelectElement>("Initialisation");
    expect(view.text(".nnw-hint")).toBe("uniform");
    expect(view.root.querySelector('[aria-label="Initial scale"]')).toBeNull();
    type(select, "normal", "change");
    await nextFrame();
    expect(settings()).toEqual([["initialiser", "normal"]]);
    expect(view.text(".nnw-hint")).toBe("the scale decides");
    type(view.field("Initial scale"), "2", "input", "change");
    await nextFrame();
    expect(settings()[1]).toEqual(["initial_scale", 2]);
    model.update("step_count", 5);
    await nextFrame();
    expect(view.text(".nnw-hint")).toMatch(/^used by Reset/);
  });

  it("a module of the user's own has its own initial weights", async () => {
    model.update("_network", { ...defaultTraits()._network, editable: false });
    await nextFrame();
    expect(view.field<HTMLSelectElement>("Initialisation").disabled).toBe(true);
  });

  it("an optimizer of the user's own is named, and not offered", async () => {
    model.update("optimizer", "custom");
    await nextFrame();
    const select = view.field<HTMLSelectElement>("Optimizer");
    expect(select.value).toBe("custom");
    expect(select.selectedOptions[0]?.disabled).toBe(true);
  });

  it("data of the user's own have no noise, number or seed to change", async () => {
    const own = { generated: false, label: "your data", n_train: 120, n_test: 30 };
    model.update("_data", { ...defaultTraits()._data, ...own });
    await nextFrame();
    for (const label of ["Noise", "Samples", "Test share", "Data seed"]) {
      expect(view.field(label).disabled, label).toBe(true);
    }
    expect(view.field("Batch size").disabled).toBe(false);
    const said = (label: string) => view.field(label).getAttribute("aria-valuetext");
    expect(["Noise", "Samples", "Test share"].map(said)).toEqual(["\u2013", "150", "20\u2009%"]);
  });

  it("a data set is chosen by its picture", async () => {
    const [, moons] = view.root.querySelectorAll<HTMLButtonElement>(".nnw-thumb");
    moons?.click();
    await nextFrame();
    expect(settings()).toEqual([["dataset", "moons"]]);
    expect(moons?.getAttribute("aria-pressed")).toBe("true");
  });
});

describe("the network", () => {
  it("gets neurons and layers, and loses them", async () => {
    view.button("Add a neuron to Hidden 1").click();
    await nextFrame();
    view.button("Add a hidden layer").click();
    await nextFrame();
    view.button("Remove a hidden layer").click();
    await nextFrame();
    view.button("Remove a neuron from Hidden 1").click();
    await nextFrame();
    expect(settings()).toEqual([
      ["hidden_layers", [3]],
      ["hidden_layers", [3, 3]],
      ["hidden_layers", [3]],
      ["hidden_layers", [2]],
    ]);
  });

  it("has an activation", async () => {
    type(view.field<HTMLSelectElement>("Activation of Hidden 1"), "relu", "change");
    await nextFrame();
    expect(settings()).toEqual([["activation", "relu"]]);
  });

  it("is a list of modules where it is no chain of layers", async () => {
    model.update("_network", { ...defaultTraits()._network, kind: "module", editable: false, layers: [] });
    await nextFrame();
    expect(view.text(".nnw-modules")).toContain("Linear 2 → 2");
    expect(view.root.querySelector('[aria-label="Add a hidden layer"]')).toBeNull();
  });
});

describe("messages", () => {
  it("say what happened, with details and one action", async () => {
    model.update("_message", {
      kind: "error",
      title: "ValueError at step 7:",
      text: "no.",
      detail: "Traceback",
      action: { label: "Go to epoch 6", command: { type: "rewind", epoch: 6 } },
    });
    await nextFrame();
    const callout = view.root.querySelector(".nnw-diag");
    expect(callout?.querySelector("[role=alert]")?.textContent).toContain("ValueError at step 7:");
    expect(callout?.textContent).toContain("ValueError at step 7: no.");
    expect(callout?.querySelector("pre")?.textContent).toBe("Traceback");
    callout?.querySelector("button")?.click();
    expect(model.sent.at(-1)).toEqual({ type: "rewind", epoch: 6 });
  });

  it("tell of a command that failed", async () => {
    model.receive({ type: "failed", command: "rewind", message: "there is no epoch 9" });
    await nextFrame();
    expect(view.text(".nnw-diag")).toContain("there is no epoch 9");
  });

  it("are told of in the header, which leads to them", async () => {
    const leads = () => view.root.querySelector<HTMLElement>(".nnw-status button");
    expect(leads()).toBeNull();
    model.receive({ type: "failed", command: "rewind", message: "there is no epoch 9" });
    await nextFrame();
    expect(leads()?.title).toBe("rewind did not work: there is no epoch 9");
    const reached = vi.fn();
    Object.assign(view.root.querySelector(".nnw-diag") as Element, { scrollIntoView: reached });
    leads()?.click();
    expect(reached).toHaveBeenCalledOnce();
    model.update("panels", ["network"]);
    await nextFrame();
    expect(leads()).toBeNull();
  });
});

describe("keys", () => {
  const press = (target: Element, key: string, init: KeyboardEventInit = {}) => {
    let escaped = false;
    const listener = () => {
      escaped = true;
    };
    document.addEventListener("keydown", listener);
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init }));
    document.removeEventListener("keydown", listener);
    return escaped;
  };

  it("pressed in the widget do not reach the notebook", () => {
    const play = view.button("Play");
    for (const key of ["a", "b", "d", "x", "Enter", "Escape", "ArrowDown", " "]) {
      expect(press(play, key), key).toBe(false);
    }
    expect(press(play, "Enter", { shiftKey: true })).toBe(false);
  });

  it("lead out of the widget to the cell around it, where the notebook's keys work", () => {
    const cell = view.root.parentElement as HTMLElement;
    const leave = (name: string) => {
      view.button(name).focus();
      press(view.button(name), "Escape");
    };
    leave("Play");
    expect(document.activeElement).toBe(document.body);
    cell.tabIndex = -1;
    leave("Play");
    expect(document.activeElement).toBe(cell);
    leave("More");
    expect(document.activeElement).toBe(cell);
  });

  it("with a modifier stay the page's, but not while a number is typed", () => {
    expect(press(view.button("Play"), "s", { ctrlKey: true })).toBe(true);
    expect(press(view.field("Learning rate value"), "s", { ctrlKey: true })).toBe(true);
    expect(press(view.field("Learning rate value"), "v", { ctrlKey: true })).toBe(false);
  });
});
