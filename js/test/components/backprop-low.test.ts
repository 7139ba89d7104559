import { describe, expect, it } from "vitest";
import { localOf, type Pass, pathsOf, readPass } from "../../src/components/backprop/pass";
import { localRule, valueRule } from "../../src/components/backprop/rules";
import { precise, two } from "../../src/components/backprop/texts";
import { type PassName, passTrait } from "../backprop";
import { change, lines, NAMES, nextVersion, passOf, row, rule, show, useBackprop } from "../backprop-view";
import { view } from "../explorer";
import { nextFrame } from "../view";

useBackprop();

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
    await change({ _pass: passTrait("default", { version: nextVersion(), rule: "Adam" }), step: 17 });
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
    expect(of("default", "a1", "h1")).toBe("1−h1^2");
    expect(of("default", "z", "p")).toBe("p(1−p)");
    expect(of("default", "h1", "z")).toBe("v1");
    expect(of("paths meet", "a(1)1", "h(1)1")).toBe("1−(h1(1))^2".replace("h1(1)", "h1^(1)"));
    expect(of("three classes", "a1", "h1")).toBe("0,fora1≤0");
    expect(of("three classes", "a2", "h2")).toBe("1,fora2>0");
    expect(of("three classes", "z1", "L")).toBe("softmax1(z)");
    expect(of("three classes", "z3", "L")).toBe("softmax3(z)−1");
    expect(of("own module", "z", "L")).toBe("2(z−y)");
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
    expect(rule(localRule(soft, { edge, use: null, to: edge.to }, 0))).toBe("p−y/p(1−p)");
    const [value] = valueRule(soft, soft.end, 0) ?? [];
    expect(rule((value as unknown[]).flat())).toBe("−(ylnp+(1−y)ln(1−p))");
  });
});
