import { describe, expect, it, vi } from "vitest";
import { model, nextFrame, useTrainer, view } from "../view";

useTrainer();

const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => [index + 1, 1 / (index + 1), 1, Number.NaN, Number.NaN]);
const scrubber = () => view.field<HTMLInputElement>("Epoch shown");
const title = () => view.text(".nnw-time .nnw-titlerow .nnw-2nd");
const proceed = () => view.root.querySelector<HTMLButtonElement>(".nnw-btn--line");
const pill = () => view.text(".nnw-time-number");
const asked = () => model.sentOf("preview").map(({ epoch }) => epoch);

function drag(epoch: number): void {
  scrubber().value = String(epoch);
  scrubber().dispatchEvent(new Event("input", { bubbles: true }));
}
const press = (key: string) => scrubber().dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));

async function show(header: Parameters<typeof model.frame>[0], epochs = 20): Promise<void> {
  model.frame({ full: true, step: 100, ...header }, { epochs: rows(epochs) });
  await nextFrame();
  await vi.advanceTimersByTimeAsync(200);
}

describe("the timeline", () => {
  it("is there before there is a run, and cannot be moved", () => {
    expect(scrubber().disabled).toBe(true);
    expect(title()).toBe("no epoch yet");
    expect(pill()).toBe("");
    expect(proceed()?.disabled).toBe(true);
  });

  it("stands at the end of the run", async () => {
    await show({ epoch: 20, loss: 0.25 });
    expect([scrubber().min, scrubber().max, scrubber().value]).toEqual(["0", "20", "20"]);
    expect(scrubber().getAttribute("aria-valuetext")).toBe("epoch 20 of 20, train loss 0.250");
    expect([title(), pill()]).toEqual(["20 epochs", "20"]);
    expect(proceed()?.disabled).toBe(true);
  });

  it("shows an epoch as a preview, from which one can continue", async () => {
    await show({ epoch: 20, loss: 0.25 });
    drag(7);
    await nextFrame();
    expect(asked()).toEqual([7]);
    expect(scrubber().getAttribute("aria-valuetext")).toBe("epoch 7 of 20");
    expect(view.text(".nnw-status")).toBe("preview");
    model.frame({ preview: true, epoch: 7, loss: 0.5 });
    await nextFrame();
    expect(title()).toBe("showing epoch 7 of 20, the model is at epoch 20");
    expect(scrubber().getAttribute("aria-valuetext")).toBe("epoch 7 of 20, train loss 0.500");
    expect(view.text(".nnw-epoch b")).toBe("7");
    proceed()?.click();
    expect(model.sentOf("rewind")).toEqual([{ type: "rewind", epoch: 7 }]);
    await show({ epoch: 7 });
    expect(title()).toBe("at epoch 7 of 20");
    expect(view.text(".nnw-status")).toBe("idle");
    expect(proceed()?.disabled).toBe(true);
  });

  it("draws what came after the epoch that is shown fainter", async () => {
    await show({ epoch: 20 });
    const widths = [];
    for (const epoch of [20, 5]) {
      drag(epoch);
      await nextFrame();
      widths.push(Number(view.root.querySelector(".nnw-time-past")?.getAttribute("width")));
    }
    expect(widths[1]).toBeCloseTo(1 + ((widths[0] as number) - 1) / 4, 3);
  });

  it("continues with Enter and leaves the preview with Escape", async () => {
    await show({ epoch: 20 });
    press("Enter");
    expect(model.sentOf("rewind")).toEqual([]);
    drag(7);
    model.frame({ preview: true, epoch: 7 });
    await nextFrame();
    press("Escape");
    expect(asked()).toEqual([7, null]);
    model.frame({ epoch: 20 });
    drag(6);
    model.frame({ preview: true, epoch: 6 });
    await nextFrame();
    press("Enter");
    expect(model.sentOf("rewind")).toEqual([{ type: "rewind", epoch: 6 }]);
  });

  it("goes no further than the run has come", async () => {
    await show({ epoch: 12, status: "running", run_target_epoch: 40 }, 12);
    expect(scrubber().max).toBe("40");
    drag(30);
    expect(scrubber().value).toBe("12");
    expect(asked()).toEqual([]);
  });

  it("pauses a run that it is pressed in", async () => {
    await show({ epoch: 20, status: "running" });
    expect(title()).toBe("running");
    scrubber().dispatchEvent(new Event("pointerdown", { bubbles: true }));
    expect(model.sentOf("pause")).toHaveLength(1);
    drag(4);
    expect(asked()).toEqual([4]);
  });

  it("can only be read where Python takes the way back off the screen", async () => {
    model.update("controls", ["play"]);
    await show({ epoch: 20 });
    expect(scrubber().disabled).toBe(true);
    expect(proceed()).toBeNull();
  });
});
