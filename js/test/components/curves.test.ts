import { beforeEach, describe, expect, it, vi } from "vitest";
import type { PinTrait } from "../../src/generated/protocol";
import { model, nextFrame, useTrainer, view } from "../view";

const WIDTH = 400;
/** The plotting area of a chart of that width, at a tick size of 11 px. */
const LEFT = 42;
const PLOT = WIDTH - LEFT - 56;

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(WIDTH);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(300);
});
useTrainer();

const pin = (name: string, losses: number[]): PinTrait => ({
  name,
  rows: new DataView(
    new Float32Array(losses.flatMap((loss, row) => [row + 1, loss, 0.5, Number.NaN, Number.NaN])).buffer,
  ),
});

async function showPins(pins: PinTrait[], legend = pins.map(({ name }) => name)): Promise<void> {
  model.update("_pins", pins);
  model.update("_legend", legend);
  await nextFrame();
}

/** Python has trained so many epochs, of 100 steps each. */
async function train(epochs: number): Promise<void> {
  const rows = Array.from({ length: epochs }, (_, row) => [row + 1, 0.8 / (row + 1), 0.75, 0.9, 0.5]);
  const steps = Array.from({ length: epochs }, (_, row) => [100 * (row + 1), 0.8, 0.7, 0.9, 0.7, 0.6, 0.8]);
  model.frame({ full: true, epoch: epochs, step: 100 * epochs }, { steps, epochs: rows });
  await nextFrame();
  await vi.advanceTimersByTimeAsync(200);
}

const legend = () => view.field("Curves shown");
const chips = () => [...legend().querySelectorAll<HTMLButtonElement>(".nnw-chip")];
const chip = (label: string) => chips().find(({ textContent }) => textContent === label) as HTMLButtonElement;
const plot = () => view.field("Loss over epochs");
const reading = () =>
  [...view.root.querySelectorAll(".nnw-reading > *")].map(({ textContent }) => textContent);
const wholeRun = () =>
  [...view.root.querySelectorAll("button")].find(({ textContent }) => textContent === "whole run");

async function press(key: string, more: KeyboardEventInit = {}): Promise<void> {
  plot().dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  await nextFrame();
}

async function point(kind: string, share: number): Promise<void> {
  const clientX = LEFT + share * PLOT;
  plot().dispatchEvent(new PointerEvent(kind, { clientX, bubbles: true, pointerId: 1 }));
  await nextFrame();
}

const dashesOf = () =>
  chips()
    .slice(1)
    .map((each) => [
      each.textContent,
      each.querySelector("path")?.getAttribute("stroke-dasharray") ?? "solid",
    ]);

describe("pinning", () => {
  it("is asked for once something has been trained", async () => {
    expect(view.button("Pin this run").disabled).toBe(true);
    await train(2);
    view.button("Pin this run").click();
    expect(model.sentOf("pin")).toEqual([{ type: "pin", name: null }]);
  });

  it("shows a chip for each run, by what Python says of it", async () => {
    await showPins([pin("run 1", [0.7]), pin("run 2", [0.6])], ["lr 0.03", "adam \u00b7 4-4"]);
    expect(chips().map(({ textContent }) => textContent)).toEqual(["train", "lr 0.03", "adam \u00b7 4-4"]);
    model.update("_legend", ["run 1", "adam"]);
    await nextFrame();
    expect(chip("run 1").title).toBe("run 1");
    expect(chip("adam").title).toBe("run 2: adam");
  });

  it("keeps the dashes of a run while others come and go", async () => {
    await showPins(["a", "b", "c"].map((name) => pin(name, [0.7])));
    const before = dashesOf();
    expect(new Set(before.map(([, dash]) => dash)).size).toBe(3);
    await showPins(["b", "c", "d"].map((name) => pin(name, [0.7])));
    expect(dashesOf().slice(0, 2)).toEqual(before.slice(1));
    expect(dashesOf()[2]?.[1]).toBe(before[0]?.[1]);
  });

  it("hides and shows a run in this view alone, and takes it off for all", async () => {
    await train(3);
    await showPins([pin("run 1", [0.7, 0.6, 0.5])], ["lr 0.03"]);
    await press("End");
    expect(reading()).toContain("lr 0.030.500");
    chip("lr 0.03").click();
    await nextFrame();
    expect(chip("lr 0.03").getAttribute("aria-pressed")).toBe("false");
    await press("End");
    expect(reading()).toEqual(["epoch 3", "train0.267", "test0.900"]);
    // Another run with its name is another run.
    await showPins([]);
    await showPins([pin("run 1", [0.7])], ["lr 0.03"]);
    expect(chip("lr 0.03").getAttribute("aria-pressed")).toBe("true");
    view.button("Take off lr 0.03").click();
    view.button("Take off lr 0.03").focus();
    expect(model.sentOf("unpin")).toEqual([{ type: "unpin", name: "run 1" }]);
    await showPins([]);
    expect(document.activeElement).toBe(chip("train"));
  });

  it("names the test set as long as there is something of it to be shown", async () => {
    const labels = () => chips().map(({ textContent }) => textContent);
    const tested = pin("run 1", [0.7]);
    expect(labels()).toEqual(["train"]);
    await train(2);
    expect(labels()).toEqual(["train", "test"]);
    model.frame({ full: true, epoch: 0, step: 0 });
    await nextFrame();
    expect(labels()).toEqual(["train"]);
    await showPins([tested]);
    expect(labels()).toEqual(["train", "run 1"]);
    await showPins([{ ...tested, rows: new DataView(new Float32Array([1, 0.7, 0.5, 0.9, 0.5]).buffer) }]);
    expect(labels()).toEqual(["train", "test", "run 1"]);
  });
});

