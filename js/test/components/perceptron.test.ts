// The picture of a perceptron: what is drawn and said of the sample at hand, of the line, and of how it goes on.
import { describe, expect, it, vi } from "vitest";
import { fakePerceptron, INSEPARABLE, SEPARABLE, XOR } from "../fake-perceptron";
import { nextFrame } from "../view";
import { perceptronOf } from "./perceptron-view";

const MINUS = "\u2212";
const two = (value: number) => value.toFixed(2).replace("-", MINUS);
const numbers = (root: HTMLElement, ...names: string[]) =>
  names.map((name) => root.querySelector(`[data-n="${name}"]`)?.textContent);
const segment = (root: HTMLElement, kind: string) =>
  root.querySelector(`.nnw-halves .nnw-line-${kind}`)?.getAttribute("d") ?? null;
/** Ends of a path, in pixels of the plane. */
const endsOf = (d: string | null) => (d?.match(/-?[\d.]+/g) ?? []).map(Number);
const SIZE = 384;
const AT = (x: number, y: number) => [((x + 0.5) / 2) * SIZE, ((1.5 - y) / 2) * SIZE];

describe("the sample at hand", () => {
  it("is reckoned with before anything was done", async () => {
    const { view } = await perceptronOf(fakePerceptron());
    // z = 0.5 × 0 − 0.25 × 0 + 0.1, so y′ = 1 although y = 0.
    expect(numbers(view.root, "w1", "x1", "w2", "x2", "b", "z")).toEqual([
      ...["0.50", "0.00", `${MINUS}0.25`, "0.00", "0.10", "0.100"],
    ]);
    expect(numbers(view.root, "target", "output", "error")).toEqual(["0", "1", `${MINUS}1`]);
    expect(numbers(view.root, "after0", "after1", "after2")).toEqual([
      "0.50",
      `${MINUS}0.25`,
      `${MINUS}0.90`,
    ]);
    expect(view.text(".nnw-verdict")).toBe("Mistake: class 0, but z > 0. So η x is taken from w.");
    expect(view.text(".nnw-rule .nnw-yields")).toBe("1 of 4 in this epoch");
  });

  it("wears the colours of signs, and none for 0", async () => {
    const { view } = await perceptronOf(fakePerceptron());
    const kinds = (name: string) => view.root.querySelector(`[data-n="${name}"]`)?.getAttribute("class");
    expect(kinds("z")).toContain("nnw-pos");
    expect(kinds("w2")).toContain("nnw-neg");
    expect(kinds("x1")?.trim()).toBe("");
  });

  it("is the next one after a step, whose weights are those that were foretold", async () => {
    const { model, view } = await perceptronOf(fakePerceptron());
    for (let turn = 0; turn < 9; turn++) {
      const foretold = numbers(view.root, "after0", "after1", "after2");
      model.step();
      await nextFrame();
      expect(numbers(view.root, "w1", "w2", "b")).toEqual(foretold);
      expect(foretold).toEqual(model.now().map(two));
    }
    expect(view.text(".nnw-rule .nnw-yields")).toBe("2 of 4 in this epoch");
    expect(view.text(".nnw-epoch")).toBe("epoch2sample 2 of 4");
  });

  it("changes nothing where it is right, and says so", async () => {
    const { view } = await perceptronOf(fakePerceptron({ weights: [1, 1, -1.5] }));
    expect(view.text(".nnw-verdict")).toBe("Right: class 0, and z ≤ 0. Nothing changes.");
    expect(numbers(view.root, "error")).toEqual(["0"]);
    expect(segment(view.root, "next")).toBeNull();
    expect(view.root.querySelector(".nnw-vector-plus, .nnw-vector-minus, .nnw-vector-next")).toBeNull();
  });

  it("has more decimals where the rule goes in small steps", async () => {
    const { view } = await perceptronOf(fakePerceptron({ rate: 0.01 }));
    expect(numbers(view.root, "b", "after2")).toEqual(["0.1000", "0.0900"]);
    expect(view.text(".nnw-formulas")).toContain("withη=0.01");
  });
});

