import { beforeEach, describe, expect, it, vi } from "vitest";
import { REST_MS } from "../../src/components/anatomy/matrix";
import type { PictureTrait } from "../../src/generated/protocol";
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
  named,
  number,
  open,
  panel,
  pictureTrait,
  plain,
  point,
  recordedInside,
  values,
} from "../anatomy-inside";
import { model, useExplorer } from "../explorer";
import { nextFrame } from "../view";

useExplorer(anatomy, { ...DEFAULTS }, { traits: traitsOf(), about: { name: "NetworkAnatomy" } });

describe("a small dense layer", () => {
  const found = () => recordedInside("small", "0");
  beforeEach(() => open(found()));

  it("has its inputs, neurons and connections, with the values of the sample", () => {
    const { pictures } = found().inside;
    const of = (role: string) => values(pictures.find((each) => each.role === role) as PictureTrait);
    const [inputs, outputs] = [of("input"), of("output")];
    expect(all("[data-n^='input.']").length).toBe(inputs.length);
    inputs.forEach((value, unit) => {
      expect(Number(number(`input.${unit}`).replace("−", "-"))).toBeCloseTo(value, 2);
    });
    outputs.forEach((value, unit) => {
      expect(Number(number(`output.${unit}`).replace("−", "-"))).toBeCloseTo(value, 2);
    });
    expect(all(".nnw-in-edge").length).toBe(6);
    // Negative ones are dashed: the sign does not hang on colour alone.
    const weights = values(pictures[0] as PictureTrait);
    const dashed = all(".nnw-in-edge").filter((edge) => edge.hasAttribute("stroke-dasharray"));
    expect(dashed.length).toBe(weights.filter((weight) => weight < 0).length);
    for (const edge of dashed) expect(edge.classList.contains("nnw-in-edge--neg")).toBe(true);
  });

  it("adds up what a neuron is made of", async () => {
    const of = (role: string, at = 0) =>
      values(found().inside.pictures.filter((each) => each.role === role)[at] as PictureTrait);
    const [weights, bias, inputs] = [of("weight"), of("weight", 1), of("input")];
    const sum = (to: number) =>
      inputs.reduce(
        (total, value, from) => total + value * (weights[to * 2 + from] as number),
        bias[to] as number,
      );
    expect(Number(number("neuron.value").replace("−", "-"))).toBeCloseTo(sum(0), 2);
    await point(labelled("neuron 2"), "pointerenter", 0, 0);
    expect(plain(find("[data-n='neuron.read']").textContent)).toMatch(/^neuron 2:/);
    expect(Number(number("neuron.value").replace("−", "-"))).toBeCloseTo(sum(2), 2);
    // Its own connections stay, with their weights; the others step back.
    expect(all(".nnw-in-edge").filter((edge) => edge.getAttribute("opacity") === "0.12").length).toBe(4);
    expect(number("weight.2.0")).not.toBe("");
    expect(panel().querySelector("[data-n='weight.1.0']")).toBeNull();
    await point(labelled("input 1"), "pointerenter", 0, 0);
    expect(plain(find("[data-n='neuron.read']").textContent)).toBe(
      `input 1 = ${number("neuron.read").split("= ")[1]}`,
    );
    expect(all(".nnw-in-edge").filter((edge) => edge.getAttribute("opacity") === "0.12").length).toBe(3);
  });

  it("keeps the neuron that is pressed, by keyboard too", async () => {
    await click(labelled("neuron 1") as unknown as SVGElement);
    expect(model.state.channel).toBe(1);
    expect(labelled("neuron 1").getAttribute("aria-pressed")).toBe("true");
    await key(labelled("neuron 2"), "Enter");
    expect(model.state.channel).toBe(2);
  });

  it("does not crash at what is no number", async () => {
    const { inside } = found();
    const odd = inside.pictures.map((each) => ({
      ...each,
      values: floats([null, 1, null, 2, 3, 4].slice(0, values(each).length)),
      bound: null,
    }));
    await answer({ ...inside, pictures: odd });
    expect(number("input.0")).toBe("NaN");
    expect(all("[data-odd]").length).toBeGreaterThan(0);
    expect(number("neuron.value")).toBe("NaN");
  });
});

