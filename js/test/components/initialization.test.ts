import { describe, expect, it, vi } from "vitest";
import { readMeasured } from "../../src/components/initialization/arrays";
import { barsOf, largest, outline, roundUp } from "../../src/components/initialization/bars";
import { amountOf, factorText, logScale, roundText } from "../../src/components/initialization/scale";
import { ASK_MS, SILENT_MS } from "../../src/model/kernel";
import initialization from "../../src/widgets/initialization";
import { explorerModel, model, useExplorer, view } from "../explorer";
import { byKind, measured, SCHEMES, SETTINGS, training, variance } from "../initialization";
import { nextFrame } from "../view";

const ABOUT = { presets: [{ name: "tanh: small", settings: { activation: "tanh", initialiser: "small" } }] };

useExplorer(initialization, SETTINGS, {
  traits: { _measured: measured(), _training: training() },
  about: ABOUT,
});

const change = async (traits: Record<string, unknown>) => {
  for (const [name, value] of Object.entries(traits)) model.update(name, value);
  await nextFrame();
};
const sentence = () => view.root.querySelector(".nnw-diag")?.textContent ?? "";
const fact = () => view.root.querySelector(".nnw-explorer-title > span")?.textContent ?? "";
const lines = () => [...view.root.querySelectorAll<SVGPathElement>(".nnw-init-lines .nnw-init-line")];
const handle = () => view.root.querySelector('[role="slider"][aria-label="Layer"]') as SVGElement;
const act = async () => {
  view.root
    .querySelector<HTMLElement>(".nnw-diag > .nnw-btn")
    ?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await nextFrame();
};

