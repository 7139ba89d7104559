// One step in slow motion: asked for when it may have changed, walked through by keys, gone without a trace.
import { describe, expect, it, vi } from "vitest";
import { stopsOf } from "../../src/components/walk";
import type { TraceMessage } from "../../src/generated/protocol";
import { PARAMETERS, pack } from "../fake-model";
import { model, nextFrame, useTrainer, view } from "../view";

const f = (...values: number[]) => new Float32Array(values);
const AFTER = PARAMETERS.map((value) => value - 0.01);

/** Two samples through 2-2-1: rows are the batch, then each sample. */
function traceOf(changes: Partial<TraceMessage> = {}): [TraceMessage, DataView] {
  const [parts, block] = pack([
    ["indices", [2], f(2, 0)],
    ["targets", [2, 1], f(1, 0)],
    ["losses", [2], f(0.25, 0.75)],
    ["x", [3, 2], f(0.3, -0.1, 0.5, -0.4, 0.1, 0.2)],
    ["z", [3, 3], f(0.15, 0.2, 0.1, 0.3, 0.4, 0.2, 0, 0, 0)],
    ["h", [3, 3], f(0.14, 0.19, 0.525, 0.29, 0.38, 0.55, 0, 0, 0.5)],
    ["dz", [3, 3], f(0.07, 0.02, 0.02, 0.04, 0.01, -0.45, 0.1, 0.03, 0.5)],
    ["dh", [3, 3], f(0.08, 0.03, 0.05, 0.05, 0.02, -1.8, 0.11, 0.04, 2)],
    ["before", [9], f(...PARAMETERS)],
    ["gradient", [9], f(...PARAMETERS.map(() => 0.1))],
    ["used", [9], f(...PARAMETERS.map(() => 0.1))],
    ["after", [9], f(...AFTER)],
  ]);
  const message: TraceMessage = {
    type: "trace",
    epoch: 0,
    step: 0,
    samples: 2,
    averaged: true,
    loss: 0.5,
    loss_after: 0.4,
    penalty: 0,
    drops: false,
    loss_name: "bce",
    loss_formula: "−mean(…)",
    optimizer: "sgd",
    optimizer_label: "SGD",
    learning_rate: 0.1,
    count: null,
    network_version: 1,
    data_version: 1,
    tensors: [{ name: "0.weight", shape: [2, 2], value: 2.5, gradient: 0.2, change: 0.02 }],
    parts,
    ...changes,
  };
  return [message, block];
}

async function answer(changes: Partial<TraceMessage> = {}): Promise<void> {
  const [message, block] = traceOf(changes);
  model.receive(message, [block]);
  await nextFrame();
}

async function open(): Promise<void> {
  model.frame({ full: true });
  await nextFrame();
  toggle().click();
  await nextFrame();
  await nextFrame();
}

const toggle = () =>
  [...view.root.querySelectorAll<HTMLButtonElement>(".nnw-unfold")].find(
    ({ textContent }) => textContent === "One step",
  ) as HTMLButtonElement;
const asked = () => model.sentOf("trace").length;
const stops = () => [...view.root.querySelectorAll<HTMLButtonElement>(".nnw-stop")];
const here = () => view.root.querySelector(".nnw-stop[aria-current]")?.getAttribute("aria-label");
const words = () => view.text(".nnw-walk-text").replaceAll("\u00a0", " ");
const rows = () =>
  [...view.root.querySelectorAll(".nnw-walk-table tbody tr")].map((row) =>
    [...row.children].map(({ textContent }) => textContent),
  );
const named = (text: string) =>
  [...view.root.querySelectorAll<HTMLButtonElement>(".nnw-onestep button")].find(
    ({ textContent }) => textContent === text,
  );

async function press(key: string): Promise<void> {
  const target = view.root.querySelector(".nnw-stop[aria-current]") as HTMLElement;
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  await nextFrame();
}

async function goTo(label: string): Promise<void> {
  stops()
    .find((stop) => stop.getAttribute("aria-label") === label)
    ?.click();
  await nextFrame();
  await nextFrame();
}