describe("a matrix", () => {
  const sheet = () => labelled("weight: 20 × 270");
  beforeEach(() => open({ ...recordedInside("large", "0") }));
  const settle = async () => {
    await vi.advanceTimersByTimeAsync(REST_MS);
    await nextFrame();
  };

  it("is read by pointer and keyboard, as means where it is large", async () => {
    expect(number("weight.read")).toBe("each cell is the mean of 1 × 2 numbers");
    await point(sheet(), "pointermove", 1, 1);
    const [first] = values(recordedInside("large", "0").inside.pictures[0] as PictureTrait);
    expect(number("weight.read")).toMatch(/^mean of weight\[0, 0:2\] = /);
    expect(Number(number("weight.read").split(" = ")[1]?.split(",")[0]?.replace("−", "-"))).toBeCloseTo(
      first as number,
      4,
    );
    await key(sheet(), "ArrowDown");
    expect(number("weight.read")).toContain("weight[1, 0:2]");
    await point(sheet(), "pointerleave", 0, 0);
    expect(number("weight.read")).not.toContain("weight[");
  });

  it("asks Python for the numbers of what is nearer, once the hand rests", async () => {
    await click(labelled("weight: nearer"));
    await click(labelled("weight: nearer"));
    expect(model.state.window).toEqual([]);
    // A quarter of each side, about the middle.
    expect(number("weight.read")).toMatch(/^rows 8–12, columns 101–168/);
    await settle();
    expect(model.state).toMatchObject({ tensor: "0.weight", window: [7, 6, 101, 68], first: 0 });
    await answer(recordedInside("large", "0", 1).inside, 1);
    expect(number("weight.read")).toMatch(/^rows/);
    await key(sheet(), "0");
    await settle();
    expect(model.state.window).toEqual([]);
  });

  it("shows the numbers themselves where they have room", async () => {
    const { inside } = recordedInside("large", "0", 1);
    model.update("tensor", "0.weight");
    model.update("channel", 0);
    model.update("window", [4, 4, 100, 8]);
    const weight = inside.pictures[0] as PictureTrait;
    const part = floats(Array.from({ length: 32 }, (_, at) => at / 10));
    const picture = { ...weight, window: [4, 4, 100, 8], grid: [4, 8], values: part };
    await answer({ ...inside, asked: { ...inside.asked, window: [4, 4, 100, 8] }, pictures: [picture] }, 1);
    expect(number("weight.5.101")).toBe("0.90");
    await point(sheet(), "pointermove", 1, 1);
    expect(number("weight.read")).toBe("weight[4, 100] = 0");
  });

  it("is moved by dragging, and a press without moving chooses the row", async () => {
    await point(sheet(), "pointermove", 1, 100);
    await point(sheet(), "pointerdown", 1, 100);
    await point(sheet(), "pointerup", 1, 100);
    // 140 pixels are 20 rows.
    expect(model.state.channel).toBe(14);
    await key(sheet(), "Escape");
    await key(sheet(), "+");
    await settle();
    const before = model.state.window as number[];
    await point(sheet(), "pointerdown", 200, 70);
    await point(sheet(), "pointermove", 100, 70);
    await point(sheet(), "pointerup", 100, 70);
    await settle();
    const after = model.state.window as number[];
    expect(after[2]).toBeGreaterThan(before[2] as number);
    expect(after[0]).toBe(before[0]);
    expect(model.state.channel).toBe(14);
  });

  it("gets nearer by the wheel with Ctrl only, about the pointer", async () => {
    const spin = async (ctrlKey: boolean) => {
      const event = new WheelEvent("wheel", { deltaY: -200, bubbles: true, cancelable: true });
      Object.defineProperties(event, {
        ctrlKey: { value: ctrlKey },
        clientX: { value: 0 },
        clientY: { value: 0 },
      });
      find(".nnw-in-sheet").dispatchEvent(event);
      await settle();
      return event.defaultPrevented;
    };
    expect(await spin(false)).toBe(false);
    expect(model.state.window).toEqual([]);
    expect(await spin(true)).toBe(true);
    expect((model.state.window as number[])[0]).toBe(0);
    expect((model.state.window as number[])[2]).toBe(0);
    expect((model.state.window as number[])[3]).toBeLessThan(270);
  });

  it("of which all is known needs nobody to be asked", async () => {
    const { inside } = recordedInside("language", "head");
    await open(recordedInside("language", "head"));
    const before = model.sets.length;
    await click(labelled("weight: nearer"));
    await settle();
    expect(model.sets.length).toBe(before);
    expect(number("weight.read")).toMatch(/^rows 5–14/);
    expect(inside.kind).toBe("dense");
  });
});

