// What the picture lights up at a stop: the way of what is computed just now.
import { type Chain, chainOf, type Factor, localOf, type Pass } from "./pass";
import type { Quantity, Shown } from "./state";

/** A node at which paths meet is the sum of these. */
export interface Term {
  readonly factor: Factor;
  readonly local: number;
  /** What reaches the node that the factor leads to. */
  readonly reaching: number;
}

export interface Lit {
  /** Which quantity it is about. */
  readonly quantity: Quantity | null;
  readonly chain: Chain | null;
  readonly terms: readonly Term[];
  readonly nodes: ReadonlySet<number>;
  readonly edges: ReadonlySet<number>;
  readonly backward: boolean;
}

export const NOTHING: Lit = {
  quantity: null,
  chain: null,
  terms: [],
  nodes: new Set(),
  edges: new Set(),
  backward: false,
};

/** The line along which a factor lies. */
export function edgeOf(pass: Pass, { edge, use }: Factor): number {
  if (edge) return edge.id;
  if (!use || use.from < 0) return -1;
  return (
    pass.into(use.to).find(({ from, weight }) => from === use.from && weight === use.parameter)?.id ?? -1
  );
}

/** What the stop is about, as a node or a parameter; null where it is about all of them. */
export function quantityAt({ pass, level, step }: Shown): Quantity | null {
  if (level === "layer" || step.phase === "update") return null;
  if (step.kind === "part") return { kind: "value", index: pass.parts[step.index]?.node ?? -1 };
  return { kind: step.kind === "parameter" ? "parameter" : "value", index: step.index };
}

/** What leads to the value of a node. */
export const forwardTo = (pass: Pass, node: number): Lit => ({
  ...NOTHING,
  quantity: { kind: "value", index: node },
  nodes: new Set([node]),
  edges: new Set(pass.into(node).map(({ id }) => id)),
});

/** A parameter that is a node of its own is that node. */
function nodeFor(pass: Pass, quantity: Quantity): Quantity {
  const [use, ...more] = quantity.kind === "parameter" ? pass.usesOf(quantity.index) : [];
  const isNode = use && !more.length && pass.groups[pass.groupOf(use.to)]?.kind === "parameter";
  return isNode ? { kind: "value", index: use.to } : quantity;
}

/** The chain rule of a quantity. */
export function backwardTo(pass: Pass, sample: number, named: Quantity): Lit {
  const quantity = nodeFor(pass, named);
  const chain = chainOf(pass, quantity.kind, quantity.index);
  const factors = [...chain.factors, ...chain.terms];
  const nodes = new Set(factors.map(({ to }) => to));
  if (quantity.kind === "value") nodes.add(quantity.index);
  return {
    quantity,
    chain,
    nodes,
    edges: new Set(factors.map((factor) => edgeOf(pass, factor)).filter((id) => id >= 0)),
    backward: true,
    terms: chain.terms.map((factor) => ({
      factor,
      local: localOf(pass, sample, factor),
      reaching: pass.gradient(sample, factor.to),
    })),
  };
}

/** At a stop of the node level. */
export function litAt(shown: Shown): Lit {
  const { pass, sample, step } = shown;
  const quantity = quantityAt(shown);
  if (!quantity) return step.kind === "again" ? { ...NOTHING, nodes: new Set([pass.end]) } : NOTHING;
  return step.phase === "backward" ? backwardTo(pass, sample, quantity) : forwardTo(pass, quantity.index);
}
