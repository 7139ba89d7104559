// A view of a recorded run: what works without a kernel, and what says so.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FindingTrait, Traits } from "../../src/generated/protocol";
import planar from "../../src/widgets/planar";
import { defaultTraits, type FakeModel, fakeModel, makeFrame } from "../fake-model";
import { encode, type RecordedFrame } from "../recording";
import { nextFrame, type OpenView, start, useFakeBrowser } from "../view";

const traits = defaultTraits();
const rows = {
  epochs: Array.from({ length: 8 }, (_, row) => [row + 1, 1 / (row + 1), 1, Number.NaN, Number.NaN]),
};
const frames = (epochs: readonly number[]) =>
  epochs.map(
    (epoch): RecordedFrame => makeFrame(traits, { epoch, step: 100 * epoch, loss: epoch / 8 }, rows),
  );
const DEAD: FindingTrait = {
  kind: "dead",
  title: "Dead neuron:",
  text: "h₁ is always 0.",
  advice: "Try tanh.",
  neurons: [[0, 0]],
  epoch: null,
  class_: null,
};

const really = globalThis.setTimeout;
let model: FakeModel;
let view: OpenView;
let end: AbortController;

async function open(changes: Partial<Traits> = {}, epochs = [0, 1, 2, 3, 4, 5, 6, 7, 8]) {
  model = fakeModel({ _recorded: encode(frames(epochs)), speed: 10, ...changes });
  model.send = () => {
    throw new Error("there is no kernel");
  };
  const trainer = start(model, planar());
  end = trainer.end;
  view = await trainer.open();
  while (view.button("Play").disabled) {
    await new Promise((done) => really(done, 2));
    await nextFrame();
  }
}

beforeEach(useFakeBrowser);
afterEach(() => {
  end.abort();
  vi.useRealTimers();
});

const press = async (name: string) => {
  view.button(name).click();
  await nextFrame();
};
const key = async (name: string, target: HTMLElement = view.root, options: KeyboardEventInit = {}) => {
  target.dispatchEvent(
    new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...options }),
  );
  await nextFrame();
};
const note = () => view.text(".nnw-time .nnw-2nd");
const epoch = () => view.root.dataset.epoch;
const callout = () => view.root.querySelector<HTMLElement>(".nnw-diag");

