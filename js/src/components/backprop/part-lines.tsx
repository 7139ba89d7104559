// Single operations inside of a node: what each makes, and what comes back through it.
import type { ComponentChildren, JSX } from "preact";
import {
  call,
  EQ,
  fn,
  frac,
  LN,
  op,
  paren,
  plain,
  row,
  signed,
  space,
  sup,
  TIMES,
  v,
} from "../explorer/math";
import { three } from "../explorer/numbers";
import { gradientLines } from "./chain-lines";
import { AND, BY, D, exact, handOf, IS, type Line, product } from "./lines";
import type { Part, Pass } from "./pass";
import { type Hand, nodeSymbol, symbols } from "./rules";
import type { Shown } from "./state";
import { targetText } from "./texts";

type Piece = JSX.Element;

/** What stands between its operands. */
const BETWEEN: Readonly<Record<string, string>> = { "+": "+", "−": "−", "÷": "/" };
const ONE = <mn>1</mn>;

/** A part has no name of its own: t₁, t₂ …, in the order in which they are computed; the last is the node. */
export function partSymbol(pass: Pass, part: Part): Piece {
  const parts = pass.partsOf(part.node);
  return part.id === parts.at(-1)?.id
    ? nodeSymbol(pass, part.node)
    : v("t", parts.findIndex(({ id }) => id === part.id) + 1);
}

export const partKey = ({ id }: Part, what: "value" | "gradient") =>
  what === "value" ? `part.${id}` : `part.gradient.${id}`;

function operand(shown: Shown, part: Part, at: number, hand: Hand | null): Piece {
  const { pass, sample } = shown;
  const index = part.inputs[at] ?? -1;
  const kind = part.kinds[at];
  const writer = hand ?? symbols(pass);
  // Behind a sign of its own a negative number has brackets.
  const isFirst = !at && !(part.sign === "−" && part.inputs.length === 1);
  if (kind === "node") return writer.node(index, isFirst);
  if (kind === "parameter") return writer.weight(index, isFirst);
  if (kind === "target") return writer.target(index);
  const other = kind === "part" ? pass.parts[index] : undefined;
  if (!other) return plain(targetText(part.numbers[at] ?? Number.NaN));
  return hand
    ? signed(pass.partValue(sample, other.id), three, { n: partKey(other, "value"), first: isFirst })
    : partSymbol(pass, other);
}

/** The operation with its operands. */
function written(sign: string, operands: readonly Piece[], times: Piece): Piece {
  const [first] = operands;
  const between = sign === "×" ? times : BETWEEN[sign] && op(BETWEEN[sign] as string);
  if (operands.length > 1 && between)
    return row(operands.map((each, index) => [index ? between : null, each]) as ComponentChildren);
  if (sign === "−") return row(op("−"), first);
  if (sign === "exp") return sup(fn("e"), first);
  if (sign === "ln") return row(LN, first);
  if (sign === "1/x") return frac(ONE, first);
  if (sign === "x²") return sup(paren(first), <mn>2</mn>);
  return call(
    fn(sign),
    operands.map((each, index) => [index ? [op(","), space(2)] : null, each]) as ComponentChildren,
  );
}

/** A single operation: its value. */
export function partLines(shown: Shown, part: Part): Line[] {
  const { pass, sample } = shown;
  const all = (hand: Hand | null) => part.inputs.map((_, at) => operand(shown, part, at, hand));
  const key = partKey(part, "value");
  return [
    { name: "operation", parts: [[partSymbol(pass, part), EQ, written(part.sign, all(null), space(3))]] },
    {
      name: "",
      parts: [[IS, written(part.sign, all(handOf(shown)), TIMES)]],
      result: signed(pass.partValue(sample, part.id), three, { n: key, result: true }),
    },
  ];
}

/** What comes back to a single operation: from each that it goes into, times the derivative there. */
export function partGradientLines(shown: Shown, part: Part): Line[] {
  const { pass, sample } = shown;
  const loss = nodeSymbol(pass, pass.end);
  const slope = (of: Piece) => frac([D, loss], [D, of]);
  const symbol = partSymbol(pass, part);
  const users = pass
    .partsOf(part.node)
    .flatMap((user) =>
      user.inputs.flatMap((index, at) =>
        user.kinds[at] === "part" && index === part.id ? [{ user, at }] : [],
      ),
    );
  const result = exact(pass.partGradient(sample, part.id), `exact.part.${part.id}`);
  // The last is the node.
  if (!users.length) return gradientLines(shown, { kind: "value", index: part.node });
  const symbolic = users.map(({ user }) => {
    const name = partSymbol(pass, user);
    return row(slope(name), space(3), frac([D, name], [D, symbol]));
  });
  const numbers = users.map(({ user, at }, index) =>
    row(
      signed(pass.partGradient(sample, user.id), three, {
        n: partKey(user, "gradient"),
        first: !index,
      }),
      BY,
      signed(pass.partLocal(sample, user, at), (value) => (value === 1 ? "1" : three(value))),
    ),
  );
  return [
    {
      name: users.length > 1 ? "paths meet" : "chain rule",
      parts: [[slope(symbol), IS], ...product(symbolic, AND)],
    },
    { name: "", parts: [[IS, numbers[0]], ...product(numbers, AND).slice(1)], result },
  ];
}
