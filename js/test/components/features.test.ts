// What the network is given: how it is chosen, and how the stage, the formulas and the tips call it.
import { describe, expect, it } from "vitest";
import type { DataTrait } from "../../src/generated/protocol";
import { defaultTraits } from "../fake-model";
import { model, nextFrame, type, useTrainer, view } from "../view";

useTrainer();

const settings = () => model.sentOf("set").map(({ name, value }) => [name, value]);
const chooser = () => view.root.querySelector<HTMLButtonElement>(".nnw-choose") as HTMLButtonElement;
const panel = () => view.root.querySelector<HTMLElement>('section[aria-label="Features"]');
const toggle = (name: string) => {
  const found = panel()?.querySelector<HTMLButtonElement>(`[aria-label="${name}"]`);
  if (!found) throw new Error(`there is no toggle for ${name}`);
  return found;
};
const pressed = (button: HTMLElement) => button.getAttribute("aria-pressed");
const focused = () => document.activeElement?.getAttribute("aria-label");

async function press(element: HTMLElement): Promise<void> {
  element.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, composed: true }));
  element.click();
  await nextFrame();
}

async function pressEscape(): Promise<void> {
  document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  await nextFrame();
}

/** Python's answer to a choice: other inputs, and weights for them. */
async function give(changes: Partial<DataTrait>): Promise<void> {
  const data = { ...defaultTraits()._data, ...changes, version: 2 };
  const network = defaultTraits()._network;
  const columns = data.inputs.length;
  const weights = 2 * columns;
  const [hidden, output] = network.layers;
  if (!hidden || !output) throw new Error("the fake model has no layers");
  model.update("features", data.inputs);
  model.update("_data", data);
  model.update("_network", {
    ...network,
    layers: [{ ...hidden, weight: [0, 2, columns], bias: [weights, 2] }, output],
  });
  model.frame({ full: true });
  await nextFrame();
}

describe("the panel of features", () => {
  it("takes clicks that come before what they change is drawn", async () => {
    await press(chooser());
    toggle("x1*x2").click();
    toggle("x2").click();
    toggle("x1").click();
    toggle("x1*x2").click(); // the last one stays
    await nextFrame();
    expect(settings().at(-1)).toEqual(["features", ["x1*x2"]]);
  });

  it("opens at the word over the input, and closes at it again", async () => {
    expect(chooser().textContent).toContain("2 features");
    expect([panel(), chooser().getAttribute("aria-expanded")]).toEqual([null, "false"]);
    await press(chooser());
    expect(chooser().getAttribute("aria-expanded")).toBe("true");
    expect(panel()?.id).toBe(chooser().getAttribute("aria-controls"));
    expect([...(panel()?.querySelectorAll("button") ?? [])].map(pressed)).toEqual(["true", "true", "false"]);
    await press(chooser());
    expect(panel()).toBeNull();
  });

  it("takes the focus, and gives it back with Escape", async () => {
    chooser().focus();
    await press(chooser());
    expect(focused()).toBe("x1");
    await pressEscape();
    expect(panel()).toBeNull();
    expect(focused()).toBe("Input: 2 features");
    // The same from the word itself, which keeps the focus.
    await press(chooser());
    chooser().focus();
    await pressEscape();
    expect([panel(), focused()]).toEqual([null, "Input: 2 features"]);
    // With nothing left to close, the key leaves the widget.
    await pressEscape();
    expect(document.activeElement).toBe(document.body);
  });

  it("closes when something else is pressed or takes the focus, and stays for what is in it", async () => {
    await press(chooser());
    await press(panel()?.querySelector("input") as HTMLInputElement);
    expect(panel()).not.toBeNull();
    await press(document.body);
    expect(panel()).toBeNull();
    await press(chooser());
    toggle("x2").focus();
    expect(panel()).not.toBeNull();
    view.button("Output neuron").focus();
    await nextFrame();
    expect(panel()).toBeNull();
  });

  it("sends what is chosen, in the order in which it is offered", async () => {
    await press(chooser());
    await press(toggle("x2"));
    expect(settings()).toEqual([["features", ["x1"]]]);
    expect(pressed(toggle("x2"))).toBe("false");
    await press(toggle("x1*x2"));
    expect(settings().at(-1)).toEqual(["features", ["x1", "x1*x2"]]);
    await press(toggle("x2"));
    expect(settings().at(-1)).toEqual(["features", ["x1", "x2", "x1*x2"]]);
  });

  it("leaves the network at least one input, and says why", async () => {
    await press(chooser());
    expect(toggle("x1").title).toBe("x1");
    await press(toggle("x2"));
    expect(toggle("x1").disabled).toBe(true);
    expect(toggle("x1").title).toContain("at least one input");
    expect(toggle("x2").disabled).toBe(false);
  });

  it("shows why Python refused, open or closed", async () => {
    await press(chooser());
    await press(toggle("x1*x2"));
    model.receive({ type: "refused", name: "features", message: "your module takes 2" });
    await nextFrame();
    expect(panel()?.querySelector("[role=alert]")?.textContent).toBe("your module takes 2");
    expect(pressed(toggle("x1*x2"))).toBe("false");
    await press(chooser());
    expect(view.root.querySelectorAll(".nnw-error")).toHaveLength(1);
    expect(view.text(".nnw-error")).toBe("your module takes 2");
  });

  it("has the switch that standardises, which is said at the input", async () => {
    expect(view.text(".nnw-stage")).not.toContain("standardised");
    await press(chooser());
    const box = panel()?.querySelector("input") as HTMLInputElement;
    expect(box.labels?.[0]?.textContent).toContain("mean 0, standard deviation 1 over the training set");
    box.checked = true;
    box.dispatchEvent(new Event("change", { bubbles: true }));
    await nextFrame();
    expect(settings()).toEqual([["standardise", true]]);
    model.update("standardise", true);
    await nextFrame();
    expect(view.text(".nnw-standardised")).toBe("standardised");
    expect(chooser().getAttribute("aria-label")).toBe("Input: 2 features, standardised");
  });

  it("stays for a dense module of the user's, and there is none for other modules", async () => {
    const network = defaultTraits()._network;
    model.update("_network", { ...network, editable: false });
    await nextFrame();
    expect(chooser().disabled).toBe(false);
    model.update("_network", { ...network, kind: "module" });
    await nextFrame();
    expect(chooser()).toBeNull();
    expect(view.text(".nnw-stage")).toContain("Input");
  });

  it("cannot be used when nobody is there to answer", async () => {
    await press(chooser());
    model.receive({ type: "here" });
    model.update("status", "closed");
    await nextFrame();
    expect([chooser().disabled, toggle("x2").disabled]).toEqual([true, true]);
    expect(panel()?.querySelector("input")?.disabled).toBe(true);
  });
});

