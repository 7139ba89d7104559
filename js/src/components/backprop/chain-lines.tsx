// The chain rule of one quantity, written out: symbols, numbers, the factor that is new, all paths, and the update.
import type { ComponentChildren, JSX } from "preact";
import { EQ, fn, frac, MINUS, note, op, plain, row, signed, space, v } from "../explorer/math";
import { three } from "../explorer/numbers";
import {
  AND,
  BY,
  exact,
  gradientNumber,
  handOf,
  IS,
  type Line,
  localNumber,
  localSlope,
  product,
  RATE,
  rate,
  slope,
  valueResult,
} from "./lines";
import { type Chain, chainOf, type Factor, localOf, ownNode, type Pass, pathsOf } from "./pass";
import { localRule, nodeSymbol, quantitySymbol, valueRule } from "./rules";
import type { Quantity, Shown } from "./state";
import { quantityName, two } from "./texts";

type Piece = JSX.Element;

/** So many factors are written, and so many terms of a sum; of more the first is what reaches the rest. */
const FACTORS = 5;
const TERMS = 4;
const PATHS = 8;
const GAP = space(5);
const MORE = op("…");

/** The value of a node: its rule, and its rule with numbers. */
export function valueLines(shown: Shown, node: number): Line[] {
  const { pass, sample } = shown;
  const rule = valueRule(pass, node, sample);
  if (!rule)
    return [{ name: "forward", parts: [[nodeSymbol(pass, node)]], result: valueResult(shown, node) }];
  const parts = valueRule(pass, node, sample, handOf(shown)) ?? [];
  return [
    { name: "forward", parts: [[nodeSymbol(pass, node), EQ, rule[0]], ...rule.slice(1)] },
    { name: "", parts: [[IS, parts[0]], ...parts.slice(1)], result: valueResult(shown, node) },
  ];
}

/** From the loss to the quantity: what reaches the first node, where that is not the loss, and the factors after it. */
interface Written {
  readonly from: number | null;
  readonly factors: readonly Factor[];
}

function written({ end }: Pass, { factors, end: last }: Chain): Written {
  const all = [...factors].reverse();
  if (last === end && all.length <= FACTORS) return { from: null, factors: all };
  const kept = all.slice(-(FACTORS - 1));
  return { from: (kept[0] as Factor).to, factors: kept };
}

/** The derivative with respect to a quantity. */
export function gradientLines(shown: Shown, quantity: Quantity): Line[] {
  const { pass } = shown;
  const node = ownNode(pass, quantity);
  const chain = node === null ? chainOf(pass, quantity.kind, quantity.index) : chainOf(pass, "value", node);
  if (!chain.terms.length && !chain.factors.length)
    return [{ name: "gradient", parts: [[slope(shown, quantity)]], result: resultOf(shown, quantity) }];
  const lines = chain.terms.length ? meeting(shown, quantity, chain.terms) : single(shown, quantity, chain);
  if (quantity.kind === "parameter" && pass.batch > 1) lines.push(batchLine(shown, quantity.index));
  if (quantity.kind === "parameter") lines.push(...updateLines(shown, quantity.index));
  lines.push(...pathLines(shown, quantity));
  return lines;
}

/** Of the sample that is looked at, where a batch has several. */
export function ownGradient({ pass, sample }: Shown, { kind, index }: Quantity): number {
  if (kind === "value") return pass.gradient(sample, index);
  if (pass.batch === 1) return pass.weightGradient(index);
  return pass
    .usesOf(index)
    .reduce((sum, { id, to }) => sum + pass.gradient(sample, to) * pass.useLocal(sample, id), 0);
}

function resultOf(shown: Shown, quantity: Quantity): Piece {
  const name = quantityName(shown.pass, quantity);
  const isOwn = quantity.kind === "parameter" && shown.pass.batch > 1;
  return exact(ownGradient(shown, quantity), `exact.${isOwn ? "own." : ""}${name}`);
}