describe("a measurement", () => {
  it("has the numbers of the layer that is looked at, measured and predicted", () => {
    expect(view.numbers()).toMatchObject({
      "variance.z": "1.00",
      "variance.a": "0.500",
      "theory.a": "0.550",
      "variance.da": "2.5·10⁻⁷",
      "mean.a": "0.500",
      "zeros.a": "25\u2009%",
      saturated: "50\u2009%",
      epoch: "0",
    });
    expect(fact()).toBe("3 hidden layers of 64 ReLU neurons, 200 samples of circles");
  });

  it("says of all six what the hidden layers do to signals and gradients", () => {
    expect(view.numbers()).toMatchObject({
      "forward.zeros": "0",
      "forward.constant": "1.0·10⁴",
      "backward.constant": "1.0·10⁴",
      "forward.small": "1.0·10⁻⁴",
      "forward.xavier": "0.250",
      "backward.xavier": "0.250",
      "forward.he": "1.00",
    });
  });

  it("writes one step of the rule for both directions, with the numbers of the layers beside", () => {
    const numbers = view.numbers();
    // 64 · 0.125² · (1 + 0.5²): what layer 1 has, and the weights that lead to layer 2.
    expect(numbers).toMatchObject({
      "forward.weights": "0.0156",
      "forward.square": "1.25",
      "forward.value": "1.25",
      "forward.measured": "1.00",
      // The theory halves the gradient, and so takes E[φ′²] for 0.5.
      "backward.slope": "0.500",
      "backward.before": "5.0·10⁻⁷",
      "backward.value": "2.5·10⁻⁷",
      "through.ratio": "0.250",
      "through.each": "0.500",
    });
  });

  it("shows another scheme and another layer at once, in Python too", async () => {
    await view.press("Small");
    expect(model.state.initialiser).toBe("small");
    expect(view.numbers()["variance.a"]).toBe("0.0100");
    await view.key(handle(), "ArrowRight");
    expect(model.state.layer).toBe(3);
    expect(view.numbers()["variance.a"]).toBe("1.0·10⁻⁴");
    await view.key(handle(), "End");
    expect(handle().getAttribute("aria-valuetext")).toBe("output");
    expect(view.numbers()["variance.a"]).toBe("1.0·10⁻⁶");
    await view.key(handle(), "Home");
    expect(model.state.layer).toBe(1);
  });

  it("draws the variances of the quantity that is chosen, the gradients with their names at the left", async () => {
    expect(lines()).toHaveLength(SCHEMES.length);
    const names = () =>
      [...view.root.querySelectorAll(".nnw-init-lines .nnw-pressable text")].map((text) => [
        text.textContent,
        text.getAttribute("text-anchor"),
      ]);
    expect(names()).toEqual(
      ["Zeros", "Constant", "Small", "Large", "Xavier", "He"].map((name) => [name, "start"]),
    );
    const before = lines().map((line) => line.getAttribute("d"));
    await view.press("∂L/∂a: gradients of activations");
    expect(names().every(([, anchor]) => anchor === "end")).toBe(true);
    expect(lines().map((line) => line.getAttribute("d"))).not.toEqual(before);
    // The chosen one is drawn last, heavier.
    expect(lines().map((line) => line.classList.contains("is-chosen"))).toEqual([
      ...Array(5).fill(false),
      true,
    ]);
    expect(new Set(lines().map((line) => line.getAttribute("stroke-dasharray"))).size).toBe(SCHEMES.length);
  });

  it("puts exact zeros and what is not finite at the edges of the scale, and says so", async () => {
    await view.press("Zeros");
    expect(view.numbers()["variance.a"]).toBe("0");
    expect(view.root.textContent).toContain("all exactly 0");
    expect(sentence()).toContain("no weight will ever move");
    const broken = (scheme: number, kind: number, layer: number) =>
      scheme === 3 && kind < 2 && layer > 1 ? 1 : 0;
    const of = (scheme: number, kind: number, layer: number) =>
      broken(scheme, kind, layer) ? Number.POSITIVE_INFINITY : variance(scheme, kind, layer);
    await change({
      _measured: measured({ version: 2, variances: byKind(of), broken: byKind(broken) }),
      initialiser: "large",
      layer: 3,
    });
    expect(view.numbers()).toMatchObject({ "variance.a": "∞", "forward.large": "∞" });
    expect(view.root.textContent).toContain("not finite");
    expect(view.root.textContent).not.toContain("NaN");
    expect(view.root.querySelectorAll(".nnw-init-stage .nnw-init-broken").length).toBeGreaterThan(0);
  });

  it("tells what is measured and what to do", async () => {
    expect(sentence()).toContain("Xavier keeps the signal: a factor of 0.250 behind 3 layers.");
    await act();
    expect(model.state.n_layers).toBe(50);
    await change({ n_layers: 3, initialiser: "small" });
    expect(sentence()).toContain("1.0·10⁻⁴ of the variance of the activations is left behind 3 layers.");
    expect(sentence()).toContain("n σ² = 0.0064");
    await act();
    expect(model.state.small).toBe(0.13);
  });

  it("is faint while another one is under way", async () => {
    const app = () => view.root.querySelector(".nnw-init");
    expect(app()?.hasAttribute("data-stale")).toBe(false);
    await view.slide("Hidden layers", 7);
    expect(model.state.n_layers).toBe(7);
    expect(app()?.hasAttribute("data-stale")).toBe(true);
    expect(fact()).toBe("measuring…");
    expect(view.button("Train all six").disabled).toBe(true);
    await change({ _measured: measured({ version: 2, settings: { ...SETTINGS, n_layers: 7 } }) });
    expect(app()?.hasAttribute("data-stale")).toBe(false);
  });

  it("has its place before there is one", async () => {
    await change({ _measured: null });
    expect(fact()).toBe("measuring…");
    expect(view.root.querySelector(".nnw-init-wait--stage")).not.toBeNull();
    expect(view.button("Reset").disabled).toBe(false);
  });

  it("has a scale for the scheme that has one", async () => {
    await view.press("Large");
    await view.slide("Large σ", -1);
    expect(model.state.large).toBe(0.1);
    await view.press("He");
    expect(view.numbers().std).toBe("0.177");
  });
});

