// What is computed at a node, and its local derivatives, as they are written in a textbook: in symbols, or with the
// numbers of the moment. A formula stands only where the recorded number is what it says.
import type { ComponentChildren, JSX } from "preact";
import { ACTIVATIONS, sigmoid } from "../../concepts/functions";
import {
  call,
  fn,
  frac,
  LN,
  MINUS,
  NEGATIVE,
  op,
  paren,
  plain,
  row,
  signed,
  space,
  sup,
  TIMES,
  v,
  word,
} from "../explorer/math";
import { type Edge, type Factor, localOf, type Pass } from "./pass";
import type { Quantity } from "./state";
import { sym } from "./symbols";
import { isUnsigned, nodeName, parameterName, targetText, two, valueText } from "./texts";

type Piece = JSX.Element;

/** How the quantities of a formula are written: as symbols, or as numbers. */
export interface Hand {
  /** `first`: nothing stands before it, so that a negative number needs no brackets. */
  node(node: number, first?: boolean): Piece;
  weight(parameter: number, first?: boolean): Piece;
  target(output: number): Piece;
  square(node: number): Piece;
  /** Between two factors, and between a factor and a bracket. */
  readonly times: Piece;
  readonly by: Piece | null;
}

const ONE = <mn>1</mn>;
const TWO = <mn>2</mn>;
// In the beginning of a part that stands on a line of its own it is no sign.
const INFIX: object = { form: "infix" };
const PLUS = <mo {...INFIX}>+</mo>;
const SIGMA = fn("σ");
const GAP = space(3);

/** y, or y with an index where there are several. */
const targetOf = (pass: Pass, output: number): Piece =>
  pass.target_kind === "value" && pass.target(0).length > 1 ? v("y", output + 1) : v("y");

export const nodeSymbol = (pass: Pass, node: number): Piece =>
  sym(pass.symbols[node] ?? { base: "", index: "", layer: "" });
export const parameterSymbol = (pass: Pass, parameter: number): Piece =>
  sym(pass.parameterSymbols[parameter] ?? { base: "", index: "", layer: "" });
export const quantitySymbol = (pass: Pass, { kind, index }: Quantity): Piece =>
  (kind === "value" ? nodeSymbol : parameterSymbol)(pass, index);

export const symbols = (pass: Pass): Hand => ({
  node: (node) => nodeSymbol(pass, node),
  weight: (parameter) => parameterSymbol(pass, parameter),
  target: (output) => targetOf(pass, output),
  square: (node) => squared(pass, node),
  times: GAP,
  by: null,
});

interface Numbers {
  readonly pass: Pass;
  readonly sample: number;
  value(node: number): number;
  weight(parameter: number): number;
  /** Around each number of a formula. */
  around?(quantity: Quantity, piece: Piece): Piece;
}

export function numbers({ pass, sample, value, weight, around = (_, piece) => piece }: Numbers): Hand {
  const node = (index: number, first = false) => {
    const number = value(index);
    const text = valueText(pass, index, number);
    const options = { n: `value.${nodeName(pass, index)}`, first };
    return around(
      { kind: "value", index },
      isUnsigned(pass, index) ? plain(text, 3, options) : signed(number, () => text, options),
    );
  };
  return {
    node,
    weight: (parameter, first = false) =>
      around(
        { kind: "parameter", index: parameter },
        signed(weight(parameter), two, { n: `weight.${parameterName(pass, parameter)}`, first }),
      ),
    target: (output) => plain(targetText(pass.target(sample)[output] ?? Number.NaN)),
    square: (index) => sup(node(index), TWO),
    times: TIMES,
    by: TIMES,
  };
}

/** Terms one after the other, of which each may begin a new line. */
const sum = (terms: readonly ComponentChildren[]): ComponentChildren[] =>
  terms.map((term, index) => (index ? [PLUS, term] : term));

/** How many terms of a sum are written: those that count for most. */
const MOST = 4;
const MORE = op("…");

function shortened<T>(items: readonly T[], size: (item: T) => number): { kept: readonly T[]; all: boolean } {
  if (items.length <= MOST) return { kept: items, all: true };
  const largest = [...items].sort((one, other) => size(other) - size(one)).slice(0, MOST - 1);
  return { kept: items.filter((item) => largest.includes(item)), all: false };
}