function single(shown: Shown, quantity: Quantity, chain: Chain): Line[] {
  const { pass, sample } = shown;
  const { from, factors } = written(pass, chain);
  const reaching = from === null ? null : ({ kind: "value", index: from } as const);
  const left = slope(shown, quantity);
  const symbols = [
    ...(reaching ? [slope(shown, reaching)] : []),
    ...factors.map((factor) => localSlope(shown, factor)),
  ];
  const numbers = [
    ...(reaching ? [gradientNumber(shown, reaching, true)] : []),
    ...factors.map((factor, index) => localNumber(shown, factor, !index && !reaching)),
  ];
  const lines: Line[] = [];
  if (symbols.length > 1) {
    lines.push({ name: "chain rule", parts: [[left, IS], ...product(symbols, GAP)] });
    lines.push({
      name: "",
      parts: [[IS, numbers[0]], ...product(numbers, BY).slice(1)],
      result: resultOf(shown, quantity),
    });
  }
  const last = factors.at(-1);
  const rule = last && localRule(pass, last, sample);
  if (last && rule) {
    const isShort = last.use || (last.edge && last.edge.weight >= 0);
    const inNumbers = isShort ? null : localRule(pass, last, sample, handOf(shown));
    const parts: ComponentChildren[] = [[localSlope(shown, last), IS, rule]];
    if (inNumbers && !isConstant(pass, last)) parts.push([IS, inNumbers]);
    lines.push({
      name: symbols.length > 1 ? "new factor" : "first factor",
      parts,
      result: symbols.length > 1 ? localNumber(shown, last, true) : resultOf(shown, quantity),
    });
  } else if (symbols.length === 1)
    lines.push({ name: "gradient", parts: [[left]], result: resultOf(shown, quantity) });
  return lines;
}

/** Its rule has no numbers to be put in. */
const NO_NUMBERS = ["relu", "leaky_relu", "identity", "add", "sub", "sum", "mean", "cross_entropy"];
const isConstant = (pass: Pass, { to }: Factor) =>
  NO_NUMBERS.includes(pass.groups[pass.groupOf(to)]?.function ?? "");

/** Several ways leave the quantity: what comes back along them is added. */
function meeting(shown: Shown, quantity: Quantity, terms: readonly Factor[]): Line[] {
  const { pass, sample } = shown;
  const size = (factor: Factor) =>
    Math.abs(pass.gradient(sample, factor.to) * localOf(pass, sample, factor)) || 0;
  const largest = [...terms].sort((one, other) => size(other) - size(one)).slice(0, TERMS);
  const kept = terms.filter((term) => largest.includes(term));
  const more = kept.length < terms.length ? [[AND, MORE]] : [];
  const summed = (one: (factor: Factor, first: boolean) => Piece) =>
    kept.map((factor, index) => row(index ? AND : null, one(factor, !index)));
  const symbols = summed((factor) =>
    row(
      factor.to === pass.end ? null : [slope(shown, { kind: "value", index: factor.to }), GAP],
      localSlope(shown, factor),
    ),
  );
  const numbers = summed((factor, first) =>
    row(
      factor.to === pass.end ? null : [gradientNumber(shown, { kind: "value", index: factor.to }, first), BY],
      localNumber(shown, factor, first && factor.to === pass.end),
    ),
  );
  return [
    { name: "paths meet", parts: [[slope(shown, quantity), IS], ...symbols, ...more] },
    { name: "", parts: [[IS, numbers[0]], ...numbers.slice(1), ...more], result: resultOf(shown, quantity) },
  ];
}

/** What the samples of a batch make of it together. */
function batchLine(shown: Shown, parameter: number): Line {
  const { pass } = shown;
  const name = quantityName(pass, { kind: "parameter", index: parameter });
  const result = exact(pass.weightGradient(parameter), `exact.${name}`);
  const all = pass.averaged ? "mean" : "sum";
  if (pass.shown < pass.batch || pass.batch > TERMS)
    return { name: "batch", parts: [note(`the ${all} over its ${pass.batch} samples`)], result };
  const own = Array.from({ length: pass.batch }, (_, sample) =>
    signed(ownGradient({ ...shown, sample }, { kind: "parameter", index: parameter }), three, {
      first: !sample,
    }),
  );
  const sum = product(own, AND);
  return {
    name: "batch",
    parts: pass.averaged ? [frac(sum, <mn>{pass.batch}</mn>)] : sum,
    result,
  };
}

