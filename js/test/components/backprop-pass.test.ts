import { describe, expect, it } from "vitest";
import {
  alike,
  chainOf,
  type Factor,
  LEVELS,
  localOf,
  type Pass,
  pathsOf,
  readPass,
} from "../../src/components/backprop/pass";
import { placesOf, spreadOf } from "../../src/components/backprop/places";
import { pace } from "../../src/components/backprop/play";
import { nodesOf, parametersOf, phasesOf, shownOf, stopOf } from "../../src/components/backprop/state";
import { type PassName, passTrait, settingsOf } from "../backprop";

const read = (name: PassName) => readPass(passTrait(name)) as Pass;
const nodeOf = (pass: Pass, text: string) => pass.symbols.findIndex((symbol) => symbol.text === text);
const parameterOf = (pass: Pass, text: string) =>
  pass.parameterSymbols.findIndex((symbol) => symbol.text === text);
const product = (pass: Pass, sample: number, factors: readonly Factor[]) =>
  factors.reduce((value, factor) => value * localOf(pass, sample, factor), 1);

const NAMES: PassName[] = ["default", "paths meet", "three classes", "mini-batch", "own module"];

describe("a recorded pass", () => {
  it("is none before Python has made one", () => {
    expect(readPass(null)).toBeNull();
    expect(readPass(undefined)).toBeNull();
    expect(readPass({ ...passTrait("default"), version: 0 })).toBeNull();
  });

  it("has its numbers by sample and quantity", () => {
    const pass = read("default");
    expect(pass.value(0, nodeOf(pass, "h1"))).toBeCloseTo(0.773908, 6);
    expect(pass.gradient(0, nodeOf(pass, "p"))).toBeCloseTo(-4.478915, 6);
    expect(pass.weight(parameterOf(pass, "v1"))).toBeCloseTo(-1.1, 6);
    expect(pass.weightGradient(parameterOf(pass, "w11"))).toBeCloseTo(0.274138, 6);
    expect(pass.updated(parameterOf(pass, "w11"))).toBeCloseTo(0.6 - 0.5 * 0.274138, 6);
    expect(pass.target(0)).toEqual([1]);
    const batch = read("mini-batch");
    expect([0, 1, 2, 3].map((sample) => batch.target(sample))).toEqual([[1], [0], [1], [0]]);
    expect(batch.value(3, 0)).toBeCloseTo(-1.2, 6);
    expect(pass.value(1, 0)).toBeNaN();
  });

  it("knows what leads into a node and out of it, and where a parameter works", () => {
    const pass = read("default");
    const [a1, h1] = [nodeOf(pass, "a1"), nodeOf(pass, "h1")];
    expect(pass.into(a1).map(({ from }) => pass.symbols[from]?.text)).toEqual(["x1", "x2"]);
    expect(pass.into(a1).map(({ weight }) => pass.parameterSymbols[weight]?.text)).toEqual(["w11", "w12"]);
    expect(pass.outOf(a1).map(({ to }) => to)).toEqual([h1]);
    expect(pass.groups[pass.groupOf(h1)]?.function).toBe("tanh");
    expect(pass.usesOf(parameterOf(pass, "b1"))).toMatchObject([{ to: a1, from: -1 }]);
    expect(pass.outOf(pass.end)).toEqual([]);
    const own = read("own module");
    const shared = own.parameterSymbols.findIndex((_, parameter) => own.usesOf(parameter).length > 1);
    expect(shared).toBeGreaterThanOrEqual(0);
  });

  it.each(NAMES)("has central differences that are its gradients: %s", (name) => {
    const pass = read(name);
    const at = [...pass.epsilons].indexOf(1e-3);
    expect(at).toBeGreaterThan(0);
    pass.parameterSymbols.forEach((_, parameter) => {
      const [above, below] = pass.check("double", parameter, at);
      expect((above - below) / 2e-3).toBeCloseTo(pass.gradientDouble(parameter), 4);
      expect(pass.gradientDouble(parameter)).toBeCloseTo(pass.weightGradient(parameter), 5);
    });
  });

  it.each(NAMES)("has single operations that end in their node: %s", (name) => {
    const pass = read(name);
    expect(pass.parts.length).toBeGreaterThan(0);
    for (const part of pass.parts) {
      const parts = pass.partsOf(part.node);
      if (part !== parts.at(-1)) continue;
      expect(pass.partValue(0, part.id)).toBeCloseTo(pass.value(0, part.node), 5);
    }
    // A local derivative of each operand; those of one part do not run into those of the next.
    const [product, sum] = [
      pass.parts.find(({ sign }) => sign === "×"),
      pass.parts.find(({ sign }) => sign === "+"),
    ];
    if (!product || !sum) throw new Error("no products and sums");
    expect(pass.partLocal(0, product, 0)).toBeCloseTo(pass.value(0, product.inputs[1] as number), 6);
    expect(sum.inputs.map((_, operand) => pass.partLocal(0, sum, operand))).toEqual(sum.inputs.map(() => 1));
  });

  it("is laid beside another only where both are of the same network", () => {
    expect(alike(read("default"), read("default"))).toBe(true);
    expect(alike(read("default"), read("mini-batch"))).toBe(false);
    expect(alike(read("default"), read("paths meet"))).toBe(false);
  });
});