/**
 * The right side of what a node is: its parts, of which each may begin a new line. Null where there is no formula to
 * be written.
 */
export function valueRule(
  pass: Pass,
  node: number,
  sample: number,
  hand: Hand = symbols(pass),
): readonly ComponentChildren[] | null {
  const group = pass.groups[pass.groupOf(node)];
  const sources = pass.into(node);
  if (!group || !sources.length) return null;
  if (group.kind === "linear") return linear(pass, node, sample, hand);
  if (group.kind === "loss") return lossRule(pass, sample, hand) ?? [general(group.function, sources, hand)];
  const source = sources[0] as Edge;
  if (group.kind === "activation" && sources.length === 1) {
    const known = VALUES[group.function];
    const isTrue = known && derivative(pass, source, sample);
    return [
      isTrue
        ? known(hand.node(source.from, true), hand.node(source.from))
        : general(group.label, sources, hand),
    ];
  }
  const between = { add: PLUS, sub: MINUS, mul: hand.times, div: op("/") }[group.function];
  if (between && sources.length === 2)
    return [row(hand.node(source.from, true), between, hand.node((sources[1] as Edge).from))];
  return [general(group.label || group.function, sources, hand)];
}

/** The name of a function and what it is of. */
function general(name: string, sources: readonly Edge[], hand: Hand): Piece {
  const of = sources
    .slice(0, MOST)
    .map(({ from }, index) => [index ? [op(","), space(2)] : null, hand.node(from, true)]);
  return call(fn(name), of, sources.length > MOST ? [op(","), MORE] : null);
}

function linear(pass: Pass, node: number, sample: number, hand: Hand): ComponentChildren[] {
  const size = ({ from, weight }: Edge) => Math.abs(pass.weight(weight) * pass.value(sample, from)) || 0;
  const { kept, all } = shortened(pass.into(node), size);
  const terms: ComponentChildren[] = kept.map(({ from, weight }, index) => [
    hand.weight(weight, !index),
    hand.times,
    hand.node(from),
  ]);
  if (!all) terms.push(MORE);
  for (const { parameter, from } of pass.usesIn(node))
    if (from < 0) terms.push(hand.weight(parameter, !terms.length));
  return sum(terms);
}

/** What an activation makes of x, which is written once as the first of a bracket, once behind something. */
const VALUES: Readonly<Record<string, (x: Piece, y: Piece) => Piece>> = {
  tanh: (x) => call(fn("tanh"), x),
  sigmoid: (x) => call(SIGMA, x),
  relu: (x) => call(fn("max"), <mn>0</mn>, op(","), space(2), x),
  identity: (x) => x,
  leaky_relu: (x) => call(fn("leaky ReLU"), x),
  elu: (x) => call(fn("ELU"), x),
  silu: (x) => row(x, GAP, call(SIGMA, x)),
  gelu: (x) => row(x, GAP, call(fn("Φ"), x)),
  softplus: (x) => row(LN, paren(ONE, PLUS, sup(fn("e"), x))),
};

/** A case, and when it holds. */
const when = (value: ComponentChildren, x: Piece, positive: boolean): Piece =>
  row(value, word(","), GAP, word("for"), GAP, x, op(positive ? ">" : "≤"), <mn>0</mn>);

const oneMinus = (x: ComponentChildren) => paren(ONE, MINUS, x);

/** The derivative of an activation y of x. */
const SLOPES: Readonly<Record<string, (hand: Hand, x: number, y: number, positive: boolean) => Piece>> = {
  tanh: (hand, _, y) => row(ONE, MINUS, hand.square(y)),
  sigmoid: (hand, _, y) => row(hand.node(y, true), hand.by, oneMinus(hand.node(y))),
  relu: (hand, x, _, positive) => when(positive ? ONE : <mn>0</mn>, hand.node(x, true), positive),
  identity: () => ONE,
  leaky_relu: (hand, x, _, positive) => when(positive ? ONE : <mn>0.01</mn>, hand.node(x, true), positive),
  elu: (hand, x, _, positive) =>
    positive ? when(ONE, hand.node(x, true), true) : sup(fn("e"), hand.node(x, true)),
  silu: (hand, x) => {
    const slope = call(SIGMA, hand.node(x, true));
    return row(slope, hand.by, paren(ONE, PLUS, hand.node(x), hand.by, oneMinus(slope)));
  },
  gelu: (hand, x) =>
    row(call(fn("Φ"), hand.node(x, true)), PLUS, hand.node(x), hand.times, call(fn("φ"), hand.node(x, true))),
  softplus: (hand, x) => call(SIGMA, hand.node(x, true)),
};

