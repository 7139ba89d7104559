import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Pass, readPass } from "../../src/components/backprop/pass";
import type { BackpropSettings } from "../../src/generated/protocol";
import { ASK_MS, SILENT_MS } from "../../src/model/kernel";
import backprop from "../../src/widgets/backprop";
import { type PassName, passTrait, settingsOf } from "../backprop";
import { model, useExplorer, view } from "../explorer";
import { nextFrame } from "../view";

const NAMES: PassName[] = ["default", "paths meet", "three classes", "vanishing", "mini-batch", "own module"];
const read = (name: PassName) => readPass(passTrait(name)) as Pass;
const nodeOf = (pass: Pass, text: string) => pass.symbols.findIndex((symbol) => symbol.text === text);

useExplorer(
  backprop,
  { ...settingsOf("default") },
  { traits: { _pass: passTrait("default"), _trouble: "" }, about: { name: "BackpropExplorer" } },
);

const change = async (traits: Record<string, unknown>) => {
  for (const [name, value] of Object.entries(traits)) model.update(name, value);
  await nextFrame();
};
const show = (name: PassName, changes: Partial<BackpropSettings> = {}) =>
  change({ ...settingsOf(name), _pass: passTrait(name, { version: 2 }), ...changes });
const stage = () => view.root.querySelector(".nnw-bp-stage") as HTMLElement;
const all = (selector: string) => [...stage().querySelectorAll<SVGElement>(selector)];
/** What the drawing shows, by its name; the same name never with two numbers. */
function shown(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const element of all("[data-n]")) {
    const name = element.getAttribute("data-n") ?? "";
    const text = (element.textContent ?? "").replace(/[()]/g, "");
    if (name in found) expect(found[name], name).toBe(text);
    found[name] = text;
  }
  return found;
}
const control = (label: string) => {
  const found = all("[aria-label]").find((element) => element.getAttribute("aria-label")?.startsWith(label));
  if (!found) throw new Error(`there is no "${label}" in the drawing`);
  return found;
};
const click = async (element: Element, kind = "click") => {
  element.dispatchEvent(new MouseEvent(kind, { bubbles: true }));
  await nextFrame();
};
const point = async (element: Element, kind: string) => {
  element.dispatchEvent(new PointerEvent(kind, { bubbles: false }));
  await nextFrame();
};
const field = () => stage().querySelector<HTMLInputElement>(".nnw-bp-field input");
const typeIn = async (text: string) => {
  const input = field() as HTMLInputElement;
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  await view.key(input, "Enter");
};
/** Where the step of a quantity is, as its number from 1. */
const stepOf = (name: PassName, text: string, level = "node") => {
  const pass = read(name);
  return (
    pass
      .steps(level as "node")
      .findIndex(
        ({ phase, kind, index }) =>
          phase === "backward" &&
          (kind === "value" ? pass.symbols : pass.parameterSymbols)[index]?.text === text,
      ) + 1
  );
};