describe("the inputs", () => {
  const inputs = () =>
    [...view.root.querySelectorAll<HTMLElement>('.nnw-tile[role="img"]')].map((tile) =>
      tile.getAttribute("aria-label"),
    );
  const labels = () =>
    [...view.root.querySelectorAll<HTMLElement>(".nnw-input-label")].map((label) => [
      label.textContent,
      label.title,
    ]);

  it("have a tile and a label each", async () => {
    expect(inputs()).toEqual(["Input x1", "Input x2"]);
    await give({ inputs: ["x2", "x1*x2", "x1"] });
    expect(inputs()).toEqual(["Input x2", "Input x1*x2", "Input x1"]);
    expect(labels()).toEqual([
      ["x2", "x2"],
      ["x1x2", "x1*x2"],
      ["x1", "x1"],
    ]);
    expect(chooser().textContent).toContain("3 features");
    await give({ inputs: ["x1"] });
    expect(chooser().textContent).toContain("1 feature");
    expect(inputs()).toEqual(["Input x1"]);
  });

  it("are called as their columns are where those have names", async () => {
    await give({ feature_names: ["petal length (cm)", "petal width (cm)"] });
    expect(inputs()).toEqual(["Input petal length (cm)", "Input petal width (cm)"]);
    expect(labels()[1]).toEqual(["x2", "petal width (cm)"]);
    await press(chooser());
    expect(toggle("petal width (cm)").textContent).toBe("x2petal width (cm)");
    expect(toggle("x1*x2").textContent).toBe("x1x2");
  });

  it("keep their titles where labels have no room", async () => {
    const [feature] = defaultTraits()._data.features;
    if (!feature) throw new Error("the fake model has no features");
    const features = Array.from({ length: 30 }, (_, index) => ({ ...feature, name: `x${index + 1}` }));
    await give({ features, inputs: features.map(({ name }) => name) });
    expect([inputs().length, labels().length]).toEqual([30, 0]);
    expect(view.field("Input x30").title).toBe("x30");
  });

  it("have their names in formulas and at weights", async () => {
    await give({ inputs: ["x2", "x1*x2"] });
    view.button("Hidden 1, neuron 1").dispatchEvent(new Event("pointerenter"));
    await nextFrame();
    expect(view.text(".nnw-readout").replaceAll("\u2009", "")).toContain("tanh(0.50x2 \u2212 1.25x1x2");
    view.button("Hidden 1, neuron 1").dispatchEvent(new Event("pointerleave"));
    await nextFrame();
    const stage = view.root.querySelector(".nnw-stage") as HTMLElement;
    for (let y = 44; y < 320 && !view.root.querySelector(".nnw-tip"); y += 4) {
      stage.dispatchEvent(new PointerEvent("pointermove", { clientX: 84, clientY: y, bubbles: true }));
      await nextFrame();
    }
    expect(view.text(".nnw-readout")).toMatch(/^Weightx₂ → Hidden 1\.\d: w = /);
  });

  it("and weights may disagree for a moment", async () => {
    // Data of three inputs, a network that still has two.
    model.frame({ full: true });
    model.update("_data", { ...defaultTraits()._data, inputs: ["x1", "x2", "x1*x2"] });
    await nextFrame();
    expect(inputs()).toHaveLength(3);
    const stage = view.root.querySelector(".nnw-stage") as HTMLElement;
    for (let y = 44; y < 320; y += 4) {
      stage.dispatchEvent(new PointerEvent("pointermove", { clientX: 84, clientY: y, bubbles: true }));
      await nextFrame();
      if (view.text(".nnw-readout").includes("x₁x₂")) break;
    }
    // There is no such weight, and that of another neuron is not shown for it.
    expect(view.text(".nnw-readout")).toMatch(/x₁x₂ → Hidden 1\.1: w = \u2013$/);
  });
});