describe("the way", () => {
  it("goes forward layer by layer, and back from the output", () => {
    expect(stopsOf(2).map(({ phase, layer }) => `${phase} ${layer}`)).toEqual([
      "Forward -1",
      "Forward 0",
      "Forward 1",
      "Loss 1",
      "Backward 1",
      "Backward 0",
      "Update 1",
    ]);
    expect(stopsOf(0).map(({ phase }) => phase)).toEqual(["Forward", "Loss", "Backward", "Update"]);
  });
});

describe("one step", () => {
  useTrainer();

  it("is asked for while its panel is open, and only then", async () => {
    model.update("learning_rate", 0.3);
    await nextFrame();
    expect(asked()).toBe(0);
    await open();
    expect(asked()).toBe(1);
    model.update("learning_rate", 0.2);
    await nextFrame();
    expect(asked()).toBe(2);
    await answer();
    view.button("Close").click();
    await nextFrame();
    model.update("learning_rate", 0.1);
    await nextFrame();
    expect(asked()).toBe(2);
    expect(view.root.querySelector(".nnw-onestep")).toBeNull();
  });

  it("leaves the keyboard at the button that opens it, and who uses keys is taken there", async () => {
    const taken = vi.fn();
    await open();
    toggle().scrollIntoView = taken;
    view.button("Close").focus();
    view.button("Close").click();
    await nextFrame();
    expect(document.activeElement).toBe(toggle());
    expect(taken).toHaveBeenCalledTimes(1);
    await open();
    view.button("Close").blur();
    view.button("Close").click();
    await nextFrame();
    expect(taken).toHaveBeenCalledTimes(1);
  });

  it("comes after the drawing, under which it stands, and before the curves", async () => {
    await open();
    const parts = [...view.root.querySelectorAll(".nnw-out, .nnw-onestep, .nnw-fold--curves, .nnw-inside")];
    expect(parts.map(({ className }) => className.split(" ").at(-1))).toEqual([
      "nnw-out",
      "nnw-onestep",
      "nnw-fold--curves",
      "nnw-inside",
    ]);
  });

  it("pauses a run that is under way, and waits for it", async () => {
    model.update("status", "running");
    await open();
    expect(model.sentOf("pause")).toHaveLength(1);
    expect(asked()).toBe(0);
    model.update("status", "paused");
    await nextFrame();
    expect(asked()).toBe(1);
    model.update("status", "running");
    await nextFrame();
    expect(model.sentOf("pause")).toHaveLength(1);
    expect(asked()).toBe(1);
  });

  it("goes through its phases by keys and buttons", async () => {
    await open();
    expect(stops().every(({ disabled }) => disabled)).toBe(true);
    await answer();
    expect(here()).toBe("Forward: Input");
    await press("ArrowRight");
    expect(here()).toBe("Forward: Hidden 1");
    named("Next")?.click();
    await nextFrame();
    expect(here()).toBe("Forward: Output");
    await press("ArrowLeft");
    await press("ArrowLeft");
    await press("ArrowLeft");
    expect(here()).toBe("Forward: Input");
    await goTo("Backward: Hidden 1");
    expect(words()).toContain("Hidden 1, neuron 1");
    await press("ArrowDown");
    expect(words()).toContain("Hidden 1, neuron 2");
    await press("ArrowDown");
    expect(words()).toContain("Hidden 1, neuron 2");
    await press("ArrowUp");
    expect(words()).toContain("Hidden 1, neuron 1");
    // A long table scrolls, and a menu chooses.
    for (const place of [".nnw-walk-table", ".nnw-onestep select"]) {
      const event = new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true, cancelable: true });
      view.root.querySelector(place)?.dispatchEvent(event);
      await nextFrame();
      expect(event.defaultPrevented).toBe(false);
      expect(words()).toContain("Hidden 1, neuron 1");
    }
  });

  it("says what is frozen, and what a penalty adds", async () => {
    await open();
    const [message, block] = traceOf();
    const at = (name: string) => message.parts.find((part) => part.name === name)?.offset ?? 0;
    const used = new Float32Array(block.buffer, at("used"), 9);
    used[0] = 0.35;
    model.receive(message, [block]);
    await nextFrame();
    await goTo("Backward: Hidden 1");
    expect(words()).toContain("with penalty+ derivative of the penalty 0.250 = 0.350");
    new Float32Array(block.buffer, at("dz"), 9).fill(Number.NaN);
    used[0] = Number.NaN;
    model.receive({ ...message }, [block]);
    await nextFrame();
    expect(words()).toContain("nothing before it learns");
    await goTo("Update");
    expect(words()).toContain("w1 stays 0.500");
  });

  it("says each phase with its numbers, and none before its time", async () => {
    await open();
    await answer();
    expect(rows()).toEqual([
      ["1", "0.50", "−0.40", "class 1", "·", "·"],
      ["2", "0.10", "0.20", "class 0", "·", "·"],
    ]);
    await goTo("Forward: Hidden 1");
    expect(words()).toContain("z = 0.50 · 0.30 + (−1.25) · (−0.10) + 0.10 = 0.150");
    expect(words()).toContain("h = mean of tanh(z) over 2 samples = 0.140");
    expect(rows()[0]).toEqual(["w1", "0.5000", "·", "·"]);
    await goTo("Loss");
    expect(rows()[0]).toEqual(["1", "0.50", "−0.40", "class 1", "0.550", "0.250"]);
    expect(words()).toContain("0.500 over 2 samples");
    await goTo("Backward: Hidden 1");
    expect(words()).toContain("∂L/∂h = 1.50 · 0.020 = 0.080");
    expect(words()).toContain("mean over 2 samples = 0.070");
    expect(rows()[0]).toEqual(["w1", "0.5000", "0.1000", "·"]);
    await goTo("Update");
    expect(words()).toContain("w1 ← w1 − η · ∂L/∂w1 = 0.5000 − 0.1 · 0.100 = 0.4900");
    expect(words()).toContain("L 0.500 → 0.400");
    expect(rows()[0]).toEqual(["w1", "0.5000", "0.1000", "0.4900"]);
  });

  it("shows a single sample, whose gradients are its own", async () => {
    await open();
    await answer();
    const select = view.field<HTMLSelectElement>("Samples shown");
    select.value = "1";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await goTo("Backward: Hidden 1");
    expect(words()).toContain("∂L/∂z = ∂L/∂h · tanh′(z) = 0.050 · 0.800 = 0.040");
    expect(words()).toContain("∂L/∂w1 = ∂L/∂z · x1 = 0.040 · 0.500 = 0.020");
    expect(rows()[0]).toEqual(["w1", "0.5000", "0.0200", "·"]);
    await goTo("Update");
    expect(rows()[0]).toEqual(["w1", "0.5000", "0.1000", "0.4900"]);
    await goTo("Loss");
    expect(words()).toContain("L = −ln p = −ln 0.550 = 0.250");
  });

  it("takes the neuron that is pointed at", async () => {
    await open();
    await answer();
    await goTo("Forward: Hidden 1");
    const tile = view.button("Hidden 1, neuron 2");
    tile.dispatchEvent(new Event("pointerenter"));
    await nextFrame();
    await nextFrame();
    expect(words()).toContain("Hidden 1, neuron 2");
    tile.dispatchEvent(new Event("pointerleave"));
    await nextFrame();
    expect(words()).toContain("Hidden 1, neuron 2");
  });

  it("is made at the end, and the next one begins", async () => {
    await open();
    await answer();
    await goTo("Update");
    named("Make this step")?.focus();
    named("Make this step")?.click();
    expect(model.sentOf("step")).toEqual([{ type: "step", unit: "batch", n: 1 }]);
    model.update("step_count", 1);
    await nextFrame();
    expect(words()).toBe("");
    expect(named("Next")?.disabled).toBe(true);
    expect(asked()).toBe(2);
    await answer({ step: 1 });
    expect(here()).toBe("Forward: Input");
    // Whoever pressed it by keyboard goes on there.
    expect(document.activeElement).toBe(named("Next"));
  });

  it("is not shown for another state than that on screen", async () => {
    await open();
    // What will be the way is there before the step is, and stays.
    const way = stops();
    expect(way).toHaveLength(7);
    await answer({ step: 7 });
    expect(words()).toBe("");
    for (const other of [{ network_version: 2 }, { data_version: 2 }]) {
      await answer(other);
      expect(words()).toBe("");
    }
    await answer();
    expect(words()).not.toBe("");
    expect(stops()).toEqual(way);
    model.update("status", "running");
    await nextFrame();
    expect(words()).toBe("");
  });

  it("follows an epoch that is looked at, at the same place, and makes no step there", async () => {
    await open();
    await answer();
    await goTo("Update");
    expect(named("Make this step")?.disabled).toBe(false);
    model.frame({ preview: true, epoch: 7, step: 70 });
    await nextFrame();
    await nextFrame();
    expect(asked()).toBe(2);
    await answer({ epoch: 7, step: 70, samples: 1256 });
    expect(view.text(".nnw-onestep")).toContain("step 71, after epoch 7: a batch of 1,256 (2 shown)");
    await answer({ epoch: 7, step: 70 });
    expect(view.text(".nnw-onestep")).toMatch(/step 71, after epoch 7: a batch of 2[^ ]/);
    expect(here()).toBe("Update");
    expect(named("Make this step")?.disabled).toBe(true);
    expect(named("Make this step")?.title).toContain("Continue from here");
    model.frame({ preview: true, epoch: 8, step: 80 });
    await nextFrame();
    expect(words()).not.toBe("");
    model.frame({ preview: false, epoch: 0, step: 0 });
    await nextFrame();
    await nextFrame();
    expect(words()).toBe("");
    expect(asked()).toBe(4);
    await answer();
    expect(here()).toBe("Update");
    expect(named("Make this step")?.disabled).toBe(false);
  });

  it("tells sizes of parameters where there are no layers", async () => {
    await open();
    const [message, block] = traceOf();
    model.receive({ ...message, parts: message.parts.slice(0, 3) }, [block]);
    await nextFrame();
    expect(stops()).toHaveLength(4);
    await goTo("Backward");
    expect(rows()).toEqual([["0.weight", "2 × 2", "2.5", "0.2", "·"]]);
    await goTo("Update");
    expect(rows()).toEqual([["0.weight", "2 × 2", "2.5", "0.2", "0.02"]]);
    expect(words()).toContain("L 0.500 → 0.400");
    model.update("step_count", 1);
    await nextFrame();
    expect(words()).toBe("");
    expect(stops()).toHaveLength(4);
  });

  it("says numbers so finely that a small change can be seen, and variables as variables", async () => {
    await open();
    await answer({ loss: 0.5, loss_after: 0.49998, loss_formula: "mean(ln Σⱼ exp(zⱼ) − z_y)" });
    await goTo("Update");
    expect(words()).toContain("L 0.50000 → 0.49998");
    await goTo("Loss");
    const markup = view.root.querySelector(".nnw-walk-text")?.innerHTML;
    expect(markup).toContain("exp(<var>z</var>");
    expect(markup).toContain("<var>z</var><sub>y</sub>");
  });

  it("says that a step that would diverge is not made", async () => {
    await open();
    await answer({ loss: null, loss_after: null });
    await goTo("Loss");
    expect(words()).toContain("this step would not be made");
  });

  it("takes the keyboard along the way, also where the notebook has put the view into a shadow tree", async () => {
    const host = document.createElement("div");
    document.body.append(host);
    const tree = host.attachShadow({ mode: "open" });
    tree.append(view.root.parentElement as Element);
    await open();
    await answer();
    await vi.advanceTimersByTimeAsync(100);
    expect(tree.activeElement).toBe(stops()[0]);
    await press("ArrowRight");
    await vi.advanceTimersByTimeAsync(100);
    expect(tree.activeElement).toBe(stops()[1]);
  });
});