describe("a convolution", () => {
  const found = () => recordedInside("residual", "conv1");
  beforeEach(() => open(found()));

  it("has its maps, of which one is chosen", async () => {
    const maps = labelled("output: 6 of 6 maps");
    expect(
      [...maps.querySelectorAll("[role=option]")].map((each) => each.getAttribute("aria-selected")),
    ).toEqual(["false", "false", "false", "false", "false", "true"]);
    // A pixel for each number.
    expect(maps.querySelector("canvas")?.width).toBe(12);
    await key(maps, "ArrowLeft");
    expect(model.state.channel).toBe(4);
    await click(maps.querySelectorAll<HTMLElement>("[role=option]")[1] as HTMLElement);
    expect(model.state.channel).toBe(1);
  });

  it("takes a number apart: its channels, the bias, and their sum", () => {
    const { pixel } = found().inside;
    expect(plain(find(".nnw-in-pixel").textContent)).toContain("channel 5, row 0, column 11");
    const shown = (name: string) => Number(number(name).replace("−", "-"));
    pixel?.sums.forEach((sum, channel) => {
      expect(shown(`pixel.part.${channel}`)).toBeCloseTo(sum, 2);
    });
    expect(shown("pixel.bias")).toBeCloseTo(pixel?.bias as number, 2);
    expect(shown("pixel.value")).toBeCloseTo(pixel?.value as number, 4);
    const total = [0, 1, 2].reduce(
      (all, channel) => all + shown(`pixel.part.${channel}`),
      shown("pixel.bias"),
    );
    expect(total).toBeCloseTo(pixel?.value as number, 2);
  });

  it("writes the products, and marks what is padding", async () => {
    const { pixel } = found().inside;
    const read = (bytes: unknown) => values({ values: bytes } as PictureTrait);
    const largest = pixel?.sums.reduce(
      (best, sum, at, sums) => (Math.abs(sum) > Math.abs(sums[best] as number) ? at : best),
      0,
    ) as number;
    const kernel = read(pixel?.kernel).subarray(largest * 9, largest * 9 + 9);
    kernel.forEach((value, at) => {
      const text = number(`kernel.${largest}.${Math.floor(at / 3)}.${at % 3}`);
      expect(Number(text.replace("−", "-"))).toBeCloseTo(value, 1);
    });
    // The number in the corner sees one row and one column outside of the input.
    expect(all(".nnw-in-products [data-kind='padding']").length).toBe(5);
    const products = labelled("Patch and kernel");
    await point(products.querySelector("[data-tile]") as Element, "pointermove", 0.1, 0.9);
    const patch = read(pixel?.patch).subarray(largest * 9, largest * 9 + 9);
    const result = Number(number("product.read").split(" = ")[1]?.replace("−", "-"));
    expect(result).toBeCloseTo((patch[6] as number) * (kernel[6] as number), 3);
    // The same place in both.
    const hovered = all(".nnw-in-products [data-kind='hover']");
    expect(
      hovered.map(({ style }) => [style.left, style.top].map(Number.parseFloat).map(Math.round)),
    ).toEqual([
      [0, 67],
      [0, 67],
    ]);
    const other = (largest + 1) % 3;
    await click(
      all(".nnw-in-part").find((row) =>
        plain(row.textContent).startsWith(`channel ${other} `),
      ) as HTMLElement,
    );
    expect(number(`pixel.sum.${other}`)).not.toBe("");
  });

  it("rings the patch in the maps that go in", () => {
    const rings = [...labelled("input: 3 of 3 maps").querySelectorAll<HTMLElement>("[data-kind='now']")];
    expect(rings.length).toBe(3);
    expect(rings[0]?.style.left).toBe(`${(100 * 10) / 12}%`);
    expect(rings[0]?.style.top).toBe(`${(100 * -1) / 12}%`);
  });

  it("takes another number apart by a press, by dragging and by the keyboard", async () => {
    const map = labelled("Channel 5: arrow keys");
    const tile = map.querySelector("[data-tile]") as Element;
    await point(tile, "pointerdown", 0.51, 0.99);
    expect(model.state.pixel).toEqual([11, 6]);
    await point(tile, "pointermove", 0.01, 0.01);
    expect(model.state.pixel).toEqual([0, 0]);
    await point(tile, "pointerup", 0.01, 0.01);
    await point(tile, "pointermove", 0.51, 0.51);
    expect(model.state.pixel).toEqual([0, 0]);
    const output = values(found().inside.pictures[0] as PictureTrait);
    expect(Number(number("map.read").split(" = ")[1]?.replace("−", "-"))).toBeCloseTo(
      output[5 * 144 + 6 * 12 + 6] as number,
      3,
    );
    await key(map, "ArrowRight");
    expect(model.state.pixel).toEqual([6, 7]);
    await click(named("Close"));
    expect(model.state.pixel).toEqual([]);
  });

  it("turns the pages of many maps, and goes to that of a channel", async () => {
    const { inside } = found();
    const first = inside.pictures[0] as PictureTrait;
    const many = {
      ...inside,
      channels: 200,
      pictures: [
        {
          ...pictureTrait(Array.from({ length: 64 }, (_, at) => [[at]])),
          role: "output" as const,
          name: "output",
          tiles: 200,
          shape: [4, 200, 1, 1],
          index: [0, null, null, null],
          axes: first.axes,
        },
      ],
    };
    await answer(many);
    expect(number("output.page")).toBe("0–63 of 200");
    expect((labelled("output: the maps before") as HTMLButtonElement).disabled).toBe(true);
    await click(labelled("output: the maps after"));
    expect(model.state).toMatchObject({ tensor: "output", first: 64, window: [] });
    await fill("channel", "150");
    expect(model.state).toMatchObject({ channel: 150, tensor: "output", first: 128 });
  });

  it("keeps the focus and what is read while a training goes on", async () => {
    const map = labelled("Channel 5: arrow keys");
    map.focus();
    await key(map, "ArrowDown");
    const { inside } = found();
    const asked = { ...inside.asked, pixel: model.state.pixel as number[] };
    const moved = inside.pictures.map((each, at) =>
      at ? each : { ...each, values: floats(Array(864).fill(0.25)) },
    );
    await answer({ ...inside, asked, pictures: moved });
    expect(document.activeElement).toBe(labelled("Channel 5: arrow keys"));
    expect(labelled("Channel 5: arrow keys")).toBe(map);
    expect(number("map.read")).toMatch(/^output\[0, 5, \d+, \d+\] = 0.25$/);
  });
});
