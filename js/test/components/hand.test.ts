// Weights under the reader's hand: dragged, typed, frozen, put back, by pointer and by keyboard alone.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ANSWER_MS, WANTED_MS } from "../../src/components/hand";
import { layoutNetwork } from "../../src/draw/layout";
import { defaultTraits } from "../fake-model";
import { model, nextFrame, type, useTrainer, view } from "../view";

useTrainer();
beforeEach(async () => {
  model.frame({ full: true });
  await nextFrame();
});

const stage = () => view.root.querySelector(".nnw-stage") as HTMLElement;
const dialog = () => view.root.querySelector<HTMLElement>("[role=dialog].nnw-weights");
const edits = () => model.sentOf("edit");
/** The dialog of one weight is called as its field is. */
const field = (label: string) => {
  const found = dialog()?.querySelector<HTMLInputElement>(`input[aria-label="${label}"]`);
  if (!found) throw new Error(`there is no field "${label}"`);
  return found;
};
const tip = () => view.text(".nnw-tip");

/** As the view lays out two inputs, two neurons and the output in the typical width. */
const geometry = layoutNetwork({
  ...{ inputs: 2, layers: defaultTraits()._network.layers, width: 516, plot: 276, head: 44 },
  ...{ tile: 48, inputTile: 40, labelWidth: 22, inputMiddle: 40 },
});
const edge = (layer: number, from: number, to: number) => {
  const found = geometry.edges.find((one) => one.layer === layer && one.from === from && one.to === to);
  if (!found) throw new Error("there is no such edge");
  // Near its end, where no other is as near.
  return { x: found.x1 - 12, y: found.y1 };
};
const bias = (layer: number, unit: number) => {
  const node = geometry.nodes[layer]?.[unit];
  if (!node) throw new Error("there is no such neuron");
  return { x: node.x, y: node.y + node.size / 2 + 6 };
};

async function pointer(kind: string, { x, y }: { x: number; y: number }, more: PointerEventInit = {}) {
  const place = { clientX: x, clientY: y, bubbles: true, cancelable: true };
  stage().dispatchEvent(new PointerEvent(`pointer${kind}`, { ...place, pointerId: 1, button: 0, ...more }));
  await vi.advanceTimersByTimeAsync(0);
}
async function drag(from: { x: number; y: number }, dx: number, dy: number, more: PointerEventInit = {}) {
  await pointer("down", from, more);
  await pointer("move", { x: from.x + dx, y: from.y + dy }, more);
}
async function click(at: { x: number; y: number }) {
  await pointer("down", at);
  await pointer("up", at);
}
function key(target: Element, name: string, more: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...more });
  target.dispatchEvent(event);
  return event;
}

