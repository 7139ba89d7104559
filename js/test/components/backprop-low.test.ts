import { describe, expect, it, vi } from "vitest";
import { checkedOf, nearest, regimesOf } from "../../src/components/backprop/check";
import { rowsOf } from "../../src/components/backprop/parameters";
import { localOf, type Pass, pathsOf, readPass } from "../../src/components/backprop/pass";
import { localRule, valueRule } from "../../src/components/backprop/rules";
import { precise, two } from "../../src/components/backprop/texts";
import { ASK_MS, SILENT_MS } from "../../src/model/kernel";
import backprop from "../../src/widgets/backprop";
import { type PassName, passTrait, settingsOf } from "../backprop";
import { model, useExplorer, view } from "../explorer";
import { nextFrame, type } from "../view";

const preset = (name: string, from: PassName) => ({ name, settings: settingsOf(from) });
const PRESETS = [
  preset("one sample, 2-2-1", "default"),
  preset("paths meet: 2-2-2-1", "paths meet"),
  preset("vanishing: six sigmoid layers", "vanishing"),
];

useExplorer(
  backprop,
  { ...settingsOf("default") },
  {
    traits: { _pass: passTrait("default"), _trouble: "" },
    about: { name: "BackpropExplorer", presets: PRESETS as never },
  },
);

const NAMES: readonly PassName[] = ["default", "paths meet", "three classes", "mini-batch", "own module"];
const passOf = (name: PassName) => readPass(passTrait(name)) as Pass;
let version = 1;
const change = async (traits: Record<string, unknown>) => {
  for (const [name, value] of Object.entries(traits)) model.update(name, value);
  await nextFrame();
};
const show = (name: PassName, changes: Record<string, unknown> = {}) =>
  change({ ...settingsOf(name), _pass: passTrait(name, { version: ++version }), ...changes });
/** Python answers what is set: with this pass, as if it were of these settings. */
const answer = (changes: Parameters<typeof passTrait>[1]) =>
  change({ _pass: passTrait("default", { version: ++version, ...changes }) });
const pressed = async (element: Element | null | undefined) => {
  element?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await nextFrame();
};

/** MathML in one line: an index follows its letter, a fraction has a slash, a power a caret. */
function written(node: Node): string {
  const inner = () => [...node.childNodes].map(written);
  const name = node.nodeName.toLowerCase();
  if (!node.childNodes.length) return name === "#text" ? (node.textContent ?? "") : "";
  if (name === "mfrac") return inner().join("/");
  if (name === "msup") return inner().join("^");
  if (name === "msubsup") {
    const [base, index, power] = inner() as [string, string, string];
    return `${base}${index}^${power}`;
  }
  return inner().join("");
}
const lines = () =>
  [...view.root.querySelectorAll(".nnw-bp-eq")].map((line) => {
    const [name, parts, result] = [...line.children];
    return [name, parts, result].map((each) => (each ? written(each) : "")).join(" | ");
  });
const rule = (piece: unknown) => {
  const place = document.createElement("div");
  return import("preact").then(({ render }) => {
    render(piece as never, place);
    return written(place);
  });
};
const row = (name: string) =>
  [...view.root.querySelectorAll(".nnw-bp-table tbody tr")].find(
    (each) => each.querySelector("th")?.textContent === name,
  ) as HTMLTableRowElement;
const hint = () => (view.root.querySelector(".nnw-diag")?.textContent ?? "").replace(/\s+/g, " ");
const act = () => pressed(view.root.querySelector(".nnw-diag > .nnw-btn"));