/** Whether paths part anywhere in this network, so that their place has to be kept. */
export const branches = (pass: Pass): boolean =>
  pass.groups.some(
    ({ kind, start, units }) =>
      kind !== "input" &&
      Array.from({ length: units }, (_, unit) => pass.outOf(start + unit).length).some((ways) => ways > 1),
  );

/** The path in words: w₁₁ → a₁ → h₁ → … */
function pathNodes({ pass }: Shown, quantity: Quantity, path: readonly Factor[]): Piece {
  return row(
    quantitySymbol(pass, quantity),
    path.map(({ to }) => [op("→"), nodeSymbol(pass, to)]),
  );
}

/** The product of all local derivatives on a path. */
export const pathProduct = ({ pass, sample }: Shown, path: readonly Factor[]) =>
  path.reduce((all, factor) => all * localOf(pass, sample, factor), 1);

function pathLines(shown: Shown, quantity: Quantity): Line[] {
  const { pass } = shown;
  if (!branches(pass)) return [];
  const paths = pathsOf(pass, quantity.kind, quantity.index, PATHS);
  if (!paths) return [{ name: "paths", parts: [note(`more than ${PATHS} lead to the loss`)] }];
  if (paths.length < 2) return [];
  const sum = paths.map((path, k) =>
    row(k ? AND : null, signed(pathProduct(shown, path), three, { n: `path.${k + 1}`, first: !k })),
  );
  return [
    {
      name: `${paths.length} paths`,
      parts: [[IS, sum[0]], ...sum.slice(1)],
      result: resultOf(shown, quantity),
    },
    ...paths.map((path, k) => ({
      name: `path ${k + 1}`,
      parts: [pathNodes(shown, quantity, path)],
      result: signed(pathProduct(shown, path), three, { n: `path.${k + 1}`, first: true }),
    })),
  ];
}

/** A step against the gradient. */
export function updateLines(shown: Shown, parameter: number, title = "update"): Line[] {
  const { pass } = shown;
  const quantity: Quantity = { kind: "parameter", index: parameter };
  const symbol = quantitySymbol(pass, quantity);
  const name = quantityName(pass, quantity);
  if (pass.tensors[pass.tensorOf(parameter)]?.trainable === false)
    return [{ name: title, parts: [[symbol, space(8), note("is not trained")]] }];
  const before = signed(pass.weight(parameter), two, { n: `weight.${name}`, first: true });
  const result = signed(pass.updated(parameter), three, { n: `updated.${name}`, result: true });
  if (pass.rule !== "sgd")
    return [{ name: title, parts: [[before, space(8), note(`by ${pass.rule}`)]], result }];
  return [
    {
      name: title,
      parts: [
        [symbol, op("←"), symbol, MINUS, RATE, GAP, slope(shown, quantity)],
        [IS, before, MINUS, rate(shown), BY, gradientNumber(shown, quantity)],
      ],
      result,
    },
  ];
}

/** The last stops: all parameters, and the loss before and after. */
export function stepLines(shown: Shown): Line[] {
  const { pass, isAgain } = shown;
  const theta = v("θ");
  const loss = nodeSymbol(pass, pass.end);
  const isDescent = pass.rule === "sgd";
  const lines: Line[] = [
    {
      name: "update",
      parts: isDescent
        ? [
            [theta, op("←"), theta, MINUS, RATE, GAP, frac([v("∂"), loss], [v("∂"), theta])],
            [space(16), RATE, EQ, rate(shown)],
          ]
        : [[theta, op("←"), theta, note(` by ${pass.rule}`)]],
    },
  ];
  if (isAgain && pass.loss !== null && pass.loss_after !== null)
    lines.push({
      name: pass.batch > 1 ? "loss of the batch" : "loss",
      parts: [
        [
          plain(three(pass.loss), 3, { n: "loss" }),
          op("→"),
          plain(three(pass.loss_after), 3, { n: "loss.after" }),
        ],
      ],
      of: [fn("Δ"), loss],
      result: signed(pass.loss_after - pass.loss, three, { n: "loss.change", result: true }),
    });
  return lines;
}
