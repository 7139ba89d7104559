import { describe, expect, it } from "vitest";
import type { InsideTrait, PictureTrait } from "../../src/generated/protocol";
import anatomy from "../../src/widgets/anatomy";
import { DEFAULTS, floats, traitsOf } from "../anatomy-fixture";
import {
  all,
  answer,
  click,
  fill,
  find,
  key,
  labelled,
  leaveAlone,
  named,
  number,
  open,
  panel,
  pictureTrait,
  plain,
  point,
  recordedInside,
  titles,
  values,
} from "../anatomy-inside";
import { model, useExplorer } from "../explorer";
import { nextFrame } from "../view";

useExplorer(anatomy, { ...DEFAULTS }, { traits: traitsOf(), about: { name: "NetworkAnatomy" } });

describe("what is open", () => {
  it("says what it is, its shapes, and of what its parameters are the product", async () => {
    await open(recordedInside("residual", "conv1"));
    expect(plain(find("h3").textContent)).toBe("conv1");
    expect(plain(find(".nnw-in-head > span").textContent)).toBe("Conv2d, 3 → 6, kernel 3 × 3");
    expect([number("inside.in"), number("inside.out")]).toEqual(["3 × 12 × 12", "6 × 12 × 12"]);
    const terms = all(".nnw-in-term-row").map((row) => plain(row.textContent));
    expect(terms[0]).toContain("= 162");
    expect(number("inside.count")).toBe("168");
  });

  it("hides how many they are until that is revealed", async () => {
    const { anatomy: trait, ...rest } = recordedInside("residual", "conv1");
    await open({ anatomy: trait, ...rest });
    model.update("guessing", true);
    await nextFrame();
    expect(number("inside.count")).toBe("·");
    expect(plain(find(".nnw-in-side").textContent)).not.toContain("162");
    // Neither do tensors, sizes or histograms tell it.
    expect(
      panel().querySelector("canvas, [data-n$='.bound'], .nnw-in-histogram, .nnw-in-chooser"),
    ).toBeNull();
    expect(plain(find(".nnw-in-wait").textContent)).toContain("as soon as it is revealed");
    model.update("guess", 5);
    model.update("revealed", 1);
    await nextFrame();
    expect(number("inside.count")).toBe("168");
    expect(panel().querySelector(".nnw-in-histogram")).not.toBeNull();
  });

  it("closes, and waits for another layer without giving up its height", async () => {
    await open(recordedInside("residual", "conv1"));
    Object.defineProperty(panel(), "offsetHeight", { value: 777, configurable: true });
    await answer(recordedInside("residual", "conv1").inside);
    model.update("selected", "conv2");
    await nextFrame();
    expect(plain(find(".nnw-in-wait").textContent)).toBe("opening…");
    expect(panel().style.minHeight).toBe("777px");
    expect(panel().getAttribute("aria-busy")).toBe("true");
    await answer(
      {
        ...recordedInside("residual", "conv2").inside,
        asked: { ...recordedInside("residual", "conv2").inside.asked, sample: 1, channel: 5, pixel: [0, 11] },
      },
      1,
    );
    expect(panel().style.minHeight).toBe("");
    expect(panel().getAttribute("aria-busy")).toBe("false");
    await click(labelled("Close the layer"));
    expect(model.state.selected).toBe("");
    expect(panel()).toBeNull();
  });

  it("chooses samples and channels, and never one that does not exist", async () => {
    await open(recordedInside("residual", "conv1"));
    await click(labelled("next sample"));
    expect(model.state.sample).toBe(2);
    // While the answer is on its way what is known stays.
    expect(panel().hasAttribute("data-stale")).toBe(true);
    expect(titles()).toContain("Feature maps");
    expect((labelled("next channel") as HTMLButtonElement).disabled).toBe(true);
    await click(labelled("channel before"));
    expect(model.state.channel).toBe(4);
    await fill("channel", "99");
    expect(model.state.channel).toBe(5);
  });

  it("is shown without a kernel, and what needs one says so", async () => {
    await open(recordedInside("residual", "conv1"));
    await leaveAlone();
    const turn = labelled("next sample") as HTMLButtonElement;
    expect([turn.disabled, turn.title]).toEqual([true, "needs Python"]);
    expect(titles()).toContain("Feature maps");
    expect(number("pixel.value")).not.toBe("");
    expect(panel().hasAttribute("data-stale")).toBe(false);
    const map = labelled("Channel 5: arrow keys");
    const before = model.sets.length;
    await point(map.querySelector("[data-tile]") as Element, "pointerdown", 0.5, 0.5);
    expect(model.sets.length).toBe(before);
    model.update("selected", "bn1");
    await nextFrame();
    expect(plain(find(".nnw-in-wait").textContent)).toBe("it was not opened while Python was there");
  });

  it("goes to the samples that were sent without a kernel", async () => {
    const found = recordedInside("residual", "conv1");
    await open(found);
    const { sample } = found.inside.asked;
    const other = { ...found.inside, version: 99, asked: { ...found.inside.asked, sample: sample + 1 } };
    await answer(other);
    await leaveAlone();
    const turn = (name: string) => labelled(name) as HTMLButtonElement;
    expect([turn("sample before").disabled, turn("next sample").disabled]).toEqual([true, false]);
    await click(turn("next sample"));
    expect(model.state.sample).toBe(sample + 1);
    expect(panel().hasAttribute("data-stale")).toBe(false);
    expect([turn("sample before").disabled, turn("next sample").disabled]).toEqual([false, true]);
  });

  it("leads to the layers that share a parameter", async () => {
    const found = recordedInside("language", "embedding");
    const other = found.anatomy.nodes.findIndex(({ key: each }) => each === "head");
    const at = found.anatomy.nodes.findIndex(({ key: each }) => each === "embedding");
    const parameter = found.anatomy.nodes[at]?.parameters[0] as number;
    const another = found.anatomy.nodes.find(({ key: each }) => each === "norm")?.parameters[0] as number;
    const nodes = found.anatomy.nodes.map((node, index) =>
      index === at
        ? { ...node, shares: [other], parameters: [parameter, another] }
        : index === other
          ? { ...node, parameters: [...node.parameters, parameter] }
          : node,
    );
    await open({ ...found, anatomy: { ...found.anatomy, nodes } });
    expect(plain(find(".nnw-in-shares").textContent)).toBe("shares weight withhead");
    await click(named("head"));
    expect(model.state.selected).toBe("head");
  });
});