describe("numbers", () => {
  it.each(NAMES)(
    "agree with each other at every stop of every level: %s",
    async (name) => {
      const pass = passOf(name);
      for (const detail of ["layer", "node", "operation"] as const) {
        await show(name, { detail });
        for (let step = 1; step <= pass.steps(detail).length; step++) {
          await change({ step });
          expect(() => view.numbers(), `${detail}, step ${step}`).not.toThrow();
        }
      }
    },
    60_000,
  );

  it("are those of the design's picture", async () => {
    await change({ step: 17 });
    expect(view.numbers()).toMatchObject({
      "exact.w11": "0.274138",
      "check.w11": "0.274138",
      "gradient.w11": "0.274",
      "local.a1/w11": "0.80",
      "local.h1/a1": "0.401",
      "local.z/h1": "−1.100",
      "local.p/z": "0.173",
      "local.L/p": "−4.479",
      "updated.w11": "0.463",
      "row.gradient.w11": "0.2741",
      "row.check.w11": "0.2741",
    });
  });

  it("have as many digits as say something", () => {
    expect(precise(0)).toBe("0");
    expect(precise(0.2741381)).toBe("0.274138");
    expect(precise(-2.38e-7)).toBe("−2.3800·10⁻⁷");
    expect(two(0.004)).toBe("4.0·10⁻³");
    expect(two(-0.9)).toBe("−0.90");
  });
});