describe("the chain rule", () => {
  it.each(NAMES)("multiplies local derivatives to the gradients of autograd, over all paths: %s", (name) => {
    const pass = read(name);
    pass.symbols.forEach((_, node) => {
      const gradient = pass.gradient(0, node);
      if (Number.isNaN(gradient)) return;
      const paths = pathsOf(pass, "value", node, 1000);
      const sum = paths?.reduce((all, path) => all + product(pass, 0, path), 0);
      expect(sum).toBeCloseTo(gradient, 4);
    });
  });

  it.each(NAMES)("is as long as there is one way, and a sum where several leave: %s", (name) => {
    const pass = read(name);
    pass.symbols.forEach((_, node) => {
      const { factors, end, terms } = chainOf(pass, "value", node);
      if (terms.length) {
        expect(factors).toEqual([]);
        const sum = terms.reduce((all, term) => all + localOf(pass, 0, term) * pass.gradient(0, term.to), 0);
        expect(sum).toBeCloseTo(pass.gradient(0, node), 4);
      } else if (factors.length)
        expect(product(pass, 0, factors) * pass.gradient(0, end)).toBeCloseTo(pass.gradient(0, node), 4);
    });
  });

  it("leads from the first weight to the loss over five local derivatives", () => {
    const pass = read("default");
    const { factors, end, terms } = chainOf(pass, "parameter", parameterOf(pass, "w11"));
    expect(factors.map(({ to }) => pass.symbols[to]?.text)).toEqual(["a1", "h1", "z", "p", "L"]);
    expect(end).toBe(pass.end);
    expect(terms).toEqual([]);
    expect(product(pass, 0, factors)).toBeCloseTo(0.274138, 6);
  });

  it("gives up counting paths where there are too many to be listed", () => {
    const pass = read("vanishing");
    expect(pathsOf(pass, "parameter", 0, 8)).toBeNull();
    expect(pathsOf(read("paths meet"), "parameter", 0, 8)).toHaveLength(2);
  });
});

describe("the walk", () => {
  it.each(NAMES)(
    "makes known each value before what it goes into, and each gradient behind it: %s",
    (name) => {
      const pass = read(name);
      for (const level of ["node", "layer"] as const) {
        const values = new Set<number>();
        const gradients = new Set<number>();
        pass.groups.forEach(({ kind, start, units }) => {
          if (kind !== "input" && kind !== "parameter") return;
          for (let unit = 0; unit < units; unit++) values.add(start + unit);
        });
        for (const step of pass.steps(level)) {
          const nodes = nodesOf(pass, level, step);
          if (step.phase === "forward" || step.phase === "loss")
            for (const node of nodes) {
              for (const { from } of pass.into(node)) expect(values).toContain(from);
              values.add(node);
            }
          if (step.phase !== "backward") continue;
          for (const parameter of parametersOf(pass, level, step)) {
            const own = pass.nodeOf(parameter);
            if (own !== undefined) gradients.add(own);
            for (const { to } of own === undefined ? pass.usesOf(parameter) : pass.outOf(own))
              expect(gradients.has(to) || to === pass.end).toBe(true);
          }
          for (const node of nodes) {
            for (const { to } of pass.outOf(node)) expect(gradients.has(to) || to === pass.end).toBe(true);
            gradients.add(node);
          }
        }
        expect(values.size).toBe(pass.symbols.length);
      }
    },
  );

  it.each(NAMES)("has four phases one after the other at each level: %s", (name) => {
    const pass = read(name);
    for (const level of LEVELS) {
      const steps = pass.steps(level);
      const phases = phasesOf(steps);
      expect(phases.map(({ phase }) => phase)).toEqual(["forward", "loss", "backward", "update"]);
      expect(phases.map(({ from }) => from)).toEqual([0, ...phases.slice(0, -1).map(({ to }) => to)]);
      expect(phases.at(-1)?.to).toBe(steps.length);
    }
  });

  it("knows a parameter that is a node of its own as either", () => {
    const pass = read("own module");
    const theta = parameterOf(pass, "theta");
    const stop = stopOf(pass, "node", "backward", { kind: "parameter", index: theta });
    const node = pass.nodeOf(theta) as number;
    expect(stopOf(pass, "node", "backward", { kind: "value", index: node })).toBe(stop);
    const knows = (step: number) => {
      const settings = settingsOf("own module", { step });
      const shown = shownOf({ pass, settings, playing: { value: false } } as never);
      return [
        shown?.knowsGradient({ kind: "parameter", index: theta }),
        shown?.knowsGradient({ kind: "value", index: node }),
      ];
    };
    expect(knows(stop)).toEqual([false, false]);
    expect(knows(stop + 1)).toEqual([true, true]);
  });

  it("stops at each single operation, and the value of a node is known behind the last", () => {
    const pass = read("default");
    const z = nodeOf(pass, "z");
    const steps = pass.steps("operation");
    const stop = stopOf(pass, "operation", "forward", { kind: "value", index: z });
    expect(pass.parts[steps[stop]?.index ?? -1]?.id).toBe(pass.partsOf(z).at(-1)?.id);
    // On the way back the last operation comes first, and with it the gradient.
    const back = stopOf(pass, "operation", "backward", { kind: "value", index: z });
    expect(back).toBeGreaterThan(stop);
  });
});

