import { describe, expect, it, vi } from "vitest";
import { pace } from "../../src/components/backprop/play";
import { ASK_MS, SILENT_MS } from "../../src/model/kernel";
import backprop from "../../src/widgets/backprop";
import { type PassName, passTrait, settingsOf } from "../backprop";
import { model, useExplorer, view } from "../explorer";
import { nextFrame, type } from "../view";

const PRESETS = [
  { name: "one sample", settings: settingsOf("default") },
  { name: "paths meet", settings: settingsOf("paths meet") },
];

useExplorer(
  backprop,
  { ...settingsOf("default") },
  {
    traits: { _pass: passTrait("default"), _trouble: "" },
    about: { name: "BackpropExplorer", presets: PRESETS as never, script: "loss.backward()  # ⟨step⟩" },
  },
);

const change = async (traits: Record<string, unknown>) => {
  for (const [name, value] of Object.entries(traits)) model.update(name, value);
  await nextFrame();
};
/** Another network, with its pass. */
const show = (name: PassName, changes: Record<string, unknown> = {}) =>
  change({ ...settingsOf(name), _pass: passTrait(name, { version: 2 }), ...changes });
const go = (step: number) => change({ step });
const app = () => view.root.querySelector(".nnw-bp") as HTMLElement;
const title = () => view.text(".nnw-bp-title h3");
const sentence = () => view.text(".nnw-bp-title [role=status]").replace(/\s+/g, " ").trim();
const progress = () => view.text(".nnw-epoch-sub");
const status = () => view.text(".nnw-status");
const scrubber = () => view.root.querySelector('[role="slider"][aria-label="Step"]') as SVGGElement;
const key = (name: string, init: KeyboardEventInit = {}) => view.key(app(), name, init);
const sent = () => vi.spyOn(model as unknown as { send(message: unknown): void }, "send");
const passes = (spy: ReturnType<typeof sent>) =>
  spy.mock.calls.filter(([message]) => (message as { type: string }).type === "next_pass").length;
/** Meanwhile the kernel answers. */
const waitFor = async (ms: number) => {
  model.receive({ type: "here" });
  await alone(ms);
};
const alone = async (ms: number) => {
  await vi.advanceTimersByTimeAsync(ms);
  await nextFrame();
};
/** The pass that follows, as Python would make it. */
const nextPass = (number: number) =>
  change({ _pass: passTrait("default", { version: number + 10, number, settings: settingsOf("default") }) });

describe("the header", () => {
  it("counts the steps, and those of the phase", async () => {
    expect(view.text(".nnw-epoch-line")).toBe("step1");
    expect(progress()).toBe("of 24 · forward 1 of 6");
    await go(17);
    expect(view.text(".nnw-epoch-line")).toBe("step17");
    expect(progress()).toBe("of 24 · backward 10 of 15");
    await nextPass(3);
    expect(view.text(".nnw-epoch-line")).toBe("pass 3, step17");
  });

  it("knows output and loss as soon as they are computed, and those after the update at the end", async () => {
    const metrics = () =>
      [...view.root.querySelectorAll(".nnw-metrics tbody td")].map(({ textContent }) => textContent);
    expect(metrics()).toEqual(["·", "·", "·", "·"]);
    await go(6);
    expect(metrics()).toEqual(["0.223", "·", "·", "·"]);
    await go(7);
    expect(metrics()).toEqual(["0.223", "1.499", "·", "·"]);
    await go(23);
    expect(metrics()).toEqual(["0.223", "1.499", "·", "·"]);
    await go(24);
    expect(metrics()).toEqual(["0.223", "1.499", "0.449", "0.801"]);
    expect(view.numbers()).toMatchObject({ output: "0.223", loss: "1.499", "output.after": "0.449" });
  });

  it("has the output of the class that is right, and says that there are others", async () => {
    await show("three classes", { step: 42 });
    const pass = passTrait("three classes");
    const values = new Float64Array(pass.values.buffer);
    const z = pass.symbols.findIndex(({ text }) => text === "z3");
    expect(view.text(".nnw-metrics thead")).toContain("output z3 …");
    expect(Number(view.numbers().output?.replace("−", "-"))).toBeCloseTo(values[z] as number, 3);
  });

  it("says in a batch that the loss is a mean", async () => {
    await show("mini-batch", { step: 24 });
    expect(view.text(".nnw-metrics thead")).toContain("mean loss L");
    expect(view.numbers().loss).toBe("1.198");
  });

  it("sets the learning rate, of which Python makes another update", async () => {
    await view.slide("Learning rate", -1);
    expect(model.state.learning_rate).toBe(0.1);
    expect(app().dataset.settled).toBe("false");
  });
});