describe("formulas", () => {
  it("of values have symbols, and the numbers of the moment", async () => {
    await change({ step: 1 });
    expect(lines()).toEqual([
      "forward | a1=w11x1+w12x2+b1 | ",
      " | =0.60×0.80+(−0.90)×(−0.50)+0.10 | =1.030",
    ]);
    await change({ step: 7 });
    expect(lines()).toEqual(["forward | L=−lnp | ", " | =−ln0.223 | =1.499"]);
  });

  it("of gradients begin at the loss, and end with the factor that is new", async () => {
    await change({ step: 8 });
    expect(lines()).toEqual(["first factor | ∂L/∂p=−1/p=−1/0.223 | =−4.478915"]);
    await change({ step: 17 });
    expect(lines()).toEqual([
      "chain rule | ∂L/∂w11=∂L/∂p∂p/∂z∂z/∂h1∂h1/∂a1∂a1/∂w11 | ",
      " | =−4.479×0.173×(−1.100)×0.401×0.80 | =0.274138",
      "new factor | ∂a1/∂w11=x1 | =0.80",
      "update | w11←w11−η∂L/∂w11=0.60−0.50×0.274 | =0.463",
    ]);
  });

  it("add up what comes back where paths meet, and list the paths", async () => {
    const pass = passOf("paths meet");
    const steps = pass.steps("node");
    const meeting = steps.findIndex(
      ({ phase, kind, index }) => phase === "backward" && kind === "value" && pass.outOf(index).length > 1,
    );
    const node = steps[meeting]?.index as number;
    await show("paths meet", { step: meeting + 1 });
    const names = pass.outOf(node).map(({ to }) => pass.symbols[to]?.text);
    expect(names).toHaveLength(2);
    expect(lines().map((line) => line.split(" | ")[0])).toEqual([
      "paths meet",
      "",
      "2 paths",
      "path 1",
      "path 2",
    ]);
    const paths = pathsOf(pass, "value", node, 8) ?? [];
    const products = paths.map((path) => path.reduce((all, factor) => all * localOf(pass, 0, factor), 1));
    expect(products.reduce((sum, each) => sum + each, 0)).toBeCloseTo(pass.gradient(0, node), 6);
    products.forEach((product, k) => {
      expect(view.numbers()[`path.${k + 1}`]).toBe(product.toFixed(3).replace("-", "−"));
    });
  });

  it("of a batch take the mean over its samples", async () => {
    await show("mini-batch", { step: 17 });
    const batch = lines().find((line) => line.startsWith("batch"));
    expect(batch).toMatch(/^batch \| 0\.274\+0\.203\+0\.156\+0\.811\/4 \| =0\.361017$/);
    expect(view.numbers()["exact.own.w11"]).toBe("0.202793");
  });

  it("by layers are of matrices", async () => {
    await change({ detail: "layer", step: 1 });
    expect(lines()[0]).toBe("forward | a=Wx+b | ");
    expect(lines()[1]).toBe(" | =0.60−0.90−0.700.400.80−0.50+0.10−0.20 | =1.030−0.960");
    const pass = passOf("default");
    const step = pass.steps("layer").findIndex(({ phase, kind }) => phase === "backward" && kind === "value");
    for (const [index, first, second] of [
      [pass.groups.findIndex(({ symbol }) => symbol.text === "h"), "∂L/∂h=v^T∂L/∂z", "−1.100.80×(−0.777)"],
      [
        pass.groups.findIndex(({ symbol }) => symbol.text === "a"),
        "∂L/∂a=∂L/∂h⊙tanh′(a)",
        "0.854−0.621⊙0.4010.446",
      ],
    ] as const) {
      const at = pass
        .steps("layer")
        .findIndex((each) => each.phase === "backward" && each.kind === "value" && each.index === index);
      expect(at).toBeGreaterThan(step - 1);
      await change({ step: at + 1 });
      expect(lines()[0]).toBe(`chain rule | ${first} | `);
      expect(lines()[1]?.split(" | ")[1]).toBe(`=${second}`);
    }
    const weights = pass
      .steps("layer")
      .findIndex(({ kind, index }) => kind === "parameter" && pass.tensors[index]?.symbol.text === "W");
    await change({ step: weights + 1 });
    expect(lines()).toEqual([
      "chain rule | ∂L/∂W=∂L/∂ax^T | ",
      " | =0.343−0.2770.80−0.50 | =0.274−0.171−0.2220.139",
    ]);
  });

  it("of single operations name each, and go back through them", async () => {
    const pass = passOf("default");
    const steps = pass.steps("operation");
    const parts = pass.partsOf(pass.end - 1); // of the sigmoid
    const at = (phase: string, part: number) =>
      steps.findIndex(
        (each) => each.phase === phase && each.kind === "part" && each.index === parts[part]?.id,
      ) + 1;
    await change({ detail: "operation", step: at("forward", 0) });
    expect(lines()).toEqual(["operation | t1=−z | ", " | =−(−1.247) | =1.247"]);
    await change({ step: at("forward", 1) });
    expect(lines()[0]).toBe("operation | t2=e^t1 | ");
    await change({ step: at("backward", 1) });
    expect(lines()[0]).toBe("chain rule | ∂L/∂t2=∂L/∂t3∂t3/∂t2 | ");
  });

  it("say what an update does to the loss", async () => {
    await change({ step: 24 });
    expect(lines()).toContain("loss | 1.499→0.801 | ΔL=−0.698");
  });

  it("name an optimizer that is not plain descent", async () => {
    await change({ _pass: passTrait("default", { version: ++version, rule: "Adam" }), step: 17 });
    expect(lines().at(-1)).toBe("update | 0.60by Adam | =0.463");
  });

  it("light what the pointer is at, in the drawing and in the table", async () => {
    await change({ step: 17 });
    const factor = [...view.root.querySelectorAll(".nnw-bp-eq .nnw-bp-q")].find(
      (each) => each.textContent === "0.80",
    );
    factor?.dispatchEvent(new PointerEvent("pointerenter"));
    await nextFrame();
    expect(row("w11").hasAttribute("data-hover")).toBe(true);
    expect(factor?.hasAttribute("data-hover")).toBe(true);
    factor?.dispatchEvent(new PointerEvent("pointerleave"));
    await nextFrame();
    expect(view.root.querySelector("tr[data-hover]")).toBeNull();
  });
});

