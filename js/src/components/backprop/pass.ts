// A pass through a network and back as Python recorded it, read from its arrays. Nothing is computed here but places.
import type {
  BesideTrait,
  GroupTrait,
  MagnitudeTrait,
  PartTrait,
  PassTrait,
  StepTrait,
  SymbolTrait,
  TensorTrait,
} from "../../generated/protocol";
import { bytesIn, float64In } from "../../model/binary";

export type Level = "layer" | "node" | "operation";
export const LEVELS: readonly Level[] = ["layer", "node", "operation"];

/** From one scalar to another. */
export interface Edge {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  /** The parameter that is its weight, or −1. */
  readonly weight: number;
}

/** A place at which a parameter works: it makes `to` out of `from`, or is added where `from` is −1. */
export interface Use {
  readonly id: number;
  readonly parameter: number;
  readonly to: number;
  readonly from: number;
}

/** A single operation inside of a node. */
export interface Part extends PartTrait {
  readonly id: number;
  /** Where its local derivatives begin. */
  readonly start: number;
}

/** By sample, which counts from 0, and scalar, edge or whatever there is one of for each sample. */
type Read = (sample: number, index: number) => number;

export interface Pass
  extends Pick<
    PassTrait,
    | "version"
    | "settings"
    | "number"
    | "owner"
    | "label"
    | "settled"
    | "batch"
    | "shown"
    | "averaged"
    | "precision"
    | "rule"
    | "learning_rate"
    | "loss"
    | "loss_after"
    | "target_kind"
  > {
  readonly groups: readonly GroupTrait[];
  readonly symbols: readonly SymbolTrait[];
  readonly parameterSymbols: readonly SymbolTrait[];
  readonly tensors: readonly TensorTrait[];
  readonly magnitudes: readonly MagnitudeTrait[];
  readonly beside: BesideTrait | null;
  readonly edges: readonly Edge[];
  readonly uses: readonly Use[];
  readonly parts: readonly Part[];
  steps(level: Level): readonly StepTrait[];
  /** Of a node: its group, what goes into it, what it goes into, and the parameters that work in it. */
  groupOf(node: number): number;
  into(node: number): readonly Edge[];
  outOf(node: number): readonly Edge[];
  usesIn(node: number): readonly Use[];
  usesOf(parameter: number): readonly Use[];
  partsOf(node: number): readonly Part[];
  tensorOf(parameter: number): number;
  /** A parameter that is no weight and no bias is a node of its own, which is the same quantity. */
  nodeOf(parameter: number): number | undefined;
  parameterAt(node: number): { readonly kind: "parameter"; readonly index: number } | undefined;
  /** The last node. */
  readonly end: number;
  readonly value: Read;
  /** NaN where nothing flows. */
  readonly gradient: Read;
  /** The value with the updated weights. */
  readonly after: Read;
  /** Of an edge, and of a use. */
  readonly local: Read;
  readonly useLocal: Read;
  readonly partValue: Read;
  readonly partGradient: Read;
  /** Of an operand of a part. */
  partLocal(sample: number, part: Part, operand: number): number;
  readonly weight: (parameter: number) => number;
  readonly weightGradient: (parameter: number) => number;
  readonly updated: (parameter: number) => number;
  target(sample: number): readonly number[];
  /** Of a sample alone; NaN where there is none. */
  lossOf(sample: number): number;
  readonly epsilons: Float64Array;
  /** The batch's loss with a parameter larger and smaller by an epsilon. */
  check(precision: "model" | "double", parameter: number, epsilon: number): readonly [number, number];
  gradientDouble(parameter: number): number;
}

/** How many entries a tensor has. */
export const sizeOf = (shape: readonly number[]) => shape.reduce((size, axis) => size * axis, 1);

const int32In = (bytes: DataView) => new Int32Array(bytesIn(bytes).slice().buffer);

function gather<T>(items: readonly T[], key: (item: T) => number): (at: number) => readonly T[] {
  const found = new Map<number, T[]>();
  for (const item of items) {
    const list = found.get(key(item));
    if (list) list.push(item);
    else found.set(key(item), [item]);
  }
  return (at) => found.get(at) ?? [];
}