describe("other layers", () => {
  it("a normalisation says what it does to each channel", async () => {
    const found = recordedInside("residual", "bn1");
    await open(found);
    const read = (bytes: unknown) => values({ values: bytes } as PictureTrait);
    const { moments } = found.inside;
    const shown = (name: string) => Number(number(name).replace("−", "-"));
    const check = (unit: number) => {
      expect(shown("norm.mean")).toBeCloseTo(read(moments?.mean)[unit] as number, 2);
      expect(shown("norm.variance")).toBeCloseTo(read(moments?.variance)[unit] as number, 2);
      expect(shown("norm.weight")).toBeCloseTo(read(moments?.weight)[unit] as number, 2);
      expect(shown("norm.bias")).toBeCloseTo(read(moments?.bias)[unit] as number, 2);
    };
    check(0);
    await key(labelled("channels of the normalisation"), "End");
    expect(model.state.channel).toBe(5);
    check(5);
    expect(number("moments.read")).toMatch(/^channel 5: in .* ± .*, out .* ± /);
    // Its own statistics beside those of this input.
    expect(all(".nnw-in-running").length).toBe(moments?.running ? 1 : 0);
  });

  it("an embedding marks the rows that the sample looks up", async () => {
    const found = recordedInside("language", "embedding");
    await open(found);
    const tokens = [...values(found.inside.pictures.find(({ role }) => role === "input") as PictureTrait)];
    expect(all(".nnw-in-index").map((each) => Number(each.textContent))).toEqual(tokens);
    expect(all("[data-kind='used']").length).toBe(new Set(tokens).size);
    await click(all(".nnw-in-index")[2] as HTMLElement);
    expect(model.state.channel).toBe(tokens[2]);
    expect(all(".nnw-in-gutter > span").map((each) => Number(each.textContent))).toEqual(tokens);
  });

  it("attention has a map for each head, in ink, for it has no sign", async () => {
    const found = recordedInside("language", "attention");
    await open(found);
    const maps = labelled("attention: 2 of 2 maps of 7 × 7");
    await point(maps.querySelectorAll("[data-tile]")[1] as Element, "pointermove", 0.01, 0.99);
    const weights = values(found.inside.pictures[0] as PictureTrait);
    expect(number("attention.read")).toMatch(/^attention\[1, 6, 0\] = /);
    expect(Number(number("attention.read").split(" = ")[1])).toBeCloseTo(weights[49 + 42] as number, 3);
    expect(find(".nnw-in-bound > i").style.background).not.toContain("rgb(219");
  });

  it("shows some of many tensors at once, and the others when they are asked for", async () => {
    await open(recordedInside("language", "lstm"));
    expect(titles()).toEqual(["output[0]", "weight_ih_l0", "weight_hh_l0", "output[1][0]"]);
    await click(named("Show 8 more tensors"));
    expect(titles()).toHaveLength(12);
    expect(titles()).toContain("gradient of weight_ih_l0");
    // The gates of its rows.
    const gates = [
      ...(labelled("weight_ih_l0: 20 × 8").parentElement?.querySelectorAll(".nnw-in-gutter > span") ?? []),
    ];
    expect(gates.map((each) => each.textContent)).toEqual(["i", "f", "g", "o"]);
    await click(named("Show fewer"));
    expect(titles()).toHaveLength(4);
  });

  it("says why something is missing, and of what is empty that it is", async () => {
    const { inside, ...rest } = recordedInside("residual", "relu");
    const empty = {
      ...pictureTrait([[]]),
      name: "output",
      role: "output" as const,
      shape: [0, 4],
      values: floats([]),
    };
    await open({
      ...rest,
      inside: { ...inside, note: "It did not run with this input.", pictures: [empty] },
    });
    expect(plain(find(".nnw-in-note").textContent)).toBe("It did not run with this input.");
    expect(plain(find(".nnw-in-main").textContent)).toContain("output: empty");
  });

  it("draws indices in ink, for they have no sign", async () => {
    const { inside, ...rest } = recordedInside("residual", "relu");
    const ramp = async (dtype: string) => {
      const picture = { ...pictureTrait([[[1, 2, 3]]]), name: "output", role: "output" as const, dtype };
      await answer({ ...inside, pictures: [picture] });
      return find(".nnw-in-bound > i").style.background;
    };
    await open({ ...rest, inside });
    const [index, value] = [await ramp("int64"), await ramp("float32")];
    expect(index).not.toBe(value);
    expect(await ramp("uint8")).toBe(index);
  });

  it("hatches what is no number, and says that there is none", async () => {
    const { inside, ...rest } = recordedInside("residual", "relu");
    const odd = {
      ...pictureTrait([[[null, null]], [[null, null]]]),
      name: "output",
      role: "output" as const,
    };
    await open({ ...rest, inside: { ...inside, pictures: [odd] } });
    expect(number("output.bound")).toBe("no finite number");
    await point(find("[data-tile]"), "pointermove", 0.1, 0.1);
    expect(number("output.read")).toBe("output[0, 0, 0] = NaN");
  });
});