describe("the plane", () => {
  it("has the line where z is 0, and dashed the one after the sample", async () => {
    const { view } = await perceptronOf(fakePerceptron({ weights: [1, 1, -0.5] }));
    // The first sample is right: x1 + x2 = 0.5 from (−0.5, 1) to (1, −0.5).
    const ends = endsOf(segment(view.root, "now"));
    const expected = [...AT(-0.5, 1), ...AT(1, -0.5)];
    const either = [expected, [...expected.slice(2), ...expected.slice(0, 2)]];
    expect(
      either.some((way) => way.every((value, index) => Math.abs(value - (ends[index] ?? 0)) < 0.02)),
    ).toBe(true);
  });

  it("leaves a trace of the line before", async () => {
    const { model, view } = await perceptronOf(fakePerceptron({ weights: [1, 0.2, 0.2] }));
    const [now, next] = [segment(view.root, "now"), segment(view.root, "next")];
    expect(next).not.toBeNull();
    expect(segment(view.root, "before")).toBeNull();
    model.step();
    await nextFrame();
    expect(segment(view.root, "now")).toBe(next);
    expect(segment(view.root, "before")).toBe(now);
  });

  it("loses the trace when the run begins anew, and in an epoch of the past", async () => {
    const { model, view } = await perceptronOf(fakePerceptron({ weights: [1, 0.2, 0.2] }));
    model.step(3);
    await nextFrame();
    expect(segment(view.root, "before")).not.toBeNull();
    for (let turn = 0; turn < 2; turn++) {
      model.step(1, { preview: true });
      await nextFrame();
      expect(segment(view.root, "before")).toBeNull();
    }
  });

  it("rings the sample at hand, and points to where z is positive", async () => {
    const { model, view } = await perceptronOf(fakePerceptron({ weights: [1, 1, -1.5] }));
    model.step(3);
    await nextFrame();
    const [x, y] = AT(1, 1) as [number, number];
    expect(view.root.querySelector(".nnw-hand")?.getAttribute("transform")).toBe(
      `translate(${x.toFixed(2)} ${y.toFixed(2)})`,
    );
    const [fromX, fromY, toX, toY] = endsOf(
      view.root.querySelector(".nnw-normal > path")?.getAttribute("d") ?? null,
    ) as [number, number, number, number];
    // Up and to the right, as w = (1, 1) is; y grows downwards on screen.
    expect(toX - fromX).toBeCloseTo(fromY - toY, 1);
    expect(toX).toBeGreaterThan(fromX);
  });

  it("says where the line is not to be seen", async () => {
    const { view } = await perceptronOf(fakePerceptron({ weights: [0.1, 0.1, 5] }));
    expect(view.text(".nnw-out .nnw-yields")).toBe("the line is outside of the picture");
    expect(segment(view.root, "now")).toBeNull();
  });

  it("follows no single samples in a fast run", async () => {
    const { model, view } = await perceptronOf(fakePerceptron());
    model.update("speed", 100);
    model.update("status", "running");
    model.step(1, { status: "running" });
    await nextFrame();
    expect(view.root.querySelector(".nnw-hand")).toBeNull();
    expect(segment(view.root, "next")).toBeNull();
    model.update("speed", 0.5);
    await nextFrame();
    expect(view.root.querySelector(".nnw-hand")).not.toBeNull();
  });
});