describe("the network node by node", () => {
  it("shows what is known at a stop of the way there, and nothing else", async () => {
    await change({ step: 3 });
    const numbers = shown();
    expect(numbers).toMatchObject({ "value.x1": "0.80", "value.a1": "1.030", "value.h1": "0.774" });
    expect(numbers).not.toHaveProperty("value.h2");
    expect(numbers).not.toHaveProperty("gradient.h1");
    expect(all(".nnw-bp-band")).toHaveLength(1);
    expect(all(".nnw-bp-now[data-on]")).toHaveLength(1);
  });

  it("lights the way of a weight, with each factor under the place where it arises", async () => {
    await change({ step: 17 });
    const numbers = shown();
    expect(numbers).toMatchObject({
      "weight.w11": "0.60",
      "gradient.a1": "0.343",
      "gradient.w11": "0.274",
      "local.L/p": "−4.479",
      "local.p/z": "0.173",
      "local.z/h1": "−1.100",
      "local.h1/a1": "0.401",
      "local.a1/w11": "0.80",
    });
    expect(numbers).not.toHaveProperty("gradient.w12");
    expect(all(".nnw-bp-band")).toHaveLength(5);
    expect(all(".nnw-bp-now[data-on]")).toHaveLength(5);
    expect((control("w 11").parentElement as HTMLElement).dataset.target).toBe("true");
    expect(all(".nnw-bp-weight[data-dim]").length).toBeGreaterThan(2);
    const cells = all(".nnw-bp-cell").map((cell) => Number.parseFloat(cell.style.left));
    expect([...cells].sort((one, other) => other - one)).toEqual(cells);
  });

  it("never has two numbers of one name, nor another height, at any stop", async () => {
    const heights = new Set<string | null>();
    for (let step = 1; step <= 24; step++) {
      await change({ step });
      shown();
      heights.add(stage().querySelector("svg")?.getAttribute("height") ?? null);
      expect(stage().querySelector<HTMLElement>(".nnw-bp-strip")?.style.height).toBe("80px");
    }
    expect(heights.size).toBe(1);
  });

  it("shows the updated weights with their turn, and then the values with them", async () => {
    await change({ step: 23 });
    expect(shown()).toMatchObject({ "updated.w11": "0.463", "value.h1": "0.774", "gradient.h1": "0.854" });
    expect(control("w 11").parentElement?.textContent).toContain("↓");
    expect(control("v 1").parentElement?.textContent).toContain("↑");
    await change({ step: 24 });
    expect(shown()).toMatchObject({ "after.h1": "0.608", "after.L": "0.801" });
    expect(shown()).not.toHaveProperty("gradient.h1");
  });

  it("adds up what reaches a node at which paths meet", async () => {
    await show("paths meet", { step: stepOf("paths meet", "h(1)1") });
    expect(all(".nnw-bp-band")).toHaveLength(2);
    const pass = read("paths meet");
    const terms = all("text.nnw-bp-xs.nnw-halo .nnw-b").map(({ textContent }) =>
      Number((textContent ?? "").replace("−", "-")),
    );
    expect(terms).toHaveLength(2);
    expect(terms.reduce((sum, each) => sum + each, 0)).toBeCloseTo(
      pass.gradient(0, nodeOf(pass, "h(1)1")),
      2,
    );
    const strip = stage().querySelector(".nnw-bp-row")?.textContent ?? "";
    expect(strip.match(/\+/g)).toHaveLength(1);
  });

  it("writes what a path brings clear of the weight that it comes through, and of what stands at its tiles", async () => {
    await show("paths meet", { step: stepOf("paths meet", "h(1)1") });
    const placeOf = (text: Element) => ["x", "y"].map((name) => Number(text.getAttribute(name)));
    const terms = all("text.nnw-bp-xs.nnw-halo").filter(({ textContent }) => textContent?.includes("×"));
    const others = all("text.nnw-halo").filter((each) => !terms.includes(each) && each.textContent);
    expect(terms).toHaveLength(2);
    for (const term of terms) {
      const [x = 0, y = 0] = placeOf(term);
      for (const other of others) {
        const [otherX = 0, otherY = 0] = placeOf(other);
        if (Math.abs(otherX - x) < 60)
          expect(Math.abs(otherY - y), other.textContent ?? "").toBeGreaterThan(15);
      }
    }
  });

  it("begins with what reaches the node where paths meet", async () => {
    await show("paths meet", { step: stepOf("paths meet", "w(1)11") });
    const pass = read("paths meet");
    const reaching = pass.gradient(0, nodeOf(pass, "h(1)1")).toFixed(3).replace("-", "−");
    expect(shown()["gradient.h(1)1"]).toBe(reaching);
    expect(all(".nnw-bp-cell")).toHaveLength(3); // two factors, and what reaches
    expect(all(".nnw-bp-before .nnw-bp-factor")).toHaveLength(1); // the result
  });

  it("names the weights of a crowd where they are looked at", async () => {
    const step = stepOf("vanishing", "w(2)35");
    await show("vanishing", { step });
    expect((control("w 35 of layer 2").parentElement as HTMLElement).dataset.target).toBe("true");
    const before = all(".nnw-bp-weight").length;
    await point(control("a 1 of layer 3"), "pointerenter");
    expect(all(".nnw-bp-weight").length).toBeGreaterThanOrEqual(before);
    expect(all(".nnw-bp-band--hover").length).toBeGreaterThan(0);
  });

  it("shows the sample that is looked at, and of a weight what that sample says", async () => {
    await show("mini-batch", { sample: 2, step: stepOf("mini-batch", "w11") });
    const pass = read("mini-batch");
    expect(shown()).toMatchObject({ "value.x1": "−0.60", target: "0" });
    const own = pass.useLocal(1, 0) * pass.gradient(1, nodeOf(pass, "a1"));
    expect(shown()["own.w11"]).toBe(own.toFixed(3).replace("-", "−"));
  });
});

