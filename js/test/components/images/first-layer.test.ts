import { describe, expect, it } from "vitest";
import { BINS } from "../../../src/draw/histogram";
import { CHOSEN, PARTS, UNITS, WAY } from "../../fake-image-model";
import { imageModel, nextFrame, useImageTrainer, view } from "../../view";
import {
  all,
  button,
  frame,
  one,
  partsWith,
  press,
  pressKey,
  selectedOf,
  THIN,
  texts,
  wants,
} from "./support";

useImageTrainer();

const units = () => all(".nnw-units > [role=option]");
const selected = () => selectedOf(units());
const facts = () => texts(".nnw-facts dd");
const scale = () => texts(".nnw-scale > span");

describe("the first layer", () => {
  it("has an image for each unit, dashed where it is almost never on", async () => {
    await frame();
    expect(units()).toHaveLength(UNITS);
    expect(units().filter(({ dataset }) => "idle" in dataset)).toHaveLength(4);
    expect(view.text(".nnw-first .nnw-titlerow .nnw-2nd")).toBe(
      "64 units, 28 × 28 weights each; 4 almost never on (dashed)",
    );
    expect(scale()).toEqual(["weight change −0.10", "+0.10"]);
  });

  it("has one unit under a lens: first the one that gives most, then the one chosen or pointed at", async () => {
    await frame();
    const most = selected();
    expect(view.text(".nnw-way .nnw-images-foot")).toContain(`ringed: unit ${most + 1}, also below`);
    await pressKey(one(".nnw-units"), "Home");
    await pressKey(one(".nnw-units"), "ArrowDown");
    expect(selected()).toBe(16);
    expect(facts()).toEqual(["17", "−0.16", `0${THIN}% of test images`, "Shirt"]);
    expect(view.text(".nnw-way .nnw-images-foot")).toContain("ringed: unit 17");
    await press(units()[3], new Event("pointerenter"));
    expect(facts()[0]).toBe("4");
    await press(one(".nnw-units"), new Event("pointerleave"));
    expect(facts()[0]).toBe("17");
    await press(units()[5]);
    expect([selected(), facts()[2]]).toEqual([5, `70${THIN}% of test images`]);
  });

  it("stays with its unit while others become stronger", async () => {
    await frame();
    const first = selected();
    await frame(
      { step: 200 },
      { parts: partsWith({ edges1: [(first + 1) % 64, 0, 99, ...Array(57).fill(0)] }) },
    );
    await wants();
    expect(selected()).toBe(first);
  });

  it("goes with the chosen image, until the reader looks at another unit", async () => {
    const strongest = async (unit: number, version: number) => {
      imageModel.update("_chosen", { ...CHOSEN, version, image: version });
      await frame({}, { parts: partsWith({ edges1: [unit, 0, 99, ...Array(57).fill(0)] }) });
      await wants();
    };
    await strongest(9, 2);
    expect(selected()).toBe(9);
    await strongest(20, 3);
    expect(selected()).toBe(20);
    await press(units()[5]);
    await strongest(30, 4);
    expect(selected()).toBe(5);
  });

  it("shows weights or their change, and says which until the other has come", async () => {
    await frame();
    view.field("Show: weights").click();
    await nextFrame();
    expect(await wants()).toContain("weights");
    expect(await wants()).not.toContain("change");
    expect(scale()[0]).toBe("weight change −0.10");
    await frame({ step: 200 }, { parts: partsWith({ first_kind: [0], first_scale: [0.25] }) });
    expect(scale()).toEqual(["weight −0.25", "+0.25"]);
    await frame({ step: 300 }, { parts: partsWith({ first_kind: [0], first_scale: [0.2] }) });
    expect(scale()).toEqual(["weight −0.25", "+0.25"]);
  });

  it("takes no scale from weights that have not changed yet", async () => {
    const still = new Uint8Array(UNITS * 784).fill(128);
    await frame({ step: 0 }, { parts: partsWith({ first: still, first_scale: [1] }) });
    expect(scale()).toEqual(["weight change 0.00", "+0.00"]);
    await frame({ step: 10 });
    expect(scale()).toEqual(["weight change −0.10", "+0.10"]);
  });

  it("has a scale of two digits, however small it is", async () => {
    await frame({}, { parts: partsWith({ first_scale: [0.0042] }) });
    expect(scale()).toEqual(["weight change −0.0042", "+0.0042"]);
    await frame({ step: 200 }, { parts: partsWith({ first_scale: [0.099] }) });
    expect(scale()).toEqual(["weight change −0.10", "+0.10"]);
  });

  it("has as many units as there is room for", async () => {
    imageModel.update("_way", { ...WAY, version: 2, units: 512 });
    await nextFrame();
    expect(units()).toHaveLength(128);
    expect(view.text(".nnw-first .nnw-titlerow .nnw-2nd")).toContain("first 128 of 512");
  });

  it("says in a line where there is nothing to be seen, and wants nothing", async () => {
    imageModel.update("_way", { ...WAY, version: 2, units: 0, rows: 0, columns: 0 });
    await nextFrame();
    expect(units()).toHaveLength(0);
    expect(view.text(".nnw-first p")).toContain("do not lie as images do");
    expect(await wants()).not.toContain("change");
  });
});

describe("distributions", () => {
  const row = (mean: number) => [
    1,
    mean,
    0.5,
    ...Array.from({ length: BINS }, (_, bin) => Number(bin === 40)),
  ];
  const none = Array(3 + BINS).fill(Number.NaN);
  const rows = new Float32Array([...row(0.25), ...row(0.5), ...none, ...Array(6).fill(row(0)).flat()]);

  it("are folded, and wanted only while they are open", async () => {
    expect(await wants()).not.toContain("histograms");
    expect(all(".nnw-histogram")).toHaveLength(0);
    await press(button("Distributions"));
    expect(button("Distributions")?.getAttribute("aria-expanded")).toBe("true");
    expect(await wants()).toContain("histograms");
    await press(button("Distributions"));
    expect(await wants()).not.toContain("histograms");
  });

  it("say mean and deviation of each layer's weights, gradients and activations", async () => {
    await press(button("Distributions"));
    await frame({}, { parts: [...PARTS, ["histograms", [3, 3, 3 + BINS], rows]] });
    expect(texts(".nnw-distributions > b")).toEqual(["Hidden 1", "Hidden 2", "Output"]);
    const numbers = all(".nnw-histogram > span:nth-of-type(1)").map(({ textContent }) => textContent);
    expect(numbers).toHaveLength(9);
    expect(numbers.slice(0, 4)).toEqual([
      "μ 0.25, σ 0.50",
      "μ 0.00, σ 0.50",
      "μ 0.00, σ 0.50",
      "μ 0.50, σ 0.50",
    ]);
    // A layer without weights has none to be counted.
    expect(numbers[6]).toBe("·");
  });
});