describe("dragging", () => {
  it("changes a weight: what is wanted is on screen at once, and sent", async () => {
    await drag(edge(2, 1, 0), 0, -50);
    expect(tip()).toBe("−1.5000");
    expect(view.text(".nnw-readout")).toContain("Hidden 1.2 → Output: w = −1.5000");
    expect(edits()).toEqual([
      {
        type: "edit",
        network_version: 1,
        layer: 1,
        unit: 0,
        input: 1,
        value: -1.5,
        gesture: expect.any(Number),
      },
    ]);
  });

  it("sends the newest value only, once the picture of the last one is there", async () => {
    const start = edge(2, 1, 0);
    await drag(start, 0, -50);
    await nextFrame();
    for (const dy of [-60, -70, -80]) await pointer("move", { x: start.x, y: start.y + dy });
    await nextFrame();
    expect(edits()).toHaveLength(1);
    model.frame();
    await nextFrame();
    expect(edits().map(({ value }) => value)).toEqual([-1.5, -0.9]);
    await pointer("move", { x: start.x, y: start.y - 90 });
    await vi.advanceTimersByTimeAsync(ANSWER_MS);
    await nextFrame();
    expect(edits().map(({ value }) => value)).toEqual([-1.5, -0.9, -0.7]);
    await pointer("move", { x: start.x, y: start.y - 100 });
    await pointer("up", { x: start.x, y: start.y - 100 });
    expect(edits().map(({ value }) => value)).toEqual([-1.5, -0.9, -0.7, -0.5]);
    expect(new Set(edits().map(({ gesture }) => gesture)).size).toBe(1);
    expect(dialog()).toBeNull();
  });

  it("then shows Python's answer", async () => {
    await drag(edge(2, 1, 0), 25, 0);
    expect(tip()).toBe("−2.0000");
    await pointer("up", edge(2, 1, 0));
    model.frame();
    await nextFrame();
    expect(tip()).toBe("−2.0000");
    await vi.advanceTimersByTimeAsync(WANTED_MS);
    expect(tip()).toBe("−2.5000");
  });

  it("shows what training makes of it as soon as a frame has it", async () => {
    await drag(edge(2, 1, 0), 25, 0);
    await pointer("up", edge(2, 1, 0));
    const [{ gesture, value }] = edits() as [ReturnType<typeof edits>[0]];
    model.frame({ status: "running" }); // was under way
    await nextFrame();
    model.receive({ type: "edited", gesture, value: value - 1 }); // a value of the drag before the last
    model.frame({ status: "running" });
    model.receive({ type: "edited", gesture, value });
    await nextFrame();
    expect(tip()).toBe("−2.0000");
    model.frame({ status: "running" });
    await nextFrame();
    expect(tip()).toBe("−2.5000");
  });

  it("says which network it was begun on, and ends with that", async () => {
    const at = edge(2, 1, 0);
    await drag(at, 0, -25);
    await pointer("move", { x: at.x, y: at.y - 50 });
    model.frame({ network_version: 2 });
    model.update("_network", { ...defaultTraits()._network, version: 2 });
    await pointer("move", { x: at.x, y: at.y - 75 });
    await pointer("up", at);
    await nextFrame();
    expect(edits().map((edit) => edit.network_version)).toEqual([1, 1]);
    await drag(at, 0, -25);
    await pointer("up", at);
    await nextFrame();
    expect(edits().at(-1)?.network_version).toBe(2);
  });

  it("is finer with Shift, and each drag is a gesture of its own", async () => {
    for (const more of [{}, { shiftKey: true }]) {
      await drag(bias(1, 0), 15, 0, more);
      await pointer("up", bias(1, 0));
    }
    expect(edits().map(({ input, value }) => [input, value])).toEqual([
      [null, 0.4],
      [null, 0.13],
    ]);
    expect(edits()[0]?.gesture).not.toBe(edits()[1]?.gesture);
  });

  it("leaves alone what is not there: between the edges, and where nobody answers", async () => {
    await drag({ x: 3, y: 300 }, 0, -50);
    await pointer("up", { x: 3, y: 250 });
    model.update("status", "closed");
    await nextFrame();
    await drag(edge(2, 1, 0), 0, -50);
    await nextFrame();
    await click(bias(1, 0));
    expect(edits()).toEqual([]);
    expect(dialog()).toBeNull();
  });

  it("leaves the past alone", async () => {
    model.frame({ preview: true });
    await nextFrame();
    await drag(edge(2, 1, 0), 0, -50);
    await nextFrame();
    view.button("Output neuron").click();
    await nextFrame();
    expect(edits()).toEqual([]);
    expect(dialog()).toBeNull();
  });

  it("is for weights: where lines are gradients, a line can be clicked and not dragged, and looks like that", async () => {
    await pointer("move", edge(2, 1, 0));
    expect(stage().dataset.hand).toBe("weights");
    view.field("Lines: gradients").click();
    const gradients = new Float32Array(9).fill(0.5);
    model.frame({}, { inside: [["gradients", [9], gradients]] });
    await nextFrame();
    await pointer("move", edge(2, 1, 0));
    expect(stage().dataset.hand).toBe("gradients");
    await drag(edge(2, 1, 0), 0, -50);
    await pointer("up", edge(2, 1, 0));
    expect(edits()).toEqual([]);
  });

  it("is a control that a lesson can leave out", async () => {
    model.update("controls", ["play"]);
    await nextFrame();
    await drag(edge(2, 1, 0), 0, -50);
    await nextFrame();
    expect(edits()).toEqual([]);
  });
});