describe("pointing and pressing", () => {
  beforeEach(() => change({ step: 17 }));

  it("lights the same quantity in the drawing and under it", async () => {
    const h1 = () => control("h 1");
    await point(h1(), "pointerenter");
    expect(h1().querySelector(".nnw-bp-now[data-hover]")).not.toBeNull();
    await point(h1(), "pointerleave");
    expect(h1().querySelector(".nnw-bp-now[data-hover]")).toBeNull();
    await point(control("v 1"), "pointerenter");
    const lit = all(".nnw-bp-factor[data-hover]");
    expect(lit.map((each) => each.querySelector("[data-n]")?.getAttribute("data-n"))).toEqual(["local.z/h1"]);
    const factor = all(".nnw-bp-factor").find((each) => each.querySelector('[data-n="local.a1/w11"]'));
    await point(factor as Element, "pointerenter");
    expect(control("x 1").querySelector(".nnw-bp-now[data-hover]")).not.toBeNull();
  });

  it("leads keys through the weights in their order in the network, wherever their names have found room", async () => {
    const order = all(".nnw-bp-name").flatMap(
      (name) => name.getAttribute("aria-label")?.match(/^[wv] \d+/) ?? [],
    );
    expect(order).toEqual(["w 11", "w 12", "w 21", "w 22", "v 1", "v 2"]);
  });

  it("goes to the step of a weight or a node", async () => {
    await click(control("v 2"));
    expect(model.state.step).toBe(stepOf("default", "v2"));
    await view.key(control("b 2"), "Enter");
    expect(model.state.step).toBe(stepOf("default", "b2"));
    await click(control("h 1"));
    expect(model.state.step).toBe(stepOf("default", "h1"));
    await change({ step: 1 });
    await click(control("h 1"));
    expect(model.state.step).toBe(3);
  });
});

describe("editing in the drawing", () => {
  beforeEach(() => change({ step: 17 }));

  it("moves an input with the arrow keys, and takes what is typed", async () => {
    await view.key(control("x 2"), "ArrowUp");
    expect(model.state.inputs).toEqual([[0.8, -0.4]]);
    await view.key(control("x 2"), "ArrowDown", { shiftKey: true });
    expect(model.state.inputs).toEqual([[0.8, -0.51]]);
    await view.key(control("x 1"), "Enter");
    expect(field()?.value).toBe("0.8");
    await typeIn("1,25");
    expect((model.state.inputs as number[][])[0]?.[0]).toBe(1.25);
    expect(field()).toBeNull();
  });

  it("leaves everything as it was on Escape", async () => {
    await view.key(control("x 1"), "Enter");
    const input = field() as HTMLInputElement;
    input.value = "7";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await view.key(input, "Escape");
    expect(field()).toBeNull();
    expect(model.state.inputs).toEqual([[0.8, -0.5]]);
  });

  it("says what is no number, and keeps it to be mended", async () => {
    await view.key(control("x 1"), "Enter");
    await typeIn("a lot");
    expect(field()?.getAttribute("aria-invalid")).toBe("true");
    expect(model.state.inputs).toEqual([[0.8, -0.5]]);
    await typeIn("2");
    expect((model.state.inputs as number[][])[0]?.[0]).toBe(2);
  });

  it("drags an input, and does not take a drag for a press", async () => {
    const tile = control("x 1");
    const at = (kind: string, clientX: number) =>
      tile.dispatchEvent(new PointerEvent(kind, { pointerId: 1, clientX, bubbles: true, cancelable: true }));
    at("pointerdown", 40);
    at("pointermove", 90);
    at("pointerup", 90);
    await nextFrame();
    expect((model.state.inputs as number[][])[0]?.[0]).toBe(1.3);
    expect(field()).toBeNull();
  });

  it("changes a weight and a target, and no other number with them", async () => {
    await click(control("v 1"), "dblclick");
    expect(field()?.value).toBe("-1.1");
    await typeIn("-0.5");
    expect(model.state.weights).toEqual([0.6, -0.9, -0.7, 0.4, 0.1, -0.2, -0.5, 0.8, 0.2]);
    await view.key(control("c"), "e");
    await typeIn("0.25");
    expect((model.state.weights as number[]).at(-1)).toBe(0.25);
    await click(control("Target"));
    await typeIn("0");
    expect(model.state.targets).toEqual([[0]]);
  });

  it("says by how much numbers have changed, until the next step", async () => {
    const other = passTrait("default", { version: 2 });
    const values = new Float64Array(other.values.buffer.slice(0));
    values[4] = (values[4] as number) + 0.12;
    await change({ _pass: { ...other, values: new DataView(values.buffer) } });
    const changes = () => all("text.nnw-xs").map(({ textContent }) => textContent);
    expect(changes()).toEqual(["+0.120"]);
    await change({ step: 18 });
    expect(changes()).toEqual([]);
  });

  it("is not there without a kernel, nor for what a trainer gives", async () => {
    await change({ _pass: passTrait("default", { version: 3, owner: "trainer" }) });
    expect(all('[role="slider"]')).toEqual([]);
    await change({ _pass: passTrait("default", { version: 4 }) });
    expect(all('[role="slider"]')).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(2 * ASK_MS + SILENT_MS);
    await nextFrame();
    expect(all('[role="slider"]')).toEqual([]);
    await click(control("v 1"), "dblclick");
    expect(field()).toBeNull();
  });
});