/** None before the first pass. */
export function readPass(trait: PassTrait | null | undefined): Pass | null {
  if (!trait?.version) return null;
  const rows = (bytes: DataView, width: number): Read => {
    const values = float64In(bytes);
    return (sample, index) => values[sample * width + index] ?? Number.NaN;
  };
  const list = (bytes: DataView) => {
    const values = float64In(bytes);
    return (index: number) => values[index] ?? Number.NaN;
  };
  const triples = (bytes: DataView) => {
    const cells = int32In(bytes);
    return Array.from({ length: cells.length / 3 }, (_, id) => cells.subarray(3 * id, 3 * id + 3));
  };
  const edges = triples(trait.edges).map(
    ([from, to, weight], id): Edge => ({
      id,
      from: from as number,
      to: to as number,
      weight: weight as number,
    }),
  );
  const uses = triples(trait.uses).map(
    ([parameter, to, from], id): Use => ({
      id,
      parameter: parameter as number,
      to: to as number,
      from: from as number,
    }),
  );
  let operands = 0;
  const parts = trait.parts.map((part, id): Part => {
    const start = operands;
    operands += part.inputs.length;
    return { ...part, id, start };
  });
  const nodes = trait.symbols.length;
  const parameters = trait.parameter_symbols.length;
  const groupOf = new Int32Array(nodes);
  trait.groups.forEach(({ start, units }, group) => {
    groupOf.fill(group, start, start + units);
  });
  const tensorOf = new Int32Array(parameters);
  trait.tensors.forEach(({ start, shape }, tensor) => {
    tensorOf.fill(tensor, start, start + sizeOf(shape));
  });
  const own = uses.filter(({ to }) => trait.groups[groupOf[to] ?? 0]?.kind === "parameter");
  const nodesOf = new Map(own.map(({ parameter, to }) => [parameter, to]));
  const parametersAt = new Map(
    own.map(({ parameter, to }) => [to, { kind: "parameter" as const, index: parameter }]),
  );
  const targets = float64In(trait.targets);
  const width = trait.shown ? targets.length / trait.shown : 0;
  const checks = float64In(trait.checks);
  const epsilons = float64In(trait.epsilons);
  const partLocals = rows(trait.part_locals, operands);
  return {
    version: trait.version,
    settings: trait.settings,
    number: trait.number,
    owner: trait.owner,
    label: trait.label,
    settled: trait.settled,
    batch: trait.batch,
    shown: trait.shown,
    averaged: trait.averaged,
    precision: trait.precision,
    rule: trait.rule,
    learning_rate: trait.learning_rate,
    loss: trait.loss,
    loss_after: trait.loss_after,
    target_kind: trait.target_kind,
    groups: trait.groups,
    symbols: trait.symbols,
    parameterSymbols: trait.parameter_symbols,
    tensors: trait.tensors,
    magnitudes: trait.magnitudes,
    beside: trait.beside,
    edges,
    uses,
    parts,
    steps: (level) => trait.steps[level] ?? [],
    groupOf: (node) => groupOf[node] ?? 0,
    into: gather(edges, ({ to }) => to),
    outOf: gather(edges, ({ from }) => from),
    usesIn: gather(uses, ({ to }) => to),
    usesOf: gather(uses, ({ parameter }) => parameter),
    partsOf: gather(parts, ({ node }) => node),
    tensorOf: (parameter) => tensorOf[parameter] ?? 0,
    nodeOf: (parameter) => nodesOf.get(parameter),
    parameterAt: (node) => parametersAt.get(node),
    end: nodes - 1,
    value: rows(trait.values, nodes),
    gradient: rows(trait.gradients, nodes),
    after: rows(trait.after, nodes),
    local: rows(trait.locals, edges.length),
    useLocal: rows(trait.use_locals, uses.length),
    partValue: rows(trait.part_values, parts.length),
    partGradient: rows(trait.part_gradients, parts.length),
    partLocal: (sample, part, operand) => partLocals(sample, part.start + operand),
    weight: list(trait.before),
    weightGradient: list(trait.gradient),
    updated: list(trait.updated),
    target: (sample) => [...targets.subarray(sample * width, (sample + 1) * width)],
    lossOf: list(trait.losses),
    epsilons,
    check: (precision, parameter, epsilon) => {
      const row = (precision === "model" ? 0 : parameters) + parameter;
      const at = 2 * (row * epsilons.length + epsilon);
      return [checks[at] ?? Number.NaN, checks[at + 1] ?? Number.NaN];
    },
    gradientDouble: list(trait.gradient_double),
  };
}