describe("the training of all six", () => {
  it("is asked for, paused and undone by messages", async () => {
    const send = vi.spyOn(model as unknown as { send(message: unknown): void }, "send");
    await view.press("Train all six");
    expect(send).toHaveBeenCalledWith({ type: "train" });
    await change({ _training: training(0, { version: 2, status: "running", epochs: 50 }) });
    await view.press("Pause");
    expect(send).toHaveBeenCalledWith({ type: "pause" });
    await change({ _training: training(3, { version: 3, status: "paused", epochs: 50 }) });
    expect(view.numbers()).toMatchObject({ epoch: "3", epochs: "50" });
    await view.press("Back to the first weights");
    expect(send).toHaveBeenCalledWith({ type: "reset_training" });
  });

  it("says who learns, with a curve for each, and none of those that diverged", async () => {
    expect(view.numbers()["accuracy.he"]).toBe("–");
    await change({ _training: training(50, { version: 2 }) });
    expect(view.numbers()).toMatchObject({
      "accuracy.he": "98\u2009%",
      "accuracy.zeros": "50\u2009%",
      "accuracy.large": "–",
    });
    const verdicts = [...view.root.querySelectorAll(".nnw-init-verdict > span")].map(
      ({ textContent }) => textContent,
    );
    expect(verdicts).toEqual([...Array(3).fill("does not learn"), "diverged", "does not learn", "learns"]);
    expect(sentence()).toContain("1 of 6 learn: He. Xavier stays at chance: 50\u2009% right.");
    const ends = [...view.root.querySelectorAll(".nnw-init-loss .nnw-init-spark-line")].map((path) =>
      path.getAttribute("d")?.split(" ").at(-1),
    );
    expect(Number(ends[5])).toBeGreaterThan(Number(ends[0]));
  });

  it("can be looked into: the signals of the weights as trained, and what the theory had said before", async () => {
    expect(view.button("Weights: as trained").disabled).toBe(true);
    await change({ _training: training(50, { version: 2 }), _measured: measured({ version: 2, epoch: 50 }) });
    await view.press("Weights: as trained");
    expect(model.state.moment).toBe("now");
    expect(view.root.textContent).toContain("as trained for 50 epochs");
    expect(view.numbers()).not.toHaveProperty("backward.slope");
    expect(sentence()).toContain("The theory is that of the first weights.");
  });

  it("says what went wrong", async () => {
    await change({ _training: training(1, { version: 2, status: "error", message: "RuntimeError: no" }) });
    expect(sentence()).toContain("RuntimeError: no");
  });
});

describe("the kernel", () => {
  it("is asked, and if nobody answers what needs it is disabled, and nothing else", async () => {
    const answer = () => model.receive({ type: "here" });
    answer();
    await vi.advanceTimersByTimeAsync(ASK_MS + 10);
    answer();
    await vi.advanceTimersByTimeAsync(SILENT_MS - 10);
    expect(view.button("Train all six").disabled).toBe(false);
    await vi.advanceTimersByTimeAsync(SILENT_MS);
    await nextFrame();
    expect(view.button("Train all six").disabled).toBe(true);
    expect(view.field("Hidden layers").disabled).toBe(true);
    expect(fact()).toBe("as it was measured; the kernel is needed to change it");
    await view.press("He");
    expect(view.numbers()["variance.a"]).toBe("1.00");
    answer();
    await nextFrame();
    expect(view.field("Hidden layers").disabled).toBe(false);
  });

  it("is not asked by explorers that need none", async () => {
    const other = explorerModel({});
    const send = vi.spyOn(other as unknown as { send(): void }, "send");
    const { createExplorer } = await import("../../src/model/explorer");
    createExplorer(other as never);
    await vi.advanceTimersByTimeAsync(3 * ASK_MS);
    expect(send).not.toHaveBeenCalled();
  });
});

