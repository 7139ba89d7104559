import { describe, expect, it, vi } from "vitest";
import { readFrame } from "../../src/model/frames";
import { defaultTraits, makeFrame, type Rows } from "../fake-model";
import { model, nextFrame, useTrainer, view } from "../view";

useTrainer();

const FINEST = 32767;
const space = (layer: number, coordinates: number, shares: number[] = []): NonNullable<Rows["inside"]> => {
  const part = (name: string) => `space${layer}_${name}`;
  const places = (count: number) =>
    new Int16Array(count * coordinates).map((_, index) => (index % 2 ? -FINEST : FINEST));
  return [
    [part("train"), [2, coordinates], places(2)],
    [part("test"), [1, coordinates], places(1)],
    [part("grid"), [2, 3, coordinates], places(6)],
    [part("planes"), [1, coordinates + 1], new Float32Array(coordinates + 1).fill(1)],
    [part("shares"), [shares.length], new Float32Array(shares)],
    [part("scale"), [1], new Float32Array([2])],
  ];
};
const open = async (inside: Rows["inside"] = space(0, 2)) => {
  model.frame({ status: "paused" }, { inside: inside ?? [] });
  const door = [...view.root.querySelectorAll<HTMLButtonElement>("button")].find(
    (button) => button.textContent === "Hidden space",
  );
  door?.click();
  await nextFrame();
  return view.root.querySelector<HTMLElement>('[data-panel="space"]') as HTMLElement;
};
const wants = () => model.sentOf("look").at(-1)?.wants;
const picture = () => view.root.querySelector<HTMLCanvasElement>(".nnw-space canvas") as HTMLCanvasElement;

it("reads shares of one scale, and what is no number", () => {
  const inside = space(3, 2);
  const [, , train] = inside[0] as (typeof inside)[number];
  train[0] = -32768;
  const found = readFrame(...makeFrame(defaultTraits(), {}, { inside })).inside.spaces;
  expect([...found.keys()]).toEqual([3]);
  const known = found.get(3);
  expect([known?.coordinates, known?.stops]).toEqual([2, 3]);
  expect([...(known?.train ?? [])]).toEqual([Number.NaN, -2, 2, -2]);
});

describe("the panel", () => {
  it("asks for the space only while it is open", async () => {
    expect(wants()).toEqual([]);
    await open();
    expect(wants()).toEqual(["space0"]);
    await open();
    expect(wants()).toEqual([]);
  });

  it("says what its axes and its line are", async () => {
    const panel = await open();
    expect(picture().getAttribute("aria-label")).toBe("The samples in neuron 1, neuron 2 of Hidden 1");
    expect(panel.textContent).toContain("where the network decides");
    expect(picture().tabIndex).toBe(-1);
  });

  it("names principal components with their shares, and is turned by keys", async () => {
    const { _network: network } = defaultTraits();
    const layers = network.layers.map((layer, index) => (index ? layer : { ...layer, units: 4 }));
    model.update("_network", { ...network, layers });
    // Before there are figures it says what they will be: nothing moves when they come.
    const words = (await open([])).querySelector(".nnw-space-words")?.textContent;
    expect(words).toContain("principal components of 4 neurons");
    await open();
    const panel = await open(space(0, 3, [0.75, 0.2, 0.05]));
    expect(panel.querySelector(".nnw-space-words")?.textContent).toBe(words);
    expect(picture().getAttribute("aria-label")).toContain("PC 1 (75.0");
    const link = panel.querySelector("button.nnw-btn--text") as HTMLButtonElement;
    link.click();
    await nextFrame();
    expect(panel.textContent).toContain("Turn aslant");
    picture().dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
    await nextFrame();
    expect(panel.textContent).toContain("Face two axes");
  });

  it("is drawn ten times a second at most, whatever the shares", async () => {
    await open(space(0, 3, [0.75, 0.2, 0.05]));
    await vi.advanceTimersByTimeAsync(200);
    const context = picture().getContext("2d") as CanvasRenderingContext2D;
    const cleared = vi.fn();
    context.clearRect = cleared;
    const from = performance.now();
    for (let step = 1; step <= 6; step++) {
      const inside = space(0, 3, [0.75 - step / 100, 0.2, 0.05 + step / 100]);
      model.frame({ status: "running", step }, { inside });
      await nextFrame();
    }
    // Each drawing clears it twice.
    expect(cleared.mock.calls.length).toBeLessThanOrEqual(2 * (1 + (performance.now() - from) / 100));
    await vi.advanceTimersByTimeAsync(200);
    expect(picture().getAttribute("aria-label")).toContain("PC 1 (69.0");
  });

  it("shows the layer that is chosen, of those that there are", async () => {
    const network = model.get("_network");
    const [hidden, output] = network.layers as [never, never];
    const deep = {
      ...network,
      version: 9,
      layers: [hidden, { ...(hidden as object), name: "Hidden 2" }, output],
    };
    model.update("_network", deep as never);
    const panel = await open(space(1, 2));
    const second = panel.querySelector<HTMLInputElement>('[aria-label="Layer: 2"]');
    second?.click();
    await nextFrame();
    expect(wants()).toEqual(["space1"]);
    model.update("_network", { ...network, version: 10 } as never);
    model.frame({ status: "paused" });
    await nextFrame();
    expect(wants()).toEqual(["space0"]);
  });

  it("offers no more layers than Python makes spaces of", async () => {
    const network = model.get("_network");
    const [hidden, output] = network.layers as [never, never];
    model.update("_network", { ...network, version: 9, layers: [...Array(10).fill(hidden), output] });
    const panel = await open(space(0, 2));
    expect(panel.querySelectorAll('[aria-label^="Layer: "]')).toHaveLength(8);
  });

  it("says that without a hidden layer there is none", async () => {
    const network = model.get("_network");
    model.update("_network", { ...network, version: 9, layers: network.layers.slice(1) });
    const panel = await open([]);
    await nextFrame();
    expect(panel.textContent).toContain("There is no hidden layer");
  });
});