/** A recorded number is what a formula says, to the rounding of its precision. */
const isAbout = (recorded: number, said: number) =>
  Math.abs(recorded - said) <= 1e-4 + 1e-3 * Math.abs(recorded);

/** Whether the function of an edge is the one of its name: a module may have given it another slope. */
function derivative(pass: Pass, { id, from, to }: Edge, sample: number): boolean {
  const known = ACTIVATIONS[pass.groups[pass.groupOf(to)]?.function ?? ""];
  return Boolean(known && isAbout(pass.local(sample, id), known.derivative(pass.value(sample, from))));
}

function squared(pass: Pass, node: number): Piece {
  const { base, index, layer } = pass.symbols[node] ?? { base: "", index: "", layer: "" };
  if (layer) return sup(paren(nodeSymbol(pass, node)), TWO);
  return index ? (
    <msubsup>
      <mi>{base}</mi>
      <mtext>{index}</mtext>
      {TWO}
    </msubsup>
  ) : (
    sup(v(base), TWO)
  );
}

/** The right side of a local derivative; null where no formula is known to hold. */
export function localRule(
  pass: Pass,
  factor: Factor,
  sample: number,
  hand: Hand = symbols(pass),
): Piece | null {
  const { edge, use, to } = factor;
  const group = pass.groups[pass.groupOf(to)];
  const recorded = localOf(pass, sample, factor);
  if (use) return use.from >= 0 ? hand.node(use.from, true) : recorded === 1 ? ONE : null;
  if (!group || !edge) return null;
  if (edge.weight >= 0) return hand.weight(edge.weight, true);
  if (group.kind === "loss") return lossSlope(pass, edge, sample, hand);
  if (group.kind === "activation") {
    const known = SLOPES[group.function];
    if (!known || !derivative(pass, edge, sample)) return null;
    return known(hand, edge.from, to, pass.value(sample, edge.from) > 0);
  }
  const sources = pass.into(to);
  if (group.function === "mul" && sources.length === 2) {
    const other = sources.find(({ id }) => id !== edge.id) as Edge;
    return isAbout(recorded, pass.value(sample, other.from)) ? hand.node(other.from, true) : null;
  }
  if (group.function === "mean" && isAbout(recorded * sources.length, 1))
    return frac(ONE, <mn>{sources.length}</mn>);
  if (Math.abs(recorded) === 1 && ["add", "sub", "sum"].includes(group.function))
    return recorded > 0 ? ONE : row(NEGATIVE, ONE);
  return null;
}

// --- losses, of one output or as the mean of several ---

interface LossForm {
  /** The loss is minus what `value` says. */
  readonly negative?: true;
  /** Of one output p and its target y. */
  value(p: Piece, y: Piece, target: number): Piece;
  /** Its derivative: symbols, and the number that they stand for. */
  slope(p: Piece, y: Piece, target: number, scale: Piece | null, by: Piece | null): Piece;
  number(p: number, target: number): number;
}

const scaled = (scale: Piece | null, ...pieces: ComponentChildren[]) =>
  row(scale ? [scale, GAP] : null, pieces);

