// Settings that belong to a layer, a class or an epoch: what the controls send, and what they show of a cell's.
import { describe, expect, it } from "vitest";
import { defaultTraits } from "../fake-model";
import { model, nextFrame, type, useTrainer, view } from "../view";

useTrainer();

const settings = () => model.sentOf("set").map(({ name, value }) => [name, value]);
const select = (label: string) => view.field<HTMLSelectElement>(label);
const LAYER = defaultTraits()._network.layers[0];
const OUTPUT = defaultTraits()._network.layers[1];

async function choose(label: string, value: string): Promise<void> {
  type(select(label), value, "change");
  await nextFrame();
}

async function twoLayers(): Promise<void> {
  if (!LAYER || !OUTPUT) throw new Error("the fake model has no layers");
  model.update("hidden_layers", [2, 2]);
  const network = defaultTraits()._network;
  model.update("_network", { ...network, layers: [LAYER, { ...LAYER, name: "Hidden 2" }, OUTPUT] });
  await nextFrame();
}

describe("layers", () => {
  it("have an activation each, and one for all where they are alike", async () => {
    await twoLayers();
    await choose("Activation of Hidden 2", "relu");
    expect(settings()).toEqual([["activation", ["tanh", "relu"]]]);
    model.update("activation", ["tanh", "relu"]);
    await nextFrame();
    expect([select("Activation of Hidden 1").value, select("Activation of Hidden 2").value]).toEqual([
      "tanh",
      "relu",
    ]);
    await choose("Activation of Hidden 1", "relu");
    expect(settings().at(-1)).toEqual(["activation", "relu"]);
  });

  it("have a dropout each, or one for all", async () => {
    await twoLayers();
    type(view.field("Dropout probability"), "0.2", "input", "change");
    await nextFrame();
    expect(settings()).toEqual([["dropout", 0.2]]);
    model.update("dropout", 0.2);
    await choose("Dropout of", "1");
    type(view.field("Dropout probability"), "0.5", "input", "change");
    await nextFrame();
    expect(settings().at(-1)).toEqual(["dropout", [0.2, 0.5]]);
    model.update("dropout", [0.2, 0.5]);
    await nextFrame();
    expect(view.field("Dropout probability").value).toBe("0.5");
    await choose("Dropout of", "0");
    expect(view.field("Dropout probability").value).toBe("0.2");
  });
});

describe("stopping", () => {
  it("begins with a usual number, and takes another", async () => {
    await choose("Stop", "patience");
    expect(settings()).toEqual([["stop_when", { patience: 20 }]]);
    type(view.field("Stop patience"), "7", "input", "change");
    await nextFrame();
    expect(settings().at(-1)).toEqual(["stop_when", { patience: 7 }]);
    await choose("Stop", "never");
    expect(settings().at(-1)).toEqual(["stop_when", {}]);
  });

  it("names the conditions that a cell has combined", async () => {
    model.update("stop_when", { epoch: 50, loss: 0.1 });
    await nextFrame();
    expect(select("Stop").selectedOptions[0]?.textContent).toBe("epoch, loss");
    expect(select("Stop").parentElement?.parentElement?.textContent).toContain("50, 0.1");
  });
});

describe("the schedule", () => {
  it("begins with its usual numbers, takes others, and says the rate of the picture", async () => {
    await choose("Schedule", "step");
    expect(settings()).toEqual([["schedule", { name: "step", step_size: 30, gamma: 0.5 }]]);
    type(view.field("Schedule times"), "0.1", "input", "change");
    await nextFrame();
    expect(settings().at(-1)).toEqual(["schedule", { name: "step", step_size: 30, gamma: 0.1 }]);
    model.frame({ number: 1, learning_rate: 0.025 });
    await nextFrame();
    expect(view.text(".nnw-hyper")).toContain("now 0.025");
    model.frame({ number: 2, learning_rate: 0.0000025 });
    await nextFrame();
    expect(view.text(".nnw-hyper")).toContain("now 2.5\u00b710\u207b\u2076");
    await choose("Schedule", "constant");
    expect(settings().at(-1)).toEqual(["schedule", {}]);
    expect(view.text(".nnw-hyper")).not.toContain("now");
  });
});

describe("data", () => {
  const data = defaultTraits()._data;

  it("have their number of classes where that can be chosen", async () => {
    expect(view.field("Classes").disabled).toBe(true);
    const choices = defaultTraits()._choices;
    const rings = { ...choices.datasets[0], name: "rings", label: "rings", classes: [2, 3, 8] };
    model.update("_choices", { ...choices, datasets: [rings as (typeof choices.datasets)[0]] });
    model.update("_data", { ...data, name: "rings", class_names: ["0", "1", "2"] });
    model.update("n_classes", 3);
    await nextFrame();
    expect(view.field("Classes").value).toBe("3");
    type(view.field("Classes"), "5", "input", "change");
    await nextFrame();
    expect(settings()).toEqual([["n_classes", 5]]);
  });

  it("with more than two classes have a legend of them", async () => {
    expect(view.root.querySelector(".nnw-classes")).toBeNull();
    model.update("_network", { ...defaultTraits()._network, output: "logits", outputs: 3 });
    model.update("_data", { ...data, class_names: ["cat", "dog", "ape"] });
    await nextFrame();
    expect([...view.root.querySelectorAll(".nnw-classes li")].map(({ textContent }) => textContent)).toEqual([
      "cat",
      "dog",
      "ape",
    ]);
    expect(view.text(".nnw-stage")).toContain("softmax");
  });

  it("with values to predict have a range of them, and neither accuracy nor misclassified points", async () => {
    model.update("_network", { ...defaultTraits()._network, output: "value" });
    model.update("_data", { ...data, class_names: [], value_range: [-2, 6] });
    await nextFrame();
    expect(view.text(".nnw-ramp")).toBe("prediction\u2212226");
    expect(view.text(".nnw-curves")).not.toContain("Accuracy");
    expect(view.text(".nnw-points")).not.toContain("misclassified");
    expect(view.root.querySelectorAll(".nnw-metrics .nnw-absent").length).toBeGreaterThan(1);
  });
});