describe("rules", () => {
  it("are known for every edge of the networks of the settings", () => {
    for (const name of ["default", "paths meet", "three classes", "mini-batch"] as const) {
      const pass = passOf(name);
      for (const edge of pass.edges)
        expect(localRule(pass, { edge, use: null, to: edge.to }, 0)).not.toBeNull();
      for (let node = 0; node <= pass.end; node++)
        expect(valueRule(pass, node, 0) === null).toBe(pass.into(node).length === 0);
    }
  });

  it("are those of a textbook", async () => {
    const of = (name: PassName, from: string, to: string) => {
      const pass = passOf(name);
      const at = (text: string) => pass.symbols.findIndex((symbol) => symbol.text === text);
      const edge = pass.edges.find((each) => each.from === at(from) && each.to === at(to)) ?? null;
      return rule(localRule(pass, { edge, use: null, to: at(to) }, 0));
    };
    expect(await of("default", "a1", "h1")).toBe("1−h1^2");
    expect(await of("default", "z", "p")).toBe("p(1−p)");
    expect(await of("default", "h1", "z")).toBe("v1");
    expect(await of("paths meet", "a(1)1", "h(1)1")).toBe("1−(h1(1))^2".replace("h1(1)", "h1^(1)"));
    expect(await of("three classes", "a1", "h1")).toBe("0,fora1≤0");
    expect(await of("three classes", "a2", "h2")).toBe("1,fora2>0");
    expect(await of("three classes", "z1", "L")).toBe("softmax1(z)");
    expect(await of("three classes", "z3", "L")).toBe("softmax3(z)−1");
    expect(await of("own module", "z", "L")).toBe("2(z−y)");
  });

  it("are not written where the recorded number is another", () => {
    const trait = passTrait("default");
    const pass = readPass(trait) as Pass;
    const { edges } = pass;
    const last = edges.at(-1) as (typeof edges)[number];
    const locals = new Float64Array(trait.locals.buffer.slice(0));
    // As a loss with weights has it.
    locals[last.id] = 2 * (locals[last.id] as number);
    const other = readPass({ ...trait, locals: new DataView(locals.buffer) }) as Pass;
    const factor = { edge: last, use: null, to: last.to };
    expect(localRule(pass, factor, 0)).not.toBeNull();
    expect(localRule(other, factor, 0)).toBeNull();
  });

  it("write general targets, and several outputs", async () => {
    const trait = passTrait("default");
    const targets = new DataView(Float64Array.from([0.25]).buffer);
    const locals = new Float64Array(trait.locals.buffer.slice(0));
    const pass = readPass(trait) as Pass;
    const edge = pass.edges.at(-1) as Pass["edges"][number];
    const p = pass.value(0, edge.from);
    locals[edge.id] = (p - 0.25) / (p * (1 - p));
    const soft = readPass({ ...trait, targets, locals: new DataView(locals.buffer) }) as Pass;
    expect(await rule(localRule(soft, { edge, use: null, to: edge.to }, 0))).toBe("p−y/p(1−p)");
    const [value] = valueRule(soft, soft.end, 0) ?? [];
    expect(await rule((value as unknown[]).flat())).toBe("−(ylnp+(1−y)ln(1−p))");
  });
});