describe("the numbers at an epoch", () => {
  beforeEach(async () => {
    await train(4);
    await showPins([pin("run 1", [0.9, 0.8, 0.7, 0.6, 0.5, 0.4])], ["lr 0.03"]);
  });

  it("are read with the keyboard, and spoken", async () => {
    await press("ArrowLeft");
    expect(reading()[0]).toBe("epoch 6");
    expect(plot().getAttribute("aria-valuetext")).toBe("epoch 6, train \u2013, pinned: train, lr 0.03 0.400");
    await press("Home");
    expect(plot().getAttribute("aria-valuetext")).toBe(
      "epoch 1, train 0.800, test 0.900, pinned: train, lr 0.03 0.900",
    );
    await press("ArrowRight");
    await press("ArrowRight");
    expect(reading()).toEqual(["epoch 3", "train0.267", "test0.900", "pinned: train", "lr 0.030.700"]);
    expect(plot().getAttribute("aria-valuenow")).toBe("3");
    await press("ArrowRight", { shiftKey: true });
    expect(reading()[0]).toBe("epoch 6");
    plot().dispatchEvent(new FocusEvent("blur"));
    await nextFrame();
    expect(reading()).toEqual([]);
  });

  it("follow the pointer, and go with it", async () => {
    await point("pointermove", 0.21);
    expect(reading()).toEqual(["epoch 2", "train0.400", "test0.900", "pinned: train", "lr 0.030.800"]);
    await point("pointerleave", 0);
    expect(reading()).toEqual([]);
  });

  it("are no longer there when the run begins again", async () => {
    await point("pointermove", 0.39);
    await showPins([]);
    model.frame({ full: true, epoch: 0, step: 0 });
    await nextFrame();
    await vi.advanceTimersByTimeAsync(200);
    expect(reading()).toEqual([]);
  });

  it("are those of batches where they are drawn", async () => {
    view.button("Curve options").click();
    await nextFrame();
    view.field("Train per: step").click();
    await nextFrame();
    await press("Home");
    expect(reading().slice(0, 2)).toEqual(["epoch 1, step 100", "train0.800"]);
  });

  it("say which epoch they are of beside a step, and whether those of pinned runs are of train or test", async () => {
    const run = (name: string) => pin(name, [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]);
    await showPins([run("run 1"), run("run 2")]);
    view.button("Curve options").click();
    await nextFrame();
    view.field("Train per: step").click();
    model.frame({ epoch: 4, step: 425 }, { steps: [[425, 0.15, 0.1, 0.2, 0.7, 0.6, 0.8]] });
    await nextFrame();
    await vi.advanceTimersByTimeAsync(200);
    await press("End");
    await press("ArrowLeft");
    await press("ArrowLeft");
    expect(reading()).toEqual([
      ...["epoch 4.25, step 425", "train0.150", "test, epoch 40.900"],
      ...["pinned: train, epoch 4", "run 10.600", "run 20.600"],
    ]);
    chip("train").click();
    await nextFrame();
    await press("ArrowRight");
    await press("ArrowLeft");
    expect(reading()[2]).toBe("pinned: test, epoch 4");
    expect(plot().getAttribute("aria-valuetext")).toContain("pinned: test, epoch 4, run 1 ");
  });
});

