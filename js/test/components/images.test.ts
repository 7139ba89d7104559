import { describe, expect, it, vi } from "vitest";
import type { ImageFrameHeader } from "../../src/generated/protocol";
import { imageModel, nextFrame, type, useImageTrainer, view } from "../view";

useImageTrainer();

const THIN = "\u2009";
const progress = () => view.root.querySelector<HTMLElement>(".nnw-progress") as HTMLElement;
const lines = () =>
  [...progress().querySelectorAll(".nnw-progress-line > *")].map((each) => each.textContent);
const gaps = () => progress().querySelectorAll("u").length;
const epoch = () => [view.text(".nnw-epoch-line b"), view.text(".nnw-epoch-sub")];
const live: Partial<ImageFrameHeader> = {
  ...{ epoch: 4, batch: 412, step: 4164, run_target_epoch: 8, steps_per_second: 1373 },
  status: "running",
};
const NOTHING = Number.NaN;

async function frame(...values: Parameters<typeof imageModel.frame>): Promise<void> {
  imageModel.frame(...values);
  await nextFrame();
}

describe("progress", () => {
  it("says how far a run is, and when it ends", async () => {
    await frame({ full: true, ...live });
    expect(lines()).toEqual(["batch 412 of 938", "2 s left", `55${THIN}% of the run`, "1,373 batches/s"]);
    expect(epoch()).toEqual(["5", "of 8"]);
    expect(gaps()).toBe(7);
    expect(progress().getAttribute("aria-valuenow")).toBe("55");
    const track = progress().querySelector<HTMLElement>(".nnw-progress-track");
    expect(Number(track?.style.getPropertyValue("--done"))).toBeCloseTo((4 + 412 / 938) / 8);
  });

  it("has only batch and pace where no end is planned", async () => {
    await frame({ full: true, ...live, run_target_epoch: null });
    expect(lines()).toEqual(["batch 412 of 938", "", "", "1,373 batches/s"]);
    expect(epoch()).toEqual(["5", ""]);
    expect(gaps()).toBe(0);
    expect(progress().hasAttribute("aria-valuenow")).toBe(false);
    expect(progress().querySelector("s")).toBeNull();
  });

  it("shows what Play would do before the first step, and all of it at the end", async () => {
    expect(lines()).toEqual(["batch 0 of 938", "", `0${THIN}% of the run`, ""]);
    expect(view.text(".nnw-status")).toBe("idle");
    expect(epoch()).toEqual(["0", "of 8"]);
    imageModel.update("epochs", 20);
    await nextFrame();
    expect(epoch()).toEqual(["0", "of 20"]);
    await frame({ full: true, status: "idle", epoch: 20, batch: 938, step: 18_760 });
    expect(lines()).toEqual(["batch 938 of 938", "", `100${THIN}% of the run`, ""]);
    expect(view.text(".nnw-status")).toBe("done");
    expect(epoch()).toEqual(["20", "of 20"]);
  });

  it("counts the epoch that is under way, also while it is paused", async () => {
    await frame({ full: true, ...live, batch: 938, epoch: 4 });
    expect(epoch()[0]).toBe("5");
    await frame({ full: true, ...live, status: "paused", steps_per_second: null, run_target_epoch: null });
    expect(epoch()).toEqual(["5", "of 8"]);
    expect(lines()).toEqual(["batch 412 of 938", "", `55${THIN}% of the run`, ""]);
  });

  it("stands where other trainers have their speed", () => {
    expect(view.root.querySelector(".nnw-speed")).toBeNull();
  });
});

describe("while a run goes on", () => {
  const names = ["Reset", "Step batch", "Step epoch"];
  const press = (key: string) =>
    view.root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

  it("it can be paused, but not reset or stepped", async () => {
    expect(names.map((name) => view.button(name).disabled)).toEqual([false, false, false]);
    await frame({ full: true, ...live });
    expect(names.map((name) => view.button(name).disabled)).toEqual([true, true, true]);
    press("r");
    press("ArrowRight");
    expect(imageModel.sentOf("reset")).toEqual([]);
    expect(imageModel.sentOf("step")).toEqual([]);
    press(" ");
    expect(imageModel.sentOf("pause")).toHaveLength(1);
    await frame({ full: true, ...live, status: "paused" });
    press("r");
    expect(imageModel.sentOf("reset")).toHaveLength(1);
  });

  it("the timeline's handle stands within an epoch, and what is to come after it", async () => {
    const steps = [1, 938, 1876, 2814, 3752, 4164].map((step) => [step, 1 / step, 0, 1, 0.5, 0, 1]);
    await frame({ full: true, ...live }, { steps, epochs: [[4, NOTHING, NOTHING, 0.5, 0.8]] });
    vi.advanceTimersByTime(200);
    await nextFrame();
    expect(view.text(".nnw-time .nnw-yields")).toBe("live, in epoch 5 of 8");
    expect(view.text(".nnw-time-number")).toBe("4.44");
    expect(view.root.querySelector(".nnw-time-future")).not.toBeNull();
    expect(view.field("Epoch shown").getAttribute("max")).toBe("8");
    expect(view.root.querySelector(".nnw-time-line")?.getAttribute("d")).toMatch(/^M/);
    await frame(
      { full: true, ...live, status: "paused" },
      { steps, epochs: [[4, NOTHING, NOTHING, 0.5, 0.8]] },
    );
    expect(view.text(".nnw-time .nnw-yields")).toBe("in epoch 5 of 8");
    await frame(
      { full: true, status: "idle", epoch: 4, batch: 938, step: 3752 },
      { steps: steps.slice(0, 5), epochs: [[4, NOTHING, NOTHING, 0.5, 0.8]] },
    );
    expect(view.text(".nnw-time .nnw-yields")).toBe("4 epochs");
    expect(view.text(".nnw-time-number")).toBe("4");
  });
});

