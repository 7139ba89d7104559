// What was measured to be wrong with a run: in the callout, and at the neurons.
import { describe, expect, it } from "vitest";
import type { FindingTrait } from "../../src/generated/protocol";
import { model, nextFrame, useTrainer, view } from "../view";

useTrainer();

const finding = (changes: Partial<FindingTrait> = {}): FindingTrait => ({
  kind: "saturated",
  title: "2 saturated neurons in hidden layer 1:",
  text: "|tanh| is above 0.975 for at least 92 % of the training points, so they hardly learn.",
  advice: "Smaller initial weights may help.",
  neurons: [
    [0, 0],
    [0, 1],
  ],
  epoch: null,
  class_: null,
  ...changes,
});
const overfitting = finding({
  kind: "overfitting",
  title: "Overfitting since epoch 1,040:",
  neurons: [],
  epoch: 1040,
});
const diverged = finding({ kind: "diverged", title: "Diverged at step 7:", neurons: [], epoch: 6 });

async function find(...findings: FindingTrait[]): Promise<Element> {
  model.update("_diagnosis", findings);
  await nextFrame();
  const callout = view.root.querySelector(".nnw-diag");
  if (!callout) throw new Error("there is no callout");
  return callout;
}

async function press(callout: Element, text: string): Promise<void> {
  const button = [...callout.querySelectorAll("button")].find((each) => each.textContent === text);
  if (!button) throw new Error(`there is no "${text}"`);
  button.click();
  await nextFrame();
}

const said = (role: string) => view.text(`.nnw-diag [role=${role}]`);
const marked = () =>
  [...view.root.querySelectorAll(".nnw-tile")].flatMap((tile) =>
    tile.querySelector(".nnw-icon") ? [tile.getAttribute("aria-label")] : [],
  );
const shown = () => view.text(".nnw-out .nnw-yields");

describe("findings", () => {
  it("are one sentence, and a place that is kept where there is none", async () => {
    const callout = await find(finding());
    expect(callout.textContent).toContain("2 saturated neurons in hidden layer 1: |tanh| is above 0.975");
    expect(callout.textContent).toContain("Smaller initial weights may help.");
    expect(said("status")).toContain("2 saturated neurons");
    expect(said("alert")).toBe("");
    expect(callout.textContent).not.toContain(" of 1");
    expect(view.root.querySelector(".nnw-status button")).toBeNull();
    expect((await find()).textContent).toBe("");
  });

  it("show one neuron after the other on the large map, then the network again", async () => {
    const callout = await find(finding());
    const network = shown();
    const names = ["Hidden 1, neuron 1", "Hidden 1, neuron 2", network, "Hidden 1, neuron 1"];
    for (const name of names) {
      await press(callout, "Show neurons");
      expect(shown()).toBe(name);
    }
  });

  it("mark their neurons, which say so, and no others", async () => {
    await find(finding({ neurons: [[0, 1]] }));
    expect(marked()).toEqual(["Hidden 1, neuron 2"]);
    expect(view.button("Hidden 1, neuron 2").getAttribute("aria-description")).toBe(
      "2 saturated neurons in hidden layer 1",
    );
    await find();
    expect(marked()).toEqual([]);
    expect(view.button("Hidden 1, neuron 2").hasAttribute("aria-description")).toBe(false);
  });

  it("hand the keyboard over to the view when they go, and with them their buttons", async () => {
    for (const button of ["Go to epoch 1,040", "1 of 2"]) {
      const callout = await find(overfitting, finding());
      const [pressed] = [...callout.querySelectorAll("button")].filter(
        ({ textContent }) => textContent === button,
      );
      pressed?.focus();
      expect(document.activeElement).toBe(pressed);
      await find();
      expect(document.activeElement).toBe(view.root);
    }
    const callout = await find(overfitting);
    callout.querySelector("button")?.focus();
    model.update("status", "closed");
    await nextFrame();
    expect(document.activeElement).toBe(view.root);
  });

  it("lead back to an epoch", async () => {
    await press(await find(overfitting), "Go to epoch 1,040");
    expect(model.sent.at(-1)).toEqual({ type: "rewind", epoch: 1040 });
  });

  it("come one at a time, and from the first again when others are found", async () => {
    let callout = await find(overfitting, finding());
    const next = async () => {
      view.root.querySelector<HTMLButtonElement>(".nnw-diag-next")?.click();
      await nextFrame();
    };
    expect(callout.textContent).toContain("1 of 2");
    expect(callout.textContent).toContain("Overfitting");
    await next();
    expect(view.text(".nnw-diag")).toContain("saturated");
    expect(view.text(".nnw-diag")).toContain("2 of 2");
    await find(overfitting, finding({ text: "measured anew." }));
    expect(view.text(".nnw-diag")).toContain("measured anew.");
    await next();
    expect(view.text(".nnw-diag")).toContain("Overfitting");
    await next();
    callout = await find(finding({ kind: "dead", title: "Dead:" }), overfitting);
    expect(callout.textContent).toContain("Dead:");
  });

  it("interrupt only where the run has ended by it", async () => {
    const callout = await find(diverged);
    expect(said("alert")).toContain("Diverged at step 7:");
    expect(said("status")).toBe("");
    expect(callout.classList).toContain("nnw-diag--diverged");
    await press(callout, "Go to epoch 6");
    expect(model.sent.at(-1)).toEqual({ type: "rewind", epoch: 6 });
  });

  it("wait for what Python has to say", async () => {
    model.update("_message", { kind: "info", title: "Compiling:", text: "now.", detail: null, action: null });
    expect((await find(overfitting)).textContent).toBe("Compiling: now.");
    model.update("_message", null);
    await nextFrame();
    expect(view.text(".nnw-diag")).toContain("Overfitting");
  });

  it("are cut to the room there is while the run goes on, so that nothing moves", async () => {
    model.update("status", "running");
    await find(overfitting);
    const brief = () => view.root.querySelector(".nnw-diag[data-brief]");
    expect(brief()?.querySelector("p")?.title).toContain("Smaller initial weights");
    model.update("status", "paused");
    await nextFrame();
    expect(brief()).toBeNull();
  });

  it("are announced with their titles only while the run goes on, since their numbers change each second", async () => {
    const live = () => view.root.querySelector(".nnw-diag p span")?.getAttribute("aria-live");
    model.update("status", "running");
    await find(overfitting);
    expect(live()).toBe("off");
    model.update("status", "paused");
    await nextFrame();
    expect(live()).toBeNull();
  });

  it("are announced: the regions are there before what they say", async () => {
    const regions = () => [...view.root.querySelectorAll(".nnw-diag > [role]")];
    const before = regions();
    expect(before.map((region) => region.getAttribute("role"))).toEqual(["status", "alert"]);
    await find(overfitting, finding());
    await find(diverged);
    model.update("_message", { kind: "info", title: "Compiling:", text: "now.", detail: null, action: null });
    model.receive({ type: "failed", command: "Rewind", message: "no" });
    await nextFrame();
    expect(view.text(".nnw-diag [role=alert]")).toContain("Rewind did not work: no");
    regions().forEach((region, index) => {
      expect(region).toBe(before[index]);
    });
  });
});