describe("zoom", () => {
  beforeEach(() => train(10));
  const ticks = async () => {
    await press("Home");
    return reading()[0];
  };

  it("takes a range by dragging, for both charts, and lets go by a double click", async () => {
    expect(wholeRun()).toBeUndefined();
    await point("pointerdown", 0.3);
    await point("pointermove", 0.6);
    await point("pointerup", 0.6);
    expect(wholeRun()).toBeDefined();
    plot().dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
    await nextFrame();
    expect(wholeRun()).toBeUndefined();
  });

  it("is not begun by a click", async () => {
    await point("pointerdown", 0.3);
    await point("pointerup", 0.305);
    expect(wholeRun()).toBeUndefined();
  });

  it("works with keys", async () => {
    await press("+");
    expect(wholeRun()).toBeDefined();
    await press("-");
    expect(wholeRun()).toBeUndefined();
    await press("+");
    await press("+");
    expect(await ticks()).toBe("epoch 1"); // the range follows
    await press("0");
    expect(wholeRun()).toBeUndefined();
    await press("+");
    wholeRun()?.focus();
    wholeRun()?.click();
    await nextFrame();
    expect(wholeRun()).toBeUndefined();
    expect(document.activeElement?.textContent).toBe("log"); // the keyboard goes on beside it
  });

  it("ends with the run", async () => {
    await press("+");
    model.frame({ full: true, epoch: 0, step: 0 });
    await nextFrame();
    await vi.advanceTimersByTimeAsync(200);
    expect(wholeRun()).toBeUndefined();
  });
});

describe("how curves are drawn", () => {
  it("is chosen with buttons that say what they are", async () => {
    const log = view.button("Log loss axis");
    log.click();
    await nextFrame();
    expect(log.getAttribute("aria-pressed")).toBe("true");
    chip("train").click();
    await nextFrame();
    expect(chip("train").getAttribute("aria-pressed")).toBe("false");
    expect(model.sent.every(({ type }) => ["look", "request_full", "ack"].includes(type))).toBe(true);
  });

  it("has more behind a button, which Escape closes", async () => {
    const button = view.button("Curve options");
    button.click();
    await nextFrame();
    expect(button.getAttribute("aria-expanded")).toBe("true");
    view.field("Smoothing: 0.9").click();
    await nextFrame();
    expect(view.field<HTMLInputElement>("Smoothing: 0.9").checked).toBe(true);
    view
      .field("Smoothing: 0.9")
      .dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    await nextFrame();
    expect(button.getAttribute("aria-expanded")).toBe("false");
    expect(document.activeElement).toBe(button);
  });

  it("redraws for what was chosen without waiting for training", async () => {
    await train(3);
    const canvas = view.root.querySelector(".nnw-chart-canvas canvas") as HTMLCanvasElement;
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    const draw = vi.fn();
    context.fillText = draw;
    view.button("Log loss axis").click();
    await nextFrame();
    expect(draw.mock.calls.map(([text]) => text)).toContain("0.1");
  });
});

describe("a file of the curves", () => {
  it("is asked of Python, and only the page that asked gets it", async () => {
    const links: [string, string][] = [];
    let blob: Blob | null = null;
    vi.spyOn(URL, "createObjectURL").mockImplementation((made) => {
      blob = made as Blob;
      return "blob:curves";
    });
    vi.spyOn(URL, "revokeObjectURL").mockImplementation(() => undefined);
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
      links.push([this.download, this.href]);
    });
    view.button("Curve options").click();
    await nextFrame();
    view.button("Download CSV per step").click();
    const [asked] = model.sentOf("export");
    expect(asked?.per).toBe("step");
    model.receive({ type: "csv", ask: "of another page", text: "no" });
    expect(links).toEqual([]);
    model.receive({ type: "csv", ask: asked?.ask ?? "", text: "run,step\n" });
    expect(links).toEqual([["circles-steps.csv", "blob:curves"]]);
    expect(await (blob as Blob | null)?.text()).toBe("run,step\n");
    model.receive({ type: "csv", ask: asked?.ask ?? "", text: "again" });
    expect(links).toHaveLength(1);
  });
});