describe("whether a line is enough", () => {
  it("is shown as the margin of the best one, once asked for", async () => {
    const { view } = await perceptronOf(fakePerceptron());
    const chip = [...view.root.querySelectorAll<HTMLButtonElement>(".nnw-chip")].at(-1) as HTMLButtonElement;
    expect(chip.textContent).toBe("margin");
    expect(view.root.querySelector(".nnw-margin")).toBeNull();
    chip.click();
    await nextFrame();
    expect(view.root.querySelectorAll(".nnw-margin path:not(.nnw-street)")).toHaveLength(3);
  });

  it("is a bound of the updates: that from zero, and that from these weights", async () => {
    const { model, view } = await perceptronOf(fakePerceptron());
    expect(numbers(view.root, "updates", "bound")).toEqual(["0", "50"]);
    expect(numbers(view.root, "radius", "margin", "zeroBound")).toEqual(["1.73", "0.25", "48"]);
    expect(view.text(".nnw-bound")).toContain("From these weights it is 50.5");
    model.step(12);
    await nextFrame();
    const [updates] = numbers(view.root, "updates");
    expect(Number(updates)).toBeGreaterThan(3);
  });

  it("has one bound where the weights begin with 0", async () => {
    const separation = { ...SEPARABLE, start_bound: SEPARABLE.bound };
    const { view } = await perceptronOf(fakePerceptron({ weights: [0, 0, 0], separation }));
    expect(view.text(".nnw-bound")).toContain("No order of the samples takes more updates.");
  });

  it("has no bound where no line separates, and a place that says why", async () => {
    const { view } = await perceptronOf(fakePerceptron({ samples: XOR, separation: INSEPARABLE }));
    expect(view.text(".nnw-bound")).toContain("No bound: no line separates the classes");
    expect(numbers(view.root, "bound")).toEqual([undefined]);
    const pairs = [...view.root.querySelectorAll(".nnw-crossing > path")].map((path) =>
      path.getAttribute("d"),
    );
    expect(pairs.map((d) => endsOf(d ?? null))).toEqual([
      [...AT(0, 0), ...AT(1, 1)],
      [...AT(0, 1), ...AT(1, 0)],
    ]);
    const [x, y] = AT(0.5, 0.5) as [number, number];
    expect(view.root.querySelector(".nnw-crossing g")?.getAttribute("transform")).toBe(
      `translate(${x.toFixed(2)} ${y.toFixed(2)})`,
    );
  });

  it("is not said of other data than those on screen", async () => {
    const separation = { ...SEPARABLE, data_version: 7 };
    const { view } = await perceptronOf(fakePerceptron({ separation }));
    expect(view.text(".nnw-bound")).toBe("");
    expect(numbers(view.root, "bound")).toEqual([undefined]);
  });
});

describe("how it goes on", () => {
  it("has a bar for each epoch, and an outline for the one that has begun", async () => {
    const { model, view } = await perceptronOf(fakePerceptron({ samples: XOR, separation: INSEPARABLE }));
    const bars = () => view.root.querySelectorAll(".nnw-epoch-mistakes .nnw-bar").length;
    expect(bars()).toBe(0);
    model.step(12);
    await nextFrame();
    expect(bars()).toBe(3);
    expect(view.root.querySelector(".nnw-bar-begun")).toBeNull();
    model.step();
    await nextFrame();
    expect(view.root.querySelector(".nnw-bar-begun")).not.toBeNull();
    expect(bars()).toBe(3);
  });

  it("has pale bars for what came after an epoch that is looked back at", async () => {
    const { model, view } = await perceptronOf(fakePerceptron({ samples: XOR, separation: INSEPARABLE }));
    model.step(12);
    model.step(0, { preview: true, epoch: 1 });
    await nextFrame();
    const later = [...view.root.querySelectorAll(".nnw-bar[data-later]")];
    expect(later).toHaveLength(2);
    expect(view.text(".nnw-epoch-mistakes .nnw-yields")).toBe("3 in epoch 1");
  });

  it("has a flat mark for an epoch without a mistake", async () => {
    const { model, view } = await perceptronOf(fakePerceptron({ weights: [1, 1, -1.5] }));
    model.step(4);
    await nextFrame();
    expect(view.root.querySelectorAll(".nnw-bar-none")).toHaveLength(1);
    expect(view.text(".nnw-epoch-mistakes .nnw-yields")).toBe("0 in epoch 1");
    expect(view.text(".nnw-metrics tbody tr")).toBe("train0100.0\u2009%");
  });

  it("adds the vectors tip to tail, on axes that do not shrink", async () => {
    const { model, view } = await perceptronOf(fakePerceptron());
    const ticks = () => view.root.querySelectorAll(".nnw-weightspace .nnw-ticks text").length;
    expect(view.root.querySelector(".nnw-vector-minus")).toBeNull(); // x = 0 changes the bias only
    model.step(3);
    await nextFrame();
    const arrow = view.root.querySelector(".nnw-vector-plus text");
    expect(arrow?.textContent).toBe("+ηx");
    const before = ticks();
    model.step();
    await nextFrame();
    expect(ticks()).toBeGreaterThanOrEqual(before);
  });
});