describe("typing", () => {
  it("opens a field where a weight is clicked, and sends what is entered", async () => {
    await click(edge(2, 1, 0));
    await nextFrame();
    expect(dialog()?.getAttribute("aria-label")).toBe("Weight, Hidden 1.2 → Output");
    const input = field("Weight, Hidden 1.2 → Output");
    expect(input.value).toBe("-2.5");
    expect(document.activeElement).toBe(input);
    type(input, "−0,75", "input");
    key(input, "Enter");
    expect(edits()).toEqual([
      {
        type: "edit",
        network_version: 1,
        layer: 1,
        unit: 0,
        input: 1,
        value: -0.75,
        gesture: expect.any(Number),
      },
    ]);
  });

  it("shows what training makes of the value as soon as a frame has it", async () => {
    await click(bias(2, 0));
    await nextFrame();
    const input = field("Bias, Output");
    key(input, "ArrowUp");
    key(input, "ArrowUp");
    const [first, second] = edits();
    if (!first || !second) throw new Error("there are two edits");
    for (const { gesture, value } of [first, second]) {
      model.frame({ status: "running" });
      await nextFrame();
      expect(input.value).toBe("0.5");
      model.receive({ type: "edited", gesture, value });
    }
    model.frame({ status: "running" });
    await nextFrame();
    expect(input.value).toBe("0.3");
  });

  it("steps with the arrow keys, finer with Shift", async () => {
    await click(bias(2, 0));
    await nextFrame();
    const input = field("Bias, Output");
    expect(input.value).toBe("0.3");
    expect(key(input, "ArrowUp").defaultPrevented).toBe(true);
    key(input, "ArrowUp");
    key(input, "ArrowDown", { shiftKey: true });
    expect(edits().map(({ value }) => value)).toEqual([0.4, 0.5, 0.49]);
  });

  it("refuses what is no number, and Escape leaves the old value", async () => {
    await click(bias(2, 0));
    await nextFrame();
    const input = field("Bias, Output");
    type(input, "x", "input");
    key(input, "Enter");
    await nextFrame();
    expect(dialog()?.querySelector("[role=alert]")?.textContent).toBe("must be a number");
    key(input, "Escape");
    await nextFrame();
    expect(dialog()).toBeNull();
    expect(edits()).toEqual([]);
  });

  it("names what leads to a neuron as the formula does, which no name of a layer has room for", async () => {
    view.button("Output neuron").click();
    await nextFrame();
    const words = [...(dialog()?.querySelectorAll(".nnw-weights-row > span:first-child") ?? [])];
    expect(words.map((word) => word.textContent).slice(0, 2)).toEqual(["h\u2081", "h\u2082"]);
  });

  it("has all weights of a neuron for the keyboard, which finds its way back", async () => {
    const tile = view.button("Hidden 1, neuron 2");
    tile.focus();
    tile.click();
    await nextFrame();
    const fields = [...(dialog()?.querySelectorAll("input") ?? [])];
    expect(fields.map((field) => [field.getAttribute("aria-label"), field.value])).toEqual([
      ["Weight, x₁ → Hidden 1.2", "2"],
      ["Weight, x₂ → Hidden 1.2", "0.75"],
      ["Bias, Hidden 1.2", "-0.2"],
    ]);
    expect(document.activeElement).toBe(fields[0]);
    key(fields[2] as Element, "Escape");
    await nextFrame();
    expect(dialog()).toBeNull();
    expect(document.activeElement).toBe(tile);
    tile.click();
    await nextFrame();
    expect(document.activeElement?.tagName).toBe("INPUT");
    // Weights of the past cannot be changed.
    model.frame({ preview: true });
    await nextFrame();
    expect(dialog()).toBeNull();
    expect(document.activeElement).toBe(tile);
  });

  it("says that a neuron has fields only where it opens them", async () => {
    const tile = view.button("Hidden 1, neuron 1");
    expect(tile.getAttribute("aria-haspopup")).toBe("dialog");
    model.update("controls", ["play"]);
    await nextFrame();
    expect(tile.hasAttribute("aria-haspopup")).toBe(false);
    tile.click();
    await nextFrame();
    expect(dialog()).toBeNull();
  });

  it("closes where one goes on elsewhere, and when the neuron is gone", async () => {
    view.button("Hidden 1, neuron 2").click();
    await nextFrame();
    view.button("Play").dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, composed: true }));
    await nextFrame();
    expect(dialog()).toBeNull();
    view.button("Hidden 1, neuron 2").click();
    await nextFrame();
    const network = defaultTraits()._network;
    const [hidden, output] = network.layers;
    if (!hidden || !output) throw new Error("there are two layers");
    const layers = [
      {
        ...hidden,
        units: 1,
        weight: [0, 1, 2] as [number, number, number],
        bias: [2, 1] as [number, number],
      },
      { ...output, weight: [3, 1, 1] as [number, number, number], bias: [4, 1] as [number, number] },
    ];
    expect(document.activeElement?.tagName).toBe("INPUT");
    model.update("_network", { ...network, version: 2, layers });
    model.frame();
    await nextFrame();
    expect(dialog()).toBeNull();
    expect(view.root.contains(document.activeElement)).toBe(true);
  });
});