describe("histograms on a common scale", () => {
  const one = (bin: number, bound = 1) => {
    const counts = new Uint32Array(48);
    counts[bin] = 10;
    return { bound, counts };
  };

  it("keep all values, whatever the scale is", () => {
    for (const reach of [0.01, 0.3, 1, 50]) {
      for (const bin of [0, 23, 24, 47]) {
        const { shares, below, above } = barsOf(one(bin), 0, reach);
        expect(shares.reduce((sum, share) => sum + share, below + above)).toBeCloseTo(1, 9);
      }
    }
  });

  it("keep the sign of what is narrower than any rounding", () => {
    const { shares } = barsOf(one(24, 1e-42), 0, 5e-5);
    expect(shares[20]).toBeCloseTo(1);
    expect(barsOf(one(23, 1e-42), 0, 5e-5).shares[19]).toBeCloseTo(1);
  });

  it("have what lies beyond apart, and exact zeros in no bin", () => {
    expect(barsOf(one(47, 10), 0, 1)).toMatchObject({ above: expect.closeTo(1), below: 0 });
    expect(barsOf(one(0, 10), 0, 1)).toMatchObject({ above: 0, below: expect.closeTo(1) });
    const zeros = barsOf(one(24), 1, 1);
    expect(zeros.zero).toBe(1);
    expect(Math.max(...zeros.shares)).toBe(0);
    expect(largest(zeros)).toBe(1);
  });

  it("are closed outlines, one for each sign", () => {
    const frame = { from: 10, length: 20, top: 0, height: 100 };
    const bars = barsOf({ bound: 1, counts: one(30).counts }, 0, 1);
    expect(outline(bars, 1, frame)).toMatch(/^M10\.00 .*H30\.00.*Z$/);
    expect(outline(bars, -1, frame)).toBe("");
  });

  it("have round ends", () => {
    expect([0.0013, 3, 7, 0, Number.NaN].map(roundUp)).toEqual([0.002, 5, 10, 1, 1]);
  });
});

describe("the scale of variances", () => {
  it("has decades, and places outside of them for 0 and for what is not finite", () => {
    const y = logScale([1e-6, 1, 0, Number.POSITIVE_INFINITY], 1, 0, 200);
    expect(y(1e-6)).toBeGreaterThan(y(1));
    expect(y(0)).toBeGreaterThan(y(1e-7));
    expect(y(Number.POSITIVE_INFINITY)).toBeLessThan(y(1));
    expect(y.ticks.map(({ label }) => label)).toContain("10⁻⁶");
    expect(y.ticks.length).toBeLessThan(9);
  });

  it("lets go what is too far away to be drawn", () => {
    const y = logScale([1e-90, 1], 1, 0, 200);
    expect(y(1e-90)).toBeGreaterThan(200);
    expect(y.low).toBeGreaterThan(1e-45);
  });

  it("has numbers that are short and mean something", () => {
    expect([0, 1.234, 0.04567, 1e-5, 123456, 1.5e-120, Number.POSITIVE_INFINITY, -0.5].map(amountOf)).toEqual(
      ["0", "1.23", "0.0457", "1.0·10⁻⁵", "1.2·10⁵", "2·10⁻¹²⁰", "∞", "−0.500"],
    );
    expect([1, -3, 0.0005, 0].map(roundText)).toEqual(["1", "−3", "5·10⁻⁴", "0"]);
    expect([Number.NaN, 2.44e-20, 3.2e14, 1e-4].map(factorText)).toEqual([
      "–",
      "2·10⁻²⁰",
      "3·10¹⁴",
      "1.0·10⁻⁴",
    ]);
  });
});

describe("the arrays of Python", () => {
  it("are none before the first version", () => {
    expect(readMeasured(null)).toBeNull();
    expect(readMeasured(measured({ version: 0 }))).toBeNull();
  });

  it("are read by scheme, kind and layer", () => {
    const read = readMeasured(measured());
    expect(read?.variance(4, "da", 1)).toBeCloseTo(2.5e-7);
    expect(read?.std(4, 1)).toBe(0.125);
    expect(read?.bins(0, "dw", 3).counts[24]).toBe(100);
  });
});