describe("the check", () => {
  const EPSILONS = passOf("default").epsilons;
  const of = (difference: (epsilon: number, at: number) => number) => ({
    epsilons: [...EPSILONS],
    differences: [...EPSILONS].map(difference),
    quotients: [],
    gradient: 1,
  });

  it("takes the difference quotient of the recorded losses", () => {
    const pass = passOf("default");
    const { epsilons, quotients, differences, gradient } = checkedOf(pass, "double", 0);
    const at = nearest(epsilons, 1e-3);
    const [larger, smaller] = pass.check("double", 0, at);
    expect(epsilons[at]).toBe(1e-3);
    expect(quotients[at]).toBe((larger - smaller) / 2e-3);
    expect(gradient).toBe(pass.gradientDouble(0));
    expect(differences[at]).toBeCloseTo(3.2e-8, 9);
  });

  it("finds where differences fall as ε², and where rounding takes over", () => {
    const both = of((epsilon, at) => 0.1 * epsilon ** 2 + (1e-16 / epsilon) * (at % 2 ? 0.6 : 1.4));
    const names = regimesOf(both).map(({ name }) => name);
    expect(names).toEqual(["truncation", "rounding"]);
    const [cut, rounding] = regimesOf(both);
    expect(cut?.from).toBe(0);
    expect(EPSILONS[cut?.to ?? 0]).toBeLessThan(1e-3);
    expect(EPSILONS[rounding?.from ?? 0]).toBeLessThan(1e-3);
    expect(rounding?.to).toBe(EPSILONS.length - 1);
    expect(regimesOf(of((epsilon) => epsilon ** 2)).map(({ name }) => name)).toEqual(["truncation"]);
    expect(regimesOf(of(() => 0))).toEqual([]);
    expect(regimesOf(of((epsilon) => epsilon))).toEqual([]);
    expect(regimesOf(of(() => Number.NaN))).toEqual([]);
  });

  it("names both for the network of the picture", async () => {
    await change({ step: 17 });
    const text = view.text(".nnw-bp-checked");
    expect(text).toContain("truncation: ∝ ε²");
    expect(text).toContain("rounding: ∝ 1/ε");
  });

  it("is there as soon as the gradient is, and not before", async () => {
    await change({ step: 16 });
    expect(view.root.querySelector('[role="slider"][aria-label="ε"]')).toBeNull();
    expect(view.text(".nnw-bp-check")).toContain("once the gradient of a parameter is known");
    await change({ step: 17 });
    expect(view.numbers()["difference.w11"]).toBe("3.2·10⁻⁸");
    expect(view.root.querySelector('[role="slider"][aria-label="ε"]')?.getAttribute("aria-valuetext")).toBe(
      "0.001, the two differ by 3.2·10⁻⁸",
    );
  });

  it("follows ε by the keys, to the right a larger one, and stops at the ends", async () => {
    await change({ step: 17 });
    const handle = () => view.root.querySelector('[role="slider"][aria-label="ε"]') as Element;
    await view.key(handle(), "ArrowLeft");
    expect(model.state.epsilon).toBe(3e-4);
    await view.key(handle(), "ArrowRight");
    expect(model.state.epsilon).toBe(1e-3);
    await view.key(handle(), "Home");
    expect(model.state.epsilon).toBe(1e-8);
    await view.key(handle(), "ArrowLeft");
    expect(model.state.epsilon).toBe(1e-8);
    await view.key(handle(), "End");
    expect(model.state.epsilon).toBe(1);
    expect(model.state.step).toBe(17);
  });

  it("can be in the precision of the model", async () => {
    await change({ step: 17 });
    const before = view.numbers()["check.w11"];
    await view.press("Precision: float32");
    expect(model.state.precision).toBe("model");
    const pass = passOf("default");
    const [larger, smaller] = pass.check("model", 0, nearest(pass.epsilons, 1e-3));
    expect(view.numbers()["check.w11"]).toBe(precise((larger - smaller) / 2e-3));
    expect(view.numbers()["check.w11"]).not.toBe(before);
  });
});