describe("the other levels", () => {
  it("opens a node into its single operations, and leads back", async () => {
    const pass = read("default");
    const steps = pass.steps("operation");
    const a1 = nodeOf(pass, "a1");
    const last = steps.findIndex(
      ({ kind, index, phase }) =>
        phase === "forward" && kind === "part" && index === pass.partsOf(a1).at(-1)?.id,
    );
    await change({ detail: "operation", step: 1 });
    const [first, second] = pass.partsOf(a1);
    expect(shown()[`part.${first?.id}`]).toBe("0.480");
    expect(shown()).not.toHaveProperty(`part.${second?.id}`);
    expect(shown()).not.toHaveProperty(`part.gradient.${first?.id}`);
    await change({ detail: "operation", step: last + 1 });
    expect(stage().querySelector("nav")?.textContent).toContain("network");
    expect(shown()).toMatchObject({ "value.a1": "1.030", "weight.w11": "0.60", "value.x1": "0.80" });
    const products = pass.partsOf(a1).filter(({ sign }) => sign === "×");
    expect(products.map(({ id }) => shown()[`part.${id}`])).toEqual(["0.480", "0.450"]);
    expect(all(".nnw-bp-band")).toHaveLength(3);
    expect(shown()).not.toHaveProperty("value.h1");
    await click(stage().querySelector("nav button") as Element);
    expect(model.state.detail).toBe("node");
  });

  it("shows what comes back to an operation, with the local derivatives at the lines", async () => {
    const pass = read("default");
    const steps = pass.steps("operation");
    const [first] = pass.partsOf(nodeOf(pass, "h1"));
    const stop = steps.findIndex(
      ({ kind, index, phase }) => phase === "backward" && kind === "part" && index === first?.id,
    );
    await change({ detail: "operation", step: stop + 1 });
    const recorded = pass.partGradient(0, first?.id ?? -1);
    expect(Number(shown()[`part.gradient.${first?.id}`]?.replace("−", "-"))).toBeCloseTo(recorded, 2);
    expect(all("text.nnw-bp-xs tspan.nnw-2nd").some(({ textContent }) => textContent === "× ")).toBe(true);
  });

  it("has one height at all stops of the operations", async () => {
    const heights = new Set<string>();
    const count = read("default").steps("operation").length;
    for (let step = 1; step <= count; step++) {
      await change({ detail: "operation", step });
      shown();
      heights.add(stage().style.minHeight);
    }
    expect(heights.size).toBe(1);
  });

  it("shows layers as blocks, with matrices and their derivatives", async () => {
    await change({ detail: "layer", step: 1 });
    expect(shown()).toMatchObject({ "value.a1": "1.030", "value.a2": "−0.960", "weight.w12": "−0.90" });
    for (const name of ["value.h1", "gradient.a1", "gradient.z", "gradient.w11"])
      expect(shown()).not.toHaveProperty(name);
    expect(all(".nnw-bp-now[data-on]")).toHaveLength(1);
    const pass = read("default");
    const weights = pass.tensors.findIndex(({ name }) => name === "0.weight");
    const stop = pass
      .steps("layer")
      .findIndex(({ kind, index }) => kind === "parameter" && index === weights);
    await change({ step: stop + 1 });
    expect(shown()).toMatchObject({ "gradient.w11": "0.274", "gradient.w22": "0.139" });
    await click(control("W, 2"));
    expect(model.state.step).toBe(stop + 1);
    await click(control("Derivatives of the loss with respect to z"));
    expect(pass.steps("layer")[(model.state.step as number) - 1]).toMatchObject({
      phase: "backward",
      kind: "value",
    });
  });

  it.each(NAMES)(
    "draws %s at every level",
    async (name) => {
      const pass = read(name);
      for (const detail of ["layer", "node", "operation"] as const) {
        const count = pass.steps(detail).length;
        for (const step of [1, Math.ceil(count / 3), count - 4, count]) {
          await show(name, { detail, step });
          expect(Object.keys(shown()).length).toBeGreaterThan(0);
          expect(stage().innerHTML).not.toMatch(/NaN|undefined/);
        }
      }
    },
    30_000,
  );
});
