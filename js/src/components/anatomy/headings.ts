// What stands over the columns of the ledger.
import { type Column, MEASURES, type Measure } from "./columns";

const HEADINGS: Record<Exclude<Column["name"], Measure>, string> = {
  rail: "",
  layer: "layer",
  detail: "type",
  shape: "output",
  block: "size",
  spread: "weights",
  gradient: "gradient",
};

export const headingOf = (name: Column["name"]) =>
  MEASURES.find((each) => each.name === name)?.label ?? HEADINGS[name as keyof typeof HEADINGS];

export const TITLES: Partial<Record<Column["name"], string>> = {
  block:
    "The shape drawn to scale, a logarithmic one: as wide as an image or sequence is long, as high as it has channels",
  shape: "Shape of what comes out, without the axis of samples",
  memory: "Weights (dark), and what the layer puts out (pale)",
  multiply_adds: "Products of weights and inputs that are added up",
  spread: "How the weights are spread around zero, which is in the middle",
  gradient: "Root mean square of the gradient, on a logarithmic scale",
};