describe("the parameters", () => {
  it("stand neuron by neuron, and know only what is there", async () => {
    const pass = passOf("default");
    expect(rowsOf(pass).map((parameter) => pass.parameterSymbols[parameter]?.text)).toEqual([
      "w11",
      "w12",
      "b1",
      "w21",
      "w22",
      "b2",
      "v1",
      "v2",
      "c",
    ]);
    await change({ step: 11 });
    const known = Object.keys(view.numbers()).filter((name) => name.startsWith("row.gradient"));
    expect(known.sort()).toEqual(["row.gradient.v1", "row.gradient.v2"].sort().slice(0, known.length));
    expect(known.length).toBe(2);
    expect(row("w11").textContent).toContain("·");
  });

  it("show the path of the one that is pressed, by pointer and by key", async () => {
    await pressed(row("w21"));
    const pass = passOf("default");
    const at = (text: string) =>
      pass
        .steps("node")
        .findIndex(({ kind, index }) => kind === "parameter" && pass.parameterSymbols[index]?.text === text) +
      1;
    expect(model.state.step).toBe(at("w21"));
    expect(row("w21").hasAttribute("data-now")).toBe(true);
    await view.press("Path of b1");
    expect(model.state.step).toBe(at("b1"));
  });

  it("are hundreds in a place for nine", async () => {
    await show("vanishing", { step: 592 });
    const pass = passOf("vanishing");
    const table = view.root.querySelector(".nnw-bp-table") as HTMLElement;
    const shown = () => [...table.querySelectorAll("tbody tr[aria-rowindex]")];
    expect(table.querySelector("table")?.getAttribute("aria-rowcount")).toBe(String(rowsOf(pass).length + 1));
    expect(shown().length).toBeLessThan(20);
    table.scrollTop = 22 * 300;
    table.dispatchEvent(new Event("scroll"));
    await nextFrame();
    expect(shown()[4]?.getAttribute("aria-rowindex")).toBe("302");
    const heights = [...table.querySelectorAll<HTMLElement>("tbody tr:not([aria-rowindex])")].map(
      ({ style }) => Number.parseFloat(style.height) / 22,
    );
    expect(heights.reduce((sum, each) => sum + each, shown().length)).toBe(rowsOf(pass).length);
  }, 30_000);

  it("are changed where they stand", async () => {
    await view.press("Change w 11, 0.60");
    const field = view.field("Weight w 11");
    type(field, "0.75", "input");
    await view.key(field, "Enter");
    const weights = model.state.weights as number[];
    expect(weights[0]).toBe(0.75);
    expect(weights[1]).toBeCloseTo(-0.9, 6);
    expect(weights).toHaveLength(9);
  });

  it("say by how much they have changed since", async () => {
    await change({ step: 17 });
    const before = new Float64Array(passTrait("default").before.buffer.slice(0));
    before[0] = 0.75;
    await answer({ before: new DataView(before.buffer) });
    expect(row("w11").querySelector("small")?.textContent).toBe("+0.15");
    expect(row("w12").querySelector("small")).toBeNull();
    await change({ step: 18 });
    expect(row("w11").querySelector("small")).toBeNull();
  });

  it("have what they will be, once all are updated", async () => {
    await change({ step: 23 });
    expect(view.numbers()).toMatchObject({
      "weight.w11": "0.60",
      "updated.w11": "0.463",
      "updated.c": "0.588",
    });
  });
});

describe("the sizes of gradients", () => {
  it("are there when all of a layer are", async () => {
    const named = () => Object.keys(view.numbers()).filter((name) => name.startsWith("magnitude."));
    expect(named()).toEqual([]);
    await change({ step: 17 });
    expect(named()).toEqual(["magnitude.v"]);
    await change({ step: 22 });
    expect(view.numbers()).toMatchObject({ "magnitude.W": "0.208", "magnitude.v": "0.590" });
  });

  it("stand beside those of a twin, which Python makes", async () => {
    const select = view.field<HTMLSelectElement>("Beside it");
    type(select, "relu", "change");
    expect(model.state.beside).toBe("relu");
    await show("vanishing", { step: 592 });
    const numbers = view.numbers();
    const { magnitudes, beside } = passOf("vanishing");
    expect(Object.keys(numbers).filter((name) => name.startsWith("beside."))).toHaveLength(magnitudes.length);
    expect(numbers["beside.W(1)"]).not.toBe(numbers["magnitude.W(1)"]);
    expect(beside?.label).toBe("ReLU");
  });
});