const FORMS: Readonly<Record<string, LossForm>> = {
  bce: {
    negative: true,
    value: (p, y, target) =>
      target === 1
        ? row(LN, p)
        : target === 0
          ? row(LN, oneMinus(p))
          : row(y, GAP, LN, p, PLUS, oneMinus(y), GAP, LN, oneMinus(p)),
    slope: (p, y, target, scale, by) =>
      target === 1
        ? row(NEGATIVE, scaled(scale, frac(ONE, p)))
        : scaled(
            scale,
            target === 0 ? frac(ONE, [ONE, MINUS, p]) : frac([p, MINUS, y], [p, by, oneMinus(p)]),
          ),
    number: (p, y) => (y === 1 ? -1 / p : y === 0 ? 1 / (1 - p) : (p - y) / (p * (1 - p))),
  },
  bce_with_logits: {
    value: (z, y, target) =>
      target === 1
        ? row(LN, paren(ONE, PLUS, sup(fn("e"), row(NEGATIVE, z))))
        : row(LN, paren(ONE, PLUS, sup(fn("e"), z)), target === 0 ? null : [MINUS, y, GAP, z]),
    slope: (z, y, _, scale) =>
      scale ? scaled(scale, paren(call(SIGMA, z), MINUS, y)) : row(call(SIGMA, z), MINUS, y),
    number: (z, y) => sigmoid(z) - y,
  },
  mse: {
    value: (p, y) => sup(paren(p, MINUS, y), TWO),
    slope: (p, y, _, scale, by) => row(scale ?? TWO, by, paren(p, MINUS, y)),
    number: (p, y) => 2 * (p - y),
  },
};

const softmaxOf = (pass: Pass, sample: number): readonly number[] => {
  const z = pass.into(pass.end).map(({ from }) => pass.value(sample, from));
  const largest = Math.max(...z);
  const e = z.map((each) => Math.exp(each - largest));
  const all = e.reduce((total, each) => total + each, 0);
  return e.map((each) => each / all);
};

/** Which of the outputs an edge into the loss comes from. */
const outputOf = (pass: Pass, edge: Edge) => pass.into(pass.end).findIndex(({ id }) => id === edge.id);

function lossSlope(pass: Pass, edge: Edge, sample: number, hand: Hand): Piece | null {
  const { function: name } = pass.groups[pass.groupOf(pass.end)] ?? { function: "" };
  const outputs = pass.into(pass.end);
  const targets = pass.target(sample);
  const at = outputOf(pass, edge);
  const recorded = pass.local(sample, edge.id);
  if (name === "cross_entropy" && pass.target_kind === "class") {
    const isTarget = targets[0] === at;
    const share = softmaxOf(pass, sample)[at] as number;
    if (!isAbout(recorded, share - Number(isTarget))) return null;
    return row(call(v("softmax", at + 1), v("z")), isTarget ? [MINUS, ONE] : null);
  }
  const form = FORMS[name];
  if (!form || targets.length !== outputs.length) return null;
  const target = targets[at] as number;
  const said = form.number(pass.value(sample, edge.from), target) / outputs.length;
  if (!isAbout(recorded, said)) return null;
  const over = name === "mse" ? TWO : ONE;
  const scale = outputs.length > 1 ? frac(over, <mn>{outputs.length}</mn>) : null;
  return form.slope(hand.node(edge.from, true), hand.target(at), target, scale, hand.by);
}

function lossRule(pass: Pass, sample: number, hand: Hand): ComponentChildren[] | null {
  const { function: name } = pass.groups[pass.groupOf(pass.end)] ?? { function: "" };
  const outputs = pass.into(pass.end);
  // Where a derivative is another, so is the loss.
  if (!outputs.every((edge) => lossSlope(pass, edge, sample, hand))) return null;
  const targets = pass.target(sample);
  if (name === "cross_entropy") {
    const right = outputs[targets[0] as number] as Edge;
    const { kept, all } = shortened(outputs, ({ from }) => pass.value(sample, from));
    const powers = kept.map(({ from }) => sup(fn("e"), hand.node(from, true)));
    return [row(LN, paren(sum([...powers, ...(all ? [] : [MORE])]))), [MINUS, hand.node(right.from)]];
  }
  const form = FORMS[name] as LossForm;
  const terms = outputs
    .slice(0, MOST)
    .map(({ from }, at) => form.value(hand.node(from), hand.target(at), targets[at] as number));
  const sign = form.negative ? NEGATIVE : null;
  if (outputs.length === 1) {
    const isSimple = !sign || targets[0] === 0 || targets[0] === 1;
    return [[sign, isSimple ? terms[0] : paren(terms[0])]];
  }
  const more = outputs.length > MOST ? [PLUS, MORE] : null;
  return [row(sign, frac(ONE, <mn>{outputs.length}</mn>), paren(sum(terms), more))];
}