describe("a view of a recorded run", () => {
  it("says what it is, where its state is told and where sentences stand", async () => {
    await open();
    expect(view.text(".nnw-status")).toBe("recorded run");
    expect(view.root.dataset.status).toBe("recorded");
    expect(view.root.querySelector<HTMLElement>(".nnw-status")?.title).toContain("no kernel is connected");
    expect(callout()?.textContent).toContain("Recorded run: no kernel is connected.");
    expect(callout()?.querySelector("[role=status]")?.textContent).toContain("run the notebook’s cells");
    expect(view.text(".nnw-time")).toContain("8 recorded epochs");
  });

  it("has what works without Python, and nothing else", async () => {
    await open();
    const off = ["Step batch", "Pin this run"];
    for (const name of ["Play", "Reset", "Step epoch"]) expect(view.button(name).disabled, name).toBe(false);
    for (const name of off) expect(view.button(name).disabled, name).toBe(true);
    expect(view.field("Speed").matches(":disabled")).toBe(false);
    expect(view.field("Epoch shown").matches(":disabled")).toBe(false);
    expect(view.field("Learning rate").matches(":disabled")).toBe(true);
  });

  it("plays, says so, and pauses by its keys", async () => {
    await open();
    await key(" ");
    expect([view.text(".nnw-status"), view.root.dataset.status]).toEqual(["replaying", "running"]);
    expect(view.text(".nnw-time")).toContain("replaying");
    expect(callout()?.textContent).toContain("Recorded run:");
    await vi.advanceTimersByTimeAsync(350);
    await key(" ");
    expect(view.text(".nnw-status")).toBe("recorded run");
    expect(epoch()).toBe("3");
    await key("ArrowRight", view.root, { shiftKey: true });
    expect(epoch()).toBe("4");
    await key("ArrowRight");
    expect(epoch()).toBe("4");
    await key("r");
    expect(epoch()).toBe("0");
    await key("]");
    await vi.advanceTimersByTimeAsync(50);
    expect(view.field("Speed").getAttribute("aria-valuetext")).toContain("30");
  });

  it("is looked back at, left by Escape, and continued from there", async () => {
    await open();
    const scrub = view.field("Epoch shown");
    scrub.value = "5";
    scrub.dispatchEvent(new Event("input", { bubbles: true }));
    await nextFrame();
    expect([epoch(), view.text(".nnw-status")]).toEqual(["5", "recorded run"]);
    expect(view.text(".nnw-time")).toContain("showing epoch 5 of 8");
    expect(view.text(".nnw-time")).not.toContain("the model");
    await key("Escape");
    expect(epoch()).toBe("8");
    await key("ArrowLeft", scrub);
    expect(epoch()).toBe("7");
    const proceed = [...view.root.querySelectorAll("button")].find((each) =>
      each.textContent?.includes("Continue from here"),
    );
    expect(proceed?.disabled).toBe(false);
    proceed?.click();
    await nextFrame();
    expect(view.text(".nnw-time")).toContain("at epoch 7 of 8");
  });

  it("goes by its keys from one epoch that there is to the next", async () => {
    await open({}, [0, 1, 2, 4, 6, 8]);
    const scrub = view.field("Epoch shown");
    await key("ArrowLeft", scrub);
    expect(epoch()).toBe("6");
    await key("ArrowLeft", scrub);
    expect(epoch()).toBe("4");
    await key("ArrowRight", scrub);
    expect(epoch()).toBe("6");
  });

  it("shows what was found at its end there only, after what it is", async () => {
    await open({ _diagnosis: [DEAD] });
    expect(callout()?.textContent).toContain("1 of 2");
    view.root.querySelector<HTMLButtonElement>(".nnw-diag-next")?.click();
    await nextFrame();
    expect(callout()?.textContent).toContain("Dead neuron:");
    const show = [...(callout()?.querySelectorAll("button") ?? [])].find((each) =>
      each.textContent?.includes("Show neuron"),
    );
    expect(show?.disabled).toBe(false);
    await press("Reset");
    expect(callout()?.textContent).not.toContain("Dead neuron:");
    expect(callout()?.textContent).toContain("Recorded run:");
  });

  it("has what only Python writes off, but for a text that is there", async () => {
    await open();
    const copying = () =>
      [...view.root.querySelectorAll<HTMLButtonElement>("[role=menuitem]")].find(
        ({ textContent }) => textContent === "Configuration…",
      )?.disabled;
    expect(view.button("PyTorch code").disabled).toBe(true);
    await press("More");
    expect(copying()).toBe(true);
    model.send = () => {};
    model.receive({ type: "text", what: "code", text: "import torch", error: null });
    await nextFrame();
    expect([view.button("PyTorch code").disabled, copying()]).toEqual([false, false]);
    model.send = () => {
      throw new Error("there is no kernel");
    };
    await key("r");
    expect([view.button("PyTorch code").disabled, copying()]).toEqual([false, true]);
  });

  it("lists the keys that work", async () => {
    await open();
    await key("h");
    const keys = view.text(".nnw-keys dl");
    expect(keys).toContain("one epoch");
    expect(keys).not.toContain("one batch");
  });

  it("whose recording cannot be used says what is wrong with it to whoever asks", async () => {
    model = fakeModel({ _recorded: new DataView(new ArrayBuffer(9)) });
    model.send = () => {
      throw new Error("there is no kernel");
    };
    const trainer = start(model, planar());
    end = trainer.end;
    view = await trainer.open();
    while (!callout()?.textContent?.includes("cannot be used")) {
      await new Promise((done) => really(done, 2));
      await nextFrame();
    }
    expect(callout()?.querySelector("details pre")?.textContent).toMatch(/\w+Error: ./);
  });

  it("says that nobody makes the next step", async () => {
    await open();
    [...view.root.querySelectorAll<HTMLElement>(".nnw-unfold")]
      .find(({ textContent }) => textContent === "One step")
      ?.click();
    await nextFrame();
    expect(view.text(".nnw-onestep")).toContain("no kernel is connected");
  });

  it("is the live run again as soon as Python answers", async () => {
    await open();
    await press("Reset");
    model.send = () => {};
    model.receive({ type: "here" } as never);
    model.frame({ full: true, epoch: 8, step: 800, number: 99 }, rows);
    await nextFrame();
    expect([view.text(".nnw-status"), epoch()]).toEqual(["idle", "8"]);
    expect(callout()?.textContent).not.toContain("Recorded run:");
    expect(view.field("Learning rate").matches(":disabled")).toBe(false);
    expect(note()).toBe("8 epochs");
  });
});