describe("what to try", () => {
  it("leads in five minutes from the first value to gradients that vanish", async () => {
    expect(hint()).toContain("step forward to the loss");
    await act();
    expect(model.state.step).toBe(7);
    expect(hint()).toContain("How would L change if p grew a little?");
    await act();
    expect(model.state.step).toBe(8);
    expect(hint()).toContain("if p grew by 0.01, L would fall by about 0.045");
    await act();
    expect(model.state.step).toBe(9);
    expect(hint()).toContain("2 factors so far");
    await act();
    expect(model.state.step).toBe(17);
    expect(hint()).toContain("with ε = 0.001 the two differ by 3.2·10⁻⁸");
    await act();
    expect(model.state.epsilon).toBe(1e-4);
    expect(hint()).toContain("Does it always get better?");
    await act();
    expect(model.state.epsilon).toBe(1e-8);
    expect(hint()).toContain("More is not better. Rounding:");
    await act();
    expect(row("w21").hasAttribute("data-now")).toBe(true);
    expect(hint()).toContain("share their first 2 factors");
    await act();
    expect(model.state.step).toBe(23);
    await act();
    expect(model.state.step).toBe(24);
    expect(hint()).toContain("The loss falls from 1.499 to 0.801.");
    await act();
    expect(model.state.inputs).toEqual([[0, -0.5]]);
    expect(model.state.step).toBe(17);
    // What Python makes of it.
    const zero = (key: "gradient" | "use_locals") => {
      const values = new Float64Array(passTrait("default")[key].buffer.slice(0));
      if (key === "gradient") values[0] = 0;
      else for (const { id, parameter } of passOf("default").uses) if (parameter === 0) values[id] = 0;
      return new DataView(values.buffer);
    };
    await answer({ gradient: zero("gradient"), use_locals: zero("use_locals") });
    expect(hint()).toContain(
      "The gradient of w11 is 0. One of its factors is what the weight multiplies, x1 = 0",
    );
    await act();
    expect(model.state.hidden_layers).toEqual([2, 2]);
    await show("paths meet", { step: 1 });
    expect(hint()).toContain("2 lines leave it");
    await act();
    expect(hint()).toContain("Paths meet: h");
    await act();
    expect(model.state.hidden_layers).toEqual(settingsOf("vanishing").hidden_layers);
    await show("vanishing", { step: 592 });
    expect(hint()).toMatch(
      /The gradient vanishes: in the first layer it is 2\.5·10⁻⁶ of that in the last\. With ReLU it is/,
    );
    await act();
    expect(model.state.hidden_layers).toEqual([2]);
  }, 60_000);

  it("explains a neuron through which nothing comes", async () => {
    const pass = passOf("three classes");
    const dead = pass.parameterSymbols.findIndex(({ text }) => text === "w11");
    const step = pass.steps("node").findIndex(({ kind, index }) => kind === "parameter" && index === dead);
    await show("three classes", { step: step + 1 });
    expect(hint()).toContain("The gradient of w11 is 0. One of its factors is 0, the derivative of h1");
  });

  it("says that a step was too long, where the loss rises", async () => {
    await answer({ loss_after: 2.5 });
    await change({ step: 24 });
    expect(hint()).toContain("The loss rises from 1.499 to 2.500.");
    await act();
    expect(model.state.learning_rate).toBe(0.05);
  });

  it("offers no change that only Python could make, where it is not there", async () => {
    await change({ step: 24 });
    expect(view.root.querySelector(".nnw-diag > .nnw-btn")?.textContent).toBe("Set x₁ to 0");
    await vi.advanceTimersByTimeAsync(ASK_MS + SILENT_MS + 100);
    await nextFrame();
    expect(view.root.querySelector(".nnw-diag > .nnw-btn")).toBeNull();
    expect(view.button("Change w 11, 0.60").disabled).toBe(true);
    await pressed(row("w21"));
    expect(row("w21").hasAttribute("data-now")).toBe(true);
    await show("paths meet", { step: 38 });
    expect(hint()).toContain("The loss falls");
    expect(view.root.querySelector(".nnw-diag > .nnw-btn")).toBeNull();
  });
});
