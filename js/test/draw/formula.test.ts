import { describe, expect, it } from "vitest";
import { type FormulaLayer, labelParts, neuronFormula } from "../../src/draw/formula";

const LAYERS: FormulaLayer[] = [
  { units: 4, activation: "tanh", weight: [0, 4, 2], bias: [8, 4] },
  { units: 3, activation: "linear", weight: [12, 3, 4], bias: [24, 3] },
  { units: 1, activation: "sigmoid", weight: [27, 1, 3], bias: null },
];
const PARAMETERS = new Float32Array(30);
PARAMETERS.set([0.34, 3, -1, 2], 0);
PARAMETERS.set([1.21, 0], 8);
// The second neuron of the second layer.
PARAMETERS.set([-0.56, 1.69, 2.05, -2.07], 16);
PARAMETERS.set([0, 2.49], 24);
PARAMETERS.set([1, -1, 0.5], 27);

const INPUTS = ["x₁", "x₂"];
const written = (layer: number, unit: number, maxTerms = 9, inputs = INPUTS) =>
  neuronFormula(LAYERS, PARAMETERS, layer, unit, maxTerms, inputs)
    .map(({ text }) => text)
    .join("")
    .replaceAll("\u2009", "");

describe("neuronFormula", () => {
  it("is what the neuron computes", () => {
    expect(written(1, 0)).toBe("h = tanh(0.34x1 + 3.00x2 + 1.21)");
    expect(written(1, 1)).toBe("h = tanh(\u22121.00x1 + 2.00x2 + 0.00)");
    expect(written(3, 0)).toBe("p = sigmoid(1.00h1 \u2212 1.00h2 + 0.50h3)");
  });

  it("has no brackets without an activation", () => {
    expect(written(2, 1)).toBe("h = \u22120.56h1 + 1.69h2 + 2.05h3 \u2212 2.07h4 + 2.49");
  });

  it("keeps the largest terms in their order, and the bias", () => {
    expect(written(2, 1, 2)).toBe("h = 2.05h3 \u2212 2.07h4 + \u2026 + 2.49");
    expect(written(2, 1, 3)).toBe("h = 1.69h2 + 2.05h3 \u2212 2.07h4 + \u2026 + 2.49");
    expect(written(2, 1, 4)).not.toContain("\u2026");
  });

  it("marks numbers by sign, variables and indices", () => {
    const parts = neuronFormula(LAYERS, PARAMETERS, 1, 1, 9, INPUTS);
    const of = (kind: string) => parts.filter((part) => part.kind === kind).map(({ text }) => text);
    expect(of("neg")).toEqual(["\u22121.00"]);
    expect(of("pos")).toEqual(["2.00", "0.00"]);
    expect(of("var")).toEqual(["h", "x", "x"]);
    expect(of("sub")).toEqual(["1", "2"]);
  });

  it("calls the inputs what they are called, and a long name by its beginning", () => {
    expect(written(1, 0, 9, ["x₁x₂", "sin x₁"])).toBe("h = tanh(0.34x1x2 + 3.00sin x1 + 1.21)");
    expect(written(1, 0, 9, ["distance_to_centre", "r"])).toBe("h = tanh(0.34distance_to_c… + 3.00r + 1.21)");
    // Only the first layer has inputs.
    expect(written(2, 1, 1, ["r"])).toBe("h = \u22122.07h4 + … + 2.49");
  });

  it("numbers inputs that are not known yet", () => {
    expect(written(1, 0, 9, ["r"])).toBe("h = tanh(0.34r + 3.00x2 + 1.21)");
  });

  it("is empty for a layer that is not there", () => {
    expect(neuronFormula(LAYERS, PARAMETERS, 7, 0, 9, INPUTS)).toEqual([]);
  });
});

describe("labelParts", () => {
  const parts = (label: string) => labelParts(label).map(({ kind, text }) => `${kind}:${text}`);

  it("finds the variables in a label", () => {
    expect(parts("x₁")).toEqual(["var:x", "sub:1"]);
    expect(parts("x₁₂²")).toEqual(["var:x", "sub:12", "text:²"]);
    expect(parts("x₁x₂")).toEqual(["var:x", "sub:1", "var:x", "sub:2"]);
    expect(parts("sin x₁")).toEqual(["text:sin ", "var:x", "sub:1"]);
    expect(parts("x2")).toEqual(["var:x", "sub:2"]);
    expect(parts("r")).toEqual(["var:r"]);
  });

  it("leaves words as they are", () => {
    expect(parts("petal length (cm)")).toEqual(["text:petal length (cm)"]);
    expect(parts("max1")).toEqual(["text:max1"]);
    expect(parts("max₁")).toEqual(["text:max₁"]);
  });
});
