import { describe, expect, it, vi } from "vitest";
import { observers, setOnScreen } from "../dom";
import { defaultTraits, fakeModel, makeFrame } from "../fake-model";
import { model, nextFrame, start, trainer, useTrainer, view } from "../view";

useTrainer();

const acks = () => model.sentOf("ack").map((ack) => ack.number);

describe("the first look", () => {
  it("announces the view and asks for everything", () => {
    expect(model.sentOf("look")[0]).toMatchObject({
      visible: true,
      focus: null,
      map_size: 72,
      tile_size: 24,
    });
    expect(model.sentOf("request_full")).toHaveLength(1);
  });

  it("shows what the traits say before any frame has come", () => {
    expect(view.text(".nnw-epoch b")).toBe("0");
    expect(view.text(".nnw-metrics tbody tr")).toContain("0.700");
    expect(view.text(".nnw-status")).toBe("idle");
  });
});

describe("drawing", () => {
  it("draws only the newest of the frames that came since the last picture, and says so", async () => {
    const drawn: number[] = [];
    view.root.addEventListener("nnw:drawn", (event) => {
      drawn.push((event as CustomEvent<{ number: number; script: number }>).detail.number);
    });
    model.frame({ full: true, epoch: 1 });
    model.frame({ epoch: 2 });
    model.frame({ epoch: 3, step: 250, loss: 0.25, accuracy: 0.971 });
    expect(drawn).toEqual([]);
    await nextFrame();
    expect(drawn).toEqual([3]);
    expect(acks()).toEqual([3]);
    expect(view.root.dataset).toMatchObject({ frame: "3", epoch: "3", status: "idle" });
    expect(view.text(".nnw-epoch")).toBe("epoch3step 250");
    expect(view.text(".nnw-metrics tbody tr")).toBe("train0.25097.1\u2009%");
  });

  it("says what a frame cost with its acknowledgement", async () => {
    model.frame({ full: true });
    await nextFrame();
    const [ack] = model.sentOf("ack");
    expect(ack?.drawn).toBeGreaterThanOrEqual(0);
    expect(ack?.held).toBeGreaterThanOrEqual(0);
  });

  it("draws nothing that nobody sees, and the newest as soon as somebody does", async () => {
    setOnScreen(false);
    expect(model.sentOf("look").at(-1)?.visible).toBe(false);
    model.frame({ full: true });
    view.button("Hidden 1, neuron 2").dispatchEvent(new Event("pointerenter"));
    await nextFrame();
    expect(acks()).toEqual([]);
    setOnScreen(true);
    await nextFrame();
    expect(acks()).toEqual([1]);
  });

  it("acknowledges a frame once, however often it is drawn again", async () => {
    model.frame({ full: true });
    await nextFrame();
    view.button("Hidden 1, neuron 2").dispatchEvent(new Event("pointerenter"));
    await nextFrame();
    expect(acks()).toEqual([1]);
  });
});

describe("a neuron that is pointed at", () => {
  it("is reported, explained in the footline, and shown in the output zone", async () => {
    model.frame({ full: true });
    await nextFrame();
    view.button("Hidden 1, neuron 2").dispatchEvent(new Event("pointerenter"));
    await nextFrame();
    expect(model.sentOf("look").at(-1)?.focus).toEqual([0, 1]);
    expect(view.text(".nnw-readout")).toContain("tanh(2.00");
    expect(view.text(".nnw-out .nnw-titlerow")).toContain("Hidden 1, neuron 2");
    view.button("Hidden 1, neuron 1").dispatchEvent(new Event("pointerenter"));
    await nextFrame();
    expect(view.text(".nnw-readout")).toContain("tanh(0.50");
    view.button("Hidden 1, neuron 1").dispatchEvent(new Event("pointerleave"));
    await nextFrame();
    expect(model.sentOf("look").at(-1)?.focus).toBeNull();
    expect(view.text(".nnw-legend")).toContain("width = |weight|");
  });

  it("asks for no map of the output neuron: the decision map is its map", async () => {
    model.frame({ full: true });
    await nextFrame();
    view.button("Output neuron").dispatchEvent(new Event("pointerenter"));
    await nextFrame();
    expect(model.sentOf("look").at(-1)?.focus).toBeNull();
    expect(view.text(".nnw-readout")).toContain("Output neuron");
    expect(view.text(".nnw-out .nnw-titlerow")).toContain("decision map");
  });
});

describe("without a kernel", () => {
  it("shows the snapshot, says disconnected, disables the controls, and still explains", async () => {
    const traits = defaultTraits();
    const [header, buffer] = makeFrame(traits, { full: true, epoch: 12, status: "paused" });
    const saved = fakeModel({ status: "paused", _snapshot: { ...header, buffer } });
    saved.send = () => {};
    const alone = start(saved);
    const page = await alone.open();
    expect(page.text(".nnw-epoch b")).toBe("12");
    await vi.advanceTimersByTimeAsync(5000);
    expect(page.text(".nnw-status")).toBe("disconnected");
    expect(page.root.dataset.status).toBe("disconnected");
    expect(page.text(".nnw-diag")).toContain("No kernel is connected: this is the last picture.");
    expect(page.button("Go to what is said")).toBeTruthy();
    for (const name of ["Play", "Reset", "Step batch", "Step epoch"]) {
      expect(page.button(name).disabled, name).toBe(true);
    }
    expect(page.field("Noise").disabled).toBe(true);
    page.button("Hidden 1, neuron 1").dispatchEvent(new Event("pointerenter"));
    await nextFrame();
    expect(page.text(".nnw-readout")).toContain("tanh(0.50");
    alone.end.abort();
  });
});

describe("two views of one trainer", () => {
  it("draw the same frames, acknowledged once for both", async () => {
    const second = await trainer.open();
    model.frame({ full: true, epoch: 5 });
    await nextFrame();
    expect(view.text(".nnw-epoch b")).toBe("5");
    expect(second.text(".nnw-epoch b")).toBe("5");
    expect(acks()).toEqual([1]);
  });

  it("are closed one by one", async () => {
    const second = await trainer.open();
    second.close.abort();
    expect(document.querySelectorAll(".nnw")).toHaveLength(1);
    const [, name] = model.sentOf("look").map((look) => look.view);
    expect(model.sentOf("leave")).toEqual([{ type: "leave", view: name }]);
    model.frame({ full: true });
    await nextFrame();
    expect(acks()).toEqual([1]);
  });
});

it("leaves nothing behind when the trainer is closed", async () => {
  model.frame({ full: true });
  await nextFrame();
  expect(observers.intersection.size).toBe(1);
  expect(observers.size.size).toBe(4);
  trainer.end.abort();
  const count = model.sent.length;
  expect(document.querySelector(".nnw")).toBeNull();
  expect(model.listeners()).toBe(0);
  expect(observers.intersection.size).toBe(0);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(observers.size.size).toBe(0);
  expect(model.sent).toHaveLength(count);
});