describe("the axes", () => {
  const IRIS = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"];
  const select = (label: string) => view.field<HTMLSelectElement>(label);

  async function iris(): Promise<void> {
    model.update("axes", [2, 3]);
    await give({ feature_names: IRIS, medians: [5.8, 3, 4.35, 1.3], axes: [2, 3] });
  }
  async function choose(label: string, column: number): Promise<void> {
    type(select(label), String(column), "change");
    await nextFrame();
  }

  it("are named over the map, without a choice where there are only two columns", async () => {
    const names = () => [...view.root.querySelectorAll(".nnw-axis-name")].map((name) => name.textContent);
    expect(names()).toEqual(["x2", "x1"]);
    expect(view.root.querySelector(".nnw-axis-names select")).toBeNull();
    expect(view.text(".nnw-plot")).not.toContain("median");
    await give({ feature_names: ["age", "weight"], axes: [1, 0] });
    expect(names()).toEqual(["age", "weight"]);
  });

  it("are chosen among the columns", async () => {
    await iris();
    expect([select("Horizontal axis").value, select("Vertical axis").value]).toEqual(["2", "3"]);
    expect([...select("Vertical axis").options].map(({ text }) => text)).toEqual(IRIS);
    await choose("Horizontal axis", 0);
    expect(settings()).toEqual([["axes", [0, 3]]]);
    await choose("Vertical axis", 1);
    expect(settings().at(-1)).toEqual(["axes", [0, 1]]);
  });

  it("change places when one is to be what the other is", async () => {
    await iris();
    await choose("Horizontal axis", 3);
    expect(settings()).toEqual([["axes", [3, 2]]]);
    model.update("axes", [3, 2]);
    await choose("Vertical axis", 3);
    expect(settings().at(-1)).toEqual(["axes", [2, 3]]);
  });

  it("say where the plane lies in the other columns", async () => {
    await iris();
    expect(view.text(".nnw-axis-held")).toBe("others at their median");
    const title = view.root.querySelector<HTMLElement>(".nnw-axis-held")?.title;
    expect(title).toBe("sepal length (cm) = 5.8\nsepal width (cm) = 3");
  });

  it("are refused in one place, and fixed when nobody answers", async () => {
    await iris();
    model.receive({ type: "refused", name: "axes", message: "there are 4 columns" });
    await nextFrame();
    expect(view.root.querySelectorAll(".nnw-plot [role=alert]")).toHaveLength(1);
    model.update("status", "closed");
    await nextFrame();
    expect(select("Horizontal axis").disabled).toBe(true);
  });
});