/** Whether two passes are of the same network, so that their numbers can be laid side by side. */
export const alike = (one: Pass, other: Pass): boolean =>
  one.edges.length === other.edges.length &&
  one.shown === other.shown &&
  one.symbols.length === other.symbols.length &&
  one.symbols.every(({ text }, node) => text === other.symbols[node]?.text) &&
  one.parameterSymbols.length === other.parameterSymbols.length;

/** A local derivative of a chain: of `to` with respect to a node or a parameter. */
export interface Factor {
  readonly edge: Edge | null;
  readonly use: Use | null;
  readonly to: number;
}

/** How a derivative comes about. */
export interface Chain {
  /** From the quantity towards the loss: each local derivative on the way, as long as there is one way only. */
  readonly factors: readonly Factor[];
  /** Where the way ends: at the loss, or where several meet, whose derivative is then the first factor. */
  readonly end: number;
  /** Where several ways leave the quantity itself: the derivative is the sum over them. Else empty. */
  readonly terms: readonly Factor[];
}

const NO_CHAIN: Chain = { factors: [], end: 0, terms: [] };

/** The chain rule of a node or a parameter. */
export function chainOf(pass: Pass, kind: "value" | "parameter", index: number): Chain {
  const firsts: Factor[] =
    kind === "parameter"
      ? pass.usesOf(index).map((use) => ({ edge: null, use, to: use.to }))
      : pass.outOf(index).map((edge) => ({ edge, use: null, to: edge.to }));
  if (!firsts.length) return { ...NO_CHAIN, end: kind === "value" ? index : 0 };
  if (firsts.length > 1) return { factors: [], end: kind === "value" ? index : 0, terms: firsts };
  const factors: Factor[] = [...firsts];
  let at = (firsts[0] as Factor).to;
  for (;;) {
    const ways = pass.outOf(at);
    if (ways.length !== 1) return { factors, end: at, terms: [] };
    const edge = ways[0] as Edge;
    factors.push({ edge, use: null, to: edge.to });
    at = edge.to;
  }
}

export const localOf = (pass: Pass, sample: number, { edge, use }: Factor): number =>
  edge ? pass.local(sample, edge.id) : use ? pass.useLocal(sample, use.id) : Number.NaN;

/** A parameter that is no weight has a node of its own, which is the same number. */
export function ownNode(
  pass: Pass,
  { kind, index }: { readonly kind: "value" | "parameter"; readonly index: number },
): number | null {
  const [use, ...others] = kind === "parameter" ? pass.usesOf(index) : [];
  const isOwn = use && !others.length && pass.groups[pass.groupOf(use.to)]?.kind === "parameter";
  return isOwn ? use.to : null;
}

/** All ways from a node or a parameter to the loss, each a list of factors; null where there are more than `most`. */
export function pathsOf(
  pass: Pass,
  kind: "value" | "parameter",
  index: number,
  most: number,
): readonly (readonly Factor[])[] | null {
  const found: Factor[][] = [];
  const walk = (way: Factor[], node: number): boolean => {
    if (node === pass.end) {
      found.push([...way]);
      return found.length <= most;
    }
    return pass.outOf(node).every((edge) => {
      way.push({ edge, use: null, to: edge.to });
      const fine = walk(way, edge.to);
      way.pop();
      return fine;
    });
  };
  const fine =
    kind === "value"
      ? walk([], index)
      : pass.usesOf(index).every((use) => walk([{ edge: null, use, to: use.to }], use.to));
  return fine ? found : null;
}