describe("the line of steps", () => {
  const PHASES = [
    { phase: "forward", from: 0, to: 6 },
    { phase: "loss", from: 6, to: 7 },
    { phase: "backward", from: 7, to: 22 },
    { phase: "update", from: 22, to: 24 },
  ] as const;

  it("has each stop at its place, the same pitch apart, and a gap between phases", () => {
    const places = placesOf(PHASES, 1028);
    expect(places.pitch).toBeCloseTo((1028 - 30) / 24);
    expect(places.x(0)).toBeCloseTo(places.pitch / 2);
    expect(places.x(7) - places.x(6)).toBeCloseTo(places.pitch + 10);
    expect(places.x(8) - places.x(7)).toBeCloseTo(places.pitch);
    expect(places.x(23)).toBeCloseTo(1028 - places.pitch / 2);
  });

  it("finds the stop at a place, also at the edges and in the gaps", () => {
    const places = placesOf(PHASES, 1028);
    for (let stop = 0; stop < 24; stop++) {
      expect(places.nearest(places.x(stop))).toBe(stop);
      expect(places.nearest(places.x(stop) + 0.4 * places.pitch)).toBe(stop);
    }
    expect(places.nearest(-50)).toBe(0);
    expect(places.nearest(5000)).toBe(23);
    const gap = (places.phases[0]?.end ?? 0) + 2;
    expect(places.nearest(gap)).toBe(5);
    expect(places.nearest(gap + 6)).toBe(6);
  });

  it("spreads the stops beside the present one, which stays where it is on the line", () => {
    const lens = { width: 1000, pitch: 50, side: 4 };
    expect(spreadOf(100, 500, { ...lens, x: 400 })).toEqual({ first: 96, count: 9, left: 175 });
    for (const [at, x] of [
      [0, 1],
      [3, 7],
      [20, 41],
      [100, 401],
      [480, 960],
      [499, 999],
    ] as const) {
      const { first, count, left } = spreadOf(at, 500, { ...lens, x });
      expect([count, first >= 0, first + count <= 500]).toEqual([9, true, true]);
      expect(left).toBeGreaterThanOrEqual(0);
      expect(left + count * 50).toBeLessThanOrEqual(1000);
      expect(Math.abs(left + (at - first + 0.5) * 50 - x)).toBeLessThanOrEqual(25);
    }
    // Of few stops no more than there are, and where there is little room no more than fit.
    expect(spreadOf(1, 3, { ...lens, x: 500 })).toMatchObject({ first: 0, count: 3 });
    expect(spreadOf(100, 500, { ...lens, width: 220, x: 110 }).count).toBeLessThanOrEqual(4);
  });

  it("is walked faster where it is long, but never so fast that it cannot be followed", () => {
    expect(pace("normal", 24)).toBe(700);
    expect(pace("slow", 24)).toBe(2 * pace("normal", 24));
    expect(pace("normal", 80)).toBe(350);
    expect(pace("fast", 2000)).toBe(60);
  });
});