describe("ways to go on", () => {
  it("are a sample, an epoch, and the next mistake", async () => {
    const { model, view } = await perceptronOf(fakePerceptron());
    expect(view.button("Step sample").textContent).toBe("sample");
    view.button("Step sample").click();
    view.button("Step epoch").click();
    view.button("Next mistake").click();
    expect(model.sent.filter(({ type }) => ["step", "to_mistake"].includes(type))).toEqual([
      { type: "step", unit: "batch", n: 1 },
      { type: "step", unit: "epoch", n: 1 },
      { type: "to_mistake" },
    ]);
  });

  it("have keys, of which the list knows", async () => {
    const { model, view } = await perceptronOf(fakePerceptron());
    const press = (key: string) =>
      view.root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    press("m");
    expect(model.sentOf("to_mistake" as never)).toHaveLength(1);
    press("h");
    await nextFrame();
    expect(view.text(".nnw-keys")).toContain("→one sample");
    expect(view.text(".nnw-keys")).toContain("Mnext mistake");
  });

  it("are not there where steps are left out, by key neither", async () => {
    const { model, view } = await perceptronOf(fakePerceptron({ changes: { controls: ["play"] } }));
    expect(view.root.querySelector('[aria-label="Next mistake"]')).toBeNull();
    view.root.dispatchEvent(new KeyboardEvent("keydown", { key: "m", bubbles: true }));
    expect(model.sentOf("to_mistake" as never)).toHaveLength(0);
  });

  it("are told in samples where less than an epoch comes in a second", async () => {
    const { model, view } = await perceptronOf(fakePerceptron());
    const speed = () => view.text(".nnw-speed .nnw-field-top");
    expect(speed()).toBe("Speed1 epoch/s");
    model.update("speed", 0.5);
    await vi.advanceTimersByTimeAsync(0);
    expect(speed()).toBe("Speed2 samples/s");
    model.update("speed", 0.25);
    await vi.advanceTimersByTimeAsync(0);
    expect(speed()).toBe("Speed1 sample/s");
  });
});

describe("what is on screen", () => {
  it("can be chosen, and has no control that the rule does not have", async () => {
    const { model, view } = await perceptronOf(fakePerceptron());
    for (const name of ["Batch size", "Classes", "Optimizer", "Loss"])
      expect(view.root.querySelector(`[aria-label="${name}"]`)).toBeNull();
    model.update("panels", ["plane", "updates"]);
    await nextFrame();
    const zones = [...view.root.querySelectorAll(".nnw-body section")].map((zone) =>
      zone.getAttribute("aria-label"),
    );
    expect(zones).toEqual(["Plane", "Updates"]);
  });

  it("draws with two classes only", async () => {
    const { view } = await perceptronOf(fakePerceptron());
    view.root.querySelector<HTMLButtonElement>('[title="Draw your own data"]')?.click();
    await nextFrame();
    expect(view.root.querySelectorAll(".nnw-brushes input")).toHaveLength(3); // and the eraser
    expect(view.root.querySelector('[aria-label="New class"]')).toBeNull();
  });
});