describe("hyperparameters", () => {
  const sent = () => imageModel.sentOf("set").map(({ name, value }) => [name, value]);
  const open = async () => {
    const more = [...view.root.querySelectorAll<HTMLElement>(".nnw-hyper button")].find(
      ({ textContent }) => textContent === "More",
    );
    more?.click();
    await nextFrame();
  };

  it("show what is changed most often, and the rest behind one button", async () => {
    const labels = () =>
      [...view.root.querySelectorAll(".nnw-hyper .nnw-form > :is(label, .nnw-label)")].map(
        ({ textContent }) => textContent,
      );
    expect(labels()).toEqual(["Optimizer", "Learning rate", "Batch size", "Device"]);
    await open();
    expect(labels()).toContain("Epochs");
    expect(labels()).toContain("Hidden layers");
  });

  it("say where the network is, which is no choice", async () => {
    const chosen = () => view.root.querySelector("[aria-label=Device] [data-chosen]")?.textContent;
    expect(chosen()).toBe("CPU");
    imageModel.update("device_name", "cuda");
    await nextFrame();
    expect(chosen()).toBe("GPU");
    expect(view.field("Device: CPU").matches(":disabled")).toBe(true);
  });

  it("set the epochs of a run, or none", async () => {
    await open();
    type(view.field("Epochs of a run"), "12", "input", "change");
    await nextFrame();
    view.field("Run ends: no end").click();
    await nextFrame();
    view.field("Run ends: after").click();
    await nextFrame();
    expect(sent()).toEqual([
      ["epochs", 12],
      ["epochs", null],
      ["epochs", 12],
    ]);
  });

  it("take hidden layers as text", async () => {
    await open();
    const field = () => view.field("Units of hidden layers");
    expect(field().value).toBe("64, 64");
    type(field(), "128 32", "input", "change");
    await nextFrame();
    expect(sent()).toEqual([["hidden_layers", [128, 32]]]);
    type(field(), "many", "input", "change");
    await nextFrame();
    expect(sent()).toHaveLength(1);
    expect(field().getAttribute("aria-invalid")).toBe("true");
    type(field(), "", "input", "change");
    await nextFrame();
    expect(sent().at(-1)).toEqual(["hidden_layers", []]);
  });

  it("leave the network alone that is the reader's own", async () => {
    await open();
    imageModel.update("_network", { ...imageModel.get("_network"), editable: false });
    await nextFrame();
    expect(view.root.querySelector("[aria-label='Units of hidden layers']")).toBeNull();
    expect(view.field("Dropout probability").matches(":disabled")).toBe(true);
  });

  it("are gone where no control of theirs is to be there", async () => {
    imageModel.update("controls", ["play", "epochs"]);
    await nextFrame();
    expect(view.root.querySelector(".nnw-hyper")).not.toBeNull();
    imageModel.update("controls", ["play"]);
    await nextFrame();
    expect(view.root.querySelector(".nnw-hyper")).toBeNull();
  });
});

describe("the keys", () => {
  it("are those of what there is: nothing has a pace to choose", async () => {
    const press = (key: string) =>
      view.root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    press("h");
    await nextFrame();
    expect(view.text(".nnw-keys")).toContain("one batch");
    expect(view.text(".nnw-keys")).not.toContain("faster");
    expect(view.text(".nnw-keys")).toContain("look at an image");
    imageModel.update("controls", ["play"]);
    await nextFrame();
    expect(view.text(".nnw-keys")).not.toContain("look at an image");
    press("]");
    await nextFrame();
    expect(imageModel.sentOf("set")).toEqual([]);
  });
});

describe("the menu", () => {
  it("has no lessons where there are none", async () => {
    view.button("More").click();
    await nextFrame();
    const menu = view.root.querySelector("[role=menu]");
    expect(menu?.textContent).not.toContain("Lessons");
    expect(menu?.textContent).toContain("Configuration…");
  });
});

describe("a view", () => {
  it("says what has to be known of the data", async () => {
    expect(view.root.querySelector(".nnw-notice")).toBeNull();
    imageModel.update("_data", { ...imageModel.get("_data"), version: 2, notice: "A tenth of the data." });
    await frame({ full: true, data_version: 2 });
    expect(view.text(".nnw-notice")).toBe("A tenth of the data.");
  });

  it("says what is on screen", async () => {
    await nextFrame();
    const { wants } = imageModel.sentOf("look").at(-1) as { wants: string[] };
    expect(wants).toEqual(expect.arrayContaining(["grid", "matrix", "way"]));
  });

  it("leaves out what Python leaves out", async () => {
    imageModel.update("panels", ["images", "curves"]);
    await nextFrame();
    expect(view.root.querySelector(".nnw-curves")).not.toBeNull();
    expect(view.root.querySelector(".nnw-time")).toBeNull();
    const { wants } = imageModel.sentOf("look").at(-1) as { wants: string[] };
    expect(wants).toEqual(["grid"]);
  });
});