describe("what happens", () => {
  it("is said of each step of the walk through nodes, with its numbers", async () => {
    const said: [string, string][] = [];
    for (let step = 1; step <= 24; step++) {
      await go(step);
      said.push([title(), sentence()]);
    }
    const all = said.map(([, text]) => text);
    expect(said[0]).toEqual(["Forward", "a1 is the weighted sum of x1 and x2, plus the bias b1: 1.030"]);
    expect(all[2]).toBe("h1 is tanh of a1 = 1.030: 0.774");
    expect(all[5]).toBe("p is the sigmoid of z = −1.247: 0.223");
    expect(said[6]).toEqual(["Loss", "how wrong is the output? p is 0.223, the target is 1: L = 1.499"]);
    expect(said[7]).toEqual(["Backward", "how the loss moves when p moves: −4.479"]);
    expect(all[8]).toBe("what reaches p, −4.479, times the slope of the sigmoid there, 0.173");
    expect(all[9]).toBe("what reaches z, −0.777, times the input of this weight, h1 = 0.774");
    expect(all[11]).toBe("a bias is added: it gets what reaches z, −0.777");
    expect(all[12]).toBe("what reaches z, −0.777, goes back through the weight v1, −1.10");
    expect(all[14]).toBe("what reaches h1, 0.854, times the slope of tanh there, 0.401");
    expect(all[16]).toBe("what reaches a1, 0.343, times the input of this weight, x1 = 0.80");
    expect(said[22]).toEqual([
      "Update",
      "all nine parameters move at once, against the gradient; the network changes at the next pass",
    ]);
    expect(all[23]).toBe(
      "with the new parameters L goes from 1.499 to 0.801; the network changes at the next pass",
    );
    expect(new Set(all).size).toBe(24);
  });

  it.each<[PassName, string]>([
    ["default", "layer"],
    ["default", "operation"],
    ["paths meet", "node"],
    ["paths meet", "layer"],
    ["three classes", "node"],
    ["three classes", "layer"],
    ["mini-batch", "node"],
    ["own module", "node"],
    ["own module", "layer"],
    ["own module", "operation"],
  ])("is said at every stop: %s, %s", async (name, detail) => {
    const count = passTrait(name).steps[detail]?.length ?? 0;
    await show(name, { detail });
    for (let step = 1; step <= count; step += Math.ceil(count / 25)) {
      await go(step);
      expect(sentence().length, `step ${step}`).toBeGreaterThan(15);
      expect(sentence(), `step ${step}`).not.toMatch(/NaN|undefined|null|–|\[object/);
      expect(scrubber().getAttribute("aria-valuetext"), `step ${step}`).toMatch(
        /, (forward|loss|backward|update): \S/,
      );
    }
  });

  it("adds up what comes back where paths meet", async () => {
    await show("paths meet");
    const steps = passTrait("paths meet").steps.node ?? [];
    const h1 = passTrait("paths meet").symbols.findIndex(({ text }) => text === "h(1)1");
    await go(
      1 +
        steps.findIndex(({ phase, kind, index }) => phase === "backward" && kind === "value" && index === h1),
    );
    expect(sentence()).toContain(
      "two paths meet at h1(1): what comes back through a1(2) and a2(2) is added up: ",
    );
  });

  it("knows the gradient of a parameter that is a node of its own as soon as it is computed", async () => {
    const { steps, parameter_symbols } = passTrait("own module");
    const theta = parameter_symbols.findIndex(({ text }) => text === "theta");
    const stop = (steps.node ?? []).findIndex(
      ({ phase, kind, index }) => phase === "backward" && kind === "parameter" && index === theta,
    );
    const drawn = () => view.root.querySelector('.nnw-bp-stage [data-n="gradient.theta"]')?.textContent;
    await show("own module", { step: stop });
    expect(drawn()).toBeUndefined();
    await go(stop + 1);
    expect(drawn()).toMatch(/\d/);
  });

  it("says of a parameter in a batch that its gradient is a mean", async () => {
    await show("mini-batch", { step: 17 });
    expect(sentence()).toBe(
      "what reaches a1, −0.338, times the input of this weight, x1 = −0.60; the mean over four samples: 0.361",
    );
  });

  it("names the output of the class that is right", async () => {
    await show("three classes", { step: 10 });
    expect(sentence()).toContain("the target is class 2, whose output is z3: L = 0.684");
  });

  it("is said of single operations", async () => {
    await show("default", { detail: "operation" });
    expect(sentence()).toBe("inside a1, operation 1 of 3: 0.60 × 0.80 = 0.480");
    await go(2);
    expect(sentence()).toBe("inside a1, operation 2 of 3: −0.90 × (−0.50) = 0.450");
  });

  it("is whose network it changes", async () => {
    await show("own module", { step: 97 });
    expect(sentence()).toContain("your module changes at the next pass");
    await change({ _pass: passTrait("default", { owner: "trainer", version: 5 }), step: 23 });
    expect(sentence()).toContain("the trainer changes at the next pass");
    await change({ _pass: passTrait("default", { rule: "Adam", version: 6 }), step: 23 });
    expect(sentence()).toContain("all nine parameters move at once, as Adam says");
  });
});

describe("walking", () => {
  it("goes on step by step and phase by phase", async () => {
    await view.press("Next step");
    expect(model.state.step).toBe(2);
    await view.press("Next phase");
    expect(model.state.step).toBe(7);
    await view.press("Next phase");
    expect(model.state.step).toBe(8);
    await view.press("Next phase");
    expect(model.state.step).toBe(23);
    await view.press("Next phase");
    expect(model.state.step).toBe(24);
    await key("Home");
    expect(model.state.step).toBe(1);
  });

  it("asks for another pass behind the last step, and begins it when it is there", async () => {
    const send = sent();
    await go(24);
    expect(view.button("Next step: another pass").textContent).toContain("step");
    await view.press("Next step: another pass");
    expect(passes(send)).toBe(1);
    expect(model.state.step).toBe(24);
    expect(app().dataset.settled).toBe("false");
    // Another press does not make two of it.
    expect(view.button("Next step: another pass").disabled).toBe(true);
    await nextPass(2);
    expect(model.state.step).toBe(1);
    expect(app().dataset.settled).toBe("true");
    expect(view.text(".nnw-epoch-line")).toBe("pass 2, step1");
    await view.press("Next step");
    expect([model.state.step, passes(send)]).toEqual([2, 1]);
  });

  it("stays where it is when another pass comes that nobody asked for", async () => {
    await go(9);
    await nextPass(2);
    expect(model.state.step).toBe(9);
  });

  it("waits no longer for a pass that Python refused or could not record", async () => {
    await go(24);
    await view.press("Next step: another pass");
    model.receive({ type: "refused", message: "learning_rate must be at most 1e6" });
    await nextFrame();
    expect(view.button("Next step: another pass").disabled).toBe(false);
    expect(view.text(".nnw-diag [role=alert]")).toContain("learning_rate must be at most 1e6");
    await view.press("Next step: another pass");
    expect(view.text(".nnw-diag [role=alert]")).not.toContain("learning_rate");
    await change({ _trouble: "the loss is not a number" });
    expect(app().dataset.settled).toBe("true");
    expect(view.button("Next step: another pass").disabled).toBe(true);
  });

  it("does not step a trainer that runs", async () => {
    await change({ _pass: passTrait("default", { owner: "trainer", settled: false, version: 3 }), step: 24 });
    expect(status()).toBe("training");
    expect(view.button("Next step: another pass").disabled).toBe(true);
  });

  it("goes back and forth by keys", async () => {
    const keys: [string, KeyboardEventInit, number][] = [
      ["ArrowRight", {}, 2],
      ["ArrowRight", { repeat: true }, 3],
      ["ArrowLeft", {}, 2],
      ["ArrowRight", { shiftKey: true }, 7],
      ["PageDown", {}, 8],
      ["ArrowRight", {}, 9],
      ["ArrowLeft", { shiftKey: true }, 8],
      ["PageUp", {}, 7],
      ["ArrowLeft", { shiftKey: true }, 1],
      ["End", {}, 24],
      ["Home", {}, 1],
      ["End", {}, 24],
      ["r", {}, 1],
    ];
    for (const [name, init, step] of keys) {
      await key(name, init);
      expect(model.state.step, `${name} ${JSON.stringify(init)}`).toBe(step);
    }
    await key("ArrowRight", { ctrlKey: true });
    expect(model.state.step).toBe(1);
  });

  it("changes the detail by keys, and stays at what it is about", async () => {
    await go(17);
    await key("l");
    expect(model.state.detail).toBe("layer");
    expect(title()).toBe("Backward");
    expect(sentence()).toContain("what reaches a times what goes into these weights, x: four products");
    await key("3");
    expect(model.state.detail).toBe("operation");
    expect(scrubber().getAttribute("aria-valuetext")).toContain("the gradient of w 11");
    await key("n");
    expect([model.state.detail, model.state.step]).toEqual(["node", 17]);
    await view.press("Detail: operations");
    expect(model.state.detail).toBe("operation");
  });

  it("leaves keys to what writes or slides", async () => {
    await go(5);
    const slider = view.field("Learning rate");
    await view.key(slider, "ArrowRight");
    await view.key(slider, "Home");
    expect(model.state.step).toBe(5);
  });
});

describe("the play button", () => {
  const normal = pace("normal", 24);

  it("walks by itself until it is pressed again", async () => {
    await view.press("Play");
    expect(status()).toBe("playing");
    await waitFor(normal);
    expect(model.state.step).toBe(2);
    await waitFor(2 * normal);
    expect(model.state.step).toBe(4);
    await view.press("Pause");
    await waitFor(3 * normal);
    expect([model.state.step, status()]).toEqual([4, "paused"]);
    await key(" ");
    await waitFor(normal);
    expect(model.state.step).toBe(5);
  });

  it("goes on into the next pass", async () => {
    const send = sent();
    await go(23);
    await view.press("Play");
    await waitFor(normal);
    expect([model.state.step, passes(send)]).toEqual([24, 0]);
    await waitFor(normal);
    expect(passes(send)).toBe(1);
    await waitFor(5 * normal);
    expect([model.state.step, passes(send)]).toEqual([24, 1]);
    await nextPass(2);
    expect([model.state.step, view.button("Pause").disabled]).toEqual([1, false]);
    await waitFor(normal);
    expect(model.state.step).toBe(2);
  });

  it("stops where somebody goes somewhere else, and where another pass cannot be made", async () => {
    await view.press("Play");
    await view.key(scrubber(), "End");
    expect(status()).toBe("paused");
    await change({ _trouble: "the loss is not a number" });
    await go(23);
    await view.press("Play");
    await waitFor(2 * normal);
    expect([model.state.step, view.button("Play").disabled]).toEqual([24, false]);
  });

  it("is slower and faster as the menu says, and so fast says nothing aloud", async () => {
    const live = () => view.root.querySelector(".nnw-bp-title [role=status]")?.getAttribute("aria-live");
    const choose = async (word: string) => {
      await view.press("More");
      const entry = [...view.root.querySelectorAll<HTMLElement>("[role=menuitemradio]")].find(
        ({ textContent }) => textContent === word,
      );
      entry?.click();
      await nextFrame();
    };
    await choose("fast");
    expect(live()).toBe("polite");
    await view.press("Play");
    expect(live()).toBe("off");
    await waitFor(3 * pace("fast", 24));
    expect(model.state.step).toBe(4);
    await choose("slow");
    expect(live()).toBe("polite");
    await waitFor(pace("slow", 24));
    expect(model.state.step).toBe(5);
  });
});

describe("the line of steps", () => {
  const names = () =>
    [...view.root.querySelectorAll(".nnw-bp-line text[text-anchor=middle]")].map(({ textContent }) =>
      textContent?.replace("\u200b", ""),
    );

  it("has a name for every stop, where there is room", () => {
    // 560 pixels: a page without sizes.
    expect(names()).toContain("a1");
    expect(view.root.querySelector(".nnw-bp-stop-pill")).not.toBeNull();
    expect(view.text(".nnw-bp-line text.nnw-bp-stop-now").replace("\u200b", "")).toBe("a1");
  });

  it("names the stops beside the present one under a lens, and layers elsewhere", async () => {
    await show("vanishing", { step: 305 });
    expect(view.root.querySelector(".nnw-bp-line-lens")).not.toBeNull();
    const now = view.text(".nnw-bp-line text.nnw-bp-stop-now").replace("\u200b", "");
    expect(now).toMatch(/^w\d\d/);
    expect(names().length).toBeGreaterThan(9);
    expect(names().length).toBeLessThan(60);
  });

  it("is a slider with keys of its own", async () => {
    const keys: [string, KeyboardEventInit, number][] = [
      ["ArrowRight", {}, 2],
      ["ArrowUp", {}, 3],
      ["ArrowDown", {}, 2],
      ["PageUp", {}, 7],
      ["PageUp", {}, 8],
      ["PageDown", {}, 7],
      ["End", {}, 24],
      ["ArrowRight", {}, 24],
      ["PageUp", {}, 24],
      ["Home", {}, 1],
    ];
    const send = sent();
    for (const [name, init, step] of keys) {
      await view.key(scrubber(), name, init);
      expect(model.state.step, name).toBe(step);
    }
    // Another pass is not on this line.
    expect(passes(send)).toBe(0);
    expect(scrubber().getAttribute("aria-valuemax")).toBe("24");
    expect(scrubber().getAttribute("aria-valuetext")).toBe("step 1 of 24, forward: a 1");
  });

  it("is pressed and dragged", async () => {
    const at = async (kind: string, clientX: number) => {
      const event = new MouseEvent(kind, { clientX, bubbles: true, button: 0 });
      Object.assign(event, { pointerId: 1 });
      scrubber().dispatchEvent(event);
      await nextFrame();
    };
    await at("pointermove", 559);
    expect(model.state.step).toBe(1);
    await at("pointerdown", 559);
    expect(model.state.step).toBe(24);
    await at("pointermove", 3);
    expect(model.state.step).toBe(1);
    await at("pointermove", 40);
    expect(model.state.step).toBe(2);
    await at("pointerup", 40);
    await at("pointermove", 559);
    expect(model.state.step).toBe(2);
  });
});

describe("what is set", () => {
  const chip = (name: string) =>
    [...view.root.querySelectorAll<HTMLElement>(".nnw-choice")].find(
      ({ textContent }) => textContent === name,
    );
  const open = async () => {
    const fold = view.root.querySelector(".nnw-bp-fold") as HTMLDetailsElement;
    fold.open = true;
    fold.dispatchEvent(new Event("toggle"));
    await nextFrame();
  };

  it("is another network by one press, and its summary", async () => {
    expect(view.text(".nnw-bp-fold summary")).toContain("2 – 2 – 1, tanh, one sample");
    chip("paths meet")?.click();
    await nextFrame();
    expect(model.state.hidden_layers).toEqual([2, 2]);
    expect(view.text(".nnw-bp-fold summary")).toContain("2 – 2 – 2 – 1");
    expect(chip("paths meet")?.getAttribute("aria-pressed")).toBe("true");
    expect(chip("one sample")?.getAttribute("aria-pressed")).toBe("false");
    // It is still the same example behind an update.
    await change({ weights: settingsOf("paths meet").weights.map((weight) => weight + 1), step: 7 });
    expect(chip("paths meet")?.getAttribute("aria-pressed")).toBe("true");
  });

  it("is layers, neurons, features and outputs, from the first step on", async () => {
    await go(9);
    await open();
    await view.press("Add a hidden layer");
    expect([model.state.hidden_layers, model.state.step]).toEqual([[2, 2], 1]);
    await view.press("Add a neuron to Hidden 2");
    expect(model.state.hidden_layers).toEqual([2, 3]);
    await view.press("Add a feature");
    expect(model.state.inputs).toEqual([[0.8, -0.5, 0.5]]);
    await view.press("Remove a feature");
    expect(model.state.inputs).toEqual([[0.8, -0.5]]);
    await view.press("Add an output");
    expect(model.state.n_outputs).toBe(2);
    // What follows from these is Python's to say.
    expect(model.sets).not.toContain("weights");
    expect(model.sets).not.toContain("targets");
  });

  it("is the activation and the loss, which has classes only where there are several", async () => {
    await open();
    type(view.field<HTMLSelectElement>("Activation") as never, "relu", "change");
    type(view.field<HTMLSelectElement>("Loss") as never, "cross_entropy", "change");
    await nextFrame();
    expect(model.state).toMatchObject({ activation: "relu", loss_fn: "cross_entropy", n_outputs: 2 });
  });

  it("draws other weights", async () => {
    await open();
    await view.press("Draw other weights");
    expect(model.state.weights).toEqual([]);
    expect(model.state.seed).not.toBe(0);
  });

  it("is samples with their targets, of which one is looked at", async () => {
    await open();
    await view.press("Add a sample");
    expect(model.state).toMatchObject({
      inputs: [
        [0.8, -0.5],
        [-0.8, 0.5],
      ],
      targets: [[1], [0]],
      sample: 2,
    });
    type(view.field("x 1 of sample 2"), "0.25", "input", "change");
    type(view.field("y 1 of sample 1"), "0,5", "input", "change");
    await nextFrame();
    expect(model.state).toMatchObject({
      inputs: [
        [0.8, -0.5],
        [0.25, 0.5],
      ],
      targets: [[0.5], [0]],
    });
    type(view.field("x 1 of sample 2"), "much", "input", "change");
    await nextFrame();
    expect(view.text(".nnw-bp-samples .nnw-error")).toBe("must be a number");
    expect(model.state.inputs).toEqual([
      [0.8, -0.5],
      [0.25, 0.5],
    ]);
    await view.press("Look at sample 1");
    expect(model.state.sample).toBe(1);
    await view.press("Remove a sample");
    expect(model.state).toMatchObject({ inputs: [[0.8, -0.5]], targets: [[0.5]], sample: 1 });
  });

  it("is only samples for a module of one's own, and nothing for a trainer", async () => {
    await show("own module");
    await open();
    expect(view.root.querySelector('[aria-label="Add a hidden layer"]')).toBeNull();
    expect(view.root.querySelector('[aria-label="Presets"]')).toBeNull();
    expect(view.button("Add a sample")).toBeTruthy();
    await change({ _pass: passTrait("default", { owner: "trainer", version: 7 }) });
    expect(view.root.querySelector(".nnw-bp-fold")).toBeNull();
  });

  it("chooses whose numbers are shown", async () => {
    expect(view.text(".nnw-bp-sample")).toBe("one sample, y = 1");
    await show("mini-batch", { step: 24, sample: 1 });
    const before = view.numbers().output;
    type(view.field<HTMLSelectElement>("Sample, of 4") as never, "3", "change");
    await nextFrame();
    expect(model.state.sample).toBe(3);
    expect(view.numbers().output).not.toBe(before);
    expect(app().dataset.settled).toBe("true");
  });
});

describe("what does not go well", () => {
  it("is said where one looks, and what was there stays", async () => {
    await go(17);
    await change({ _trouble: "sample 1 has no gradient" });
    expect(view.text(".nnw-bp-trouble")).toBe("Not recorded: sample 1 has no gradient");
    expect(status()).toBe("error");
    expect(sentence()).toContain("what reaches a1, 0.343");
    await change({ _trouble: "" });
    expect(view.root.querySelector(".nnw-bp-trouble")).toBeNull();
    expect(status()).toBe("paused");
  });

  it("is faint while another pass is under way for long, not for a moment", async () => {
    await change({ activation: "relu" });
    expect([app().dataset.settled, app().dataset.stale, status()]).toEqual(["false", undefined, "paused"]);
    await waitFor(250);
    expect([app().dataset.settled, app().dataset.stale, status()]).toEqual(["false", "true", "recording…"]);
    await change({
      _pass: passTrait("default", {
        version: 4,
        settings: { ...settingsOf("default"), activation: "relu" } as never,
      }),
    });
    expect([app().dataset.settled, app().dataset.stale, status()]).toEqual(["true", undefined, "paused"]);
  });

  it("has its place before there is a pass", async () => {
    await change({ _pass: null });
    expect(view.text(".nnw-bp-wait")).toBe("recording a pass…");
    expect(view.button("Play").disabled).toBe(true);
    await key("ArrowRight");
    expect(model.state.step).toBe(1);
  });

  it("walks without a kernel, to the end of this pass and again from its start", async () => {
    await alone(ASK_MS + SILENT_MS + 100);
    expect(status()).toBe("no kernel");
    expect(view.field<HTMLInputElement>("Learning rate").disabled).toBe(true);
    await view.press("Next step");
    expect(model.state.step).toBe(2);
    await go(24);
    expect(view.button("Next step: another pass").disabled).toBe(true);
    const send = sent();
    await view.press("Play");
    await alone(10);
    expect(model.state.step).toBe(1);
    await go(23);
    await alone(3 * pace("normal", 24));
    expect([model.state.step, passes(send)]).toEqual([24, 0]);
    expect(view.button("Play")).toBeTruthy();
  });
});

describe("the sheet", () => {
  it("opens the script and the call under the header, and the list of keys", async () => {
    await view.press("PyTorch code");
    expect(view.text(".nnw-text")).toContain("loss.backward()  # 1");
    await view.press("PyTorch code");
    await key("h");
    expect(view.text(".nnw-keys")).toContain("one phase");
    await key("Escape");
    expect(view.root.querySelector(".nnw-keys")).toBeNull();
    await go(3);
    await view.press("More");
    const entries = [...view.root.querySelectorAll<HTMLElement>("[role=menu] button")];
    entries.find(({ textContent }) => textContent?.startsWith("This state"))?.click();
    await nextFrame();
    expect(view.text(".nnw-text")).toContain("BackpropExplorer(step=3)");
  });

  it("goes back to what it was made with", async () => {
    await change({ activation: "relu", step: 9 });
    await view.press("Reset");
    expect(model.state).toMatchObject({ activation: "tanh", step: 1 });
  });
});