describe("distributions", () => {
  const spreads = (inside: InsideTrait) => inside.spreads;

  it("have the numbers of weights, gradients and activations", async () => {
    const found = recordedInside("residual", "conv1");
    await open(found);
    const heads = all(".nnw-in-columns h5").map((head) => plain(head.textContent));
    expect(heads).toEqual(["weights", "gradients", "activations"]);
    const weight = spreads(found.inside).find(({ role, name }) => role === "weight" && /weight$/.test(name));
    expect(Number(number("spread.weight.mean").replace("−", "-"))).toBeCloseTo(weight?.mean as number, 2);
    expect(Number(number("spread.weight.deviation"))).toBeCloseTo(weight?.deviation as number, 2);
    expect(number("gradient.weight.mean")).not.toBe("");
  });

  it("are read bin by bin, by pointer and keyboard", async () => {
    await open(recordedInside("residual", "conv1"));
    const bars = labelled("weight: mean");
    await point(bars, "pointermove", 0, 0);
    const of = Number(number("spread.read").split(" of ")[1]);
    expect(of).toBe(162);
    expect(number("spread.read")).toMatch(/^weight: −[\d.]+ to −[\d.]+: \d+ of 162$/);
    await key(bars, "End");
    expect(bars.getAttribute("aria-valuenow")).toBe("47");
    expect(bars.getAttribute("aria-valuetext")).toBe(number("spread.read").replace("weight: ", ""));
    await key(bars, "ArrowLeft");
    expect(bars.getAttribute("aria-valuenow")).toBe("46");
    await point(bars, "pointerleave", 0, 0);
    expect(number("spread.read")).toBe("");
  });

  it("say how to get gradients where there are none", async () => {
    const { inside, numbers, anatomy: trait } = recordedInside("residual", "conv1");
    const without = { ...inside, spreads: spreads(inside).filter(({ role }) => role !== "gradient") };
    await open({
      anatomy: trait,
      insides: [],
      numbers: numbers && { ...numbers, has_gradients: false },
      inside: without,
    });
    expect(plain(find(".nnw-in-missing").textContent)).toBe(
      "no gradients yet: call loss.backward(), then refresh, or give loss_fn=",
    );
    model.update("_anatomy", { ...trait, version: 9, owner: "trainer" });
    await nextFrame();
    expect(plain(find(".nnw-in-missing").textContent)).toBe(
      "no gradients yet: they come with the first step",
    );
    model.update("_numbers", { ...numbers, version: 9, has_gradients: true });
    await nextFrame();
    expect(plain(find(".nnw-in-missing").textContent)).toBe("this layer has none");
  });

  it("say what is no number, and what is 0", async () => {
    const { inside, ...rest } = recordedInside("residual", "conv1");
    const odd = spreads(inside).map((each) =>
      each.role === "weight" && /weight$/.test(each.name) ? { ...each, odd: 7, zeros: 81 } : each,
    );
    await open({ ...rest, inside: { ...inside, spreads: odd } });
    expect(number("spread.weight.odd")).toBe("7 NaN or ∞");
    expect(number("spread.weight.zeros")).toBe("50 % = 0");
    const none = odd.map((each) => ({
      ...each,
      counts: [],
      mean: null,
      deviation: null,
      low: null,
      high: null,
      odd: each.size,
    }));
    await answer({ ...inside, spreads: none });
    expect(number("spread.weight.odd")).toBe("all NaN or ∞");
    expect(plain(find(".nnw-in-columns").textContent)).toContain("no finite number");
  });
});