describe("freezing and undoing", () => {
  it("freezes one weight, and says which are frozen", async () => {
    await click(edge(2, 1, 0));
    await nextFrame();
    const lock = () => view.button("Freeze: Weight, Hidden 1.2 → Output");
    expect(lock().getAttribute("aria-pressed")).toBe("false");
    lock().click();
    expect(model.sentOf("freeze")).toEqual([
      { type: "freeze", network_version: 1, layer: 1, unit: 0, input: 1, frozen: true },
    ]);
    model.update("_edits", { version: 1, frozen: [[7, 1]], can_undo: true });
    await nextFrame();
    expect(lock().getAttribute("aria-pressed")).toBe("true");
    lock().click();
    expect(model.sentOf("freeze")[1]?.frozen).toBe(false);
    key(lock(), "Escape");
    (document.activeElement as HTMLElement).blur();
    await pointer("move", edge(2, 1, 0));
    expect(view.text(".nnw-readout")).toContain("frozen");
    model.update("_edits", { version: 2, frozen: [[7, 1]], can_undo: true }); // of a network yet to come
    await nextFrame();
    expect(view.text(".nnw-readout")).not.toContain("frozen");
  });

  it("offers to undo where there is something to undo, and keeps the place", async () => {
    const button = view.button("Undo edit");
    expect(button.classList).toContain("nnw-absent");
    expect(key(stage(), "z", { ctrlKey: true }).defaultPrevented).toBe(false);
    expect(model.sentOf("undo_edit")).toEqual([]);
    model.update("_edits", { version: 1, frozen: [], can_undo: true });
    await nextFrame();
    expect(button.classList).not.toContain("nnw-absent");
    button.click();
    expect(key(view.button("Hidden 1, neuron 1"), "z", { ctrlKey: true }).defaultPrevented).toBe(true);
    expect(key(view.field("Noise"), "z", { ctrlKey: true }).defaultPrevented).toBe(true);
    expect(key(view.field("Lines: gradients"), "z", { ctrlKey: true }).defaultPrevented).toBe(true);
    expect(model.sentOf("undo_edit")).toHaveLength(4);
  });

  it("leaves Ctrl+Z to text that is typed, and to the drawing of data", async () => {
    model.update("_edits", { version: 1, frozen: [], can_undo: true });
    await click(bias(2, 0));
    await nextFrame();
    expect(key(field("Bias, Output"), "z", { ctrlKey: true }).defaultPrevented).toBe(false);
    expect(key(stage(), "z", { ctrlKey: true, shiftKey: true }).defaultPrevented).toBe(false);
    const draw = [...view.root.querySelectorAll<HTMLButtonElement>(".nnw-thumb")].at(-1);
    draw?.click();
    await nextFrame();
    key(stage(), "z", { ctrlKey: true });
    expect(model.sentOf("undo_edit")).toEqual([]);
  });
});
