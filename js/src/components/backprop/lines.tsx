// The lines of the written quantities: a name, the parts of a formula, and the result behind them.
import type { ComponentChildren, JSX } from "preact";
import { call, fn, frac, plain, row, signed, v } from "../explorer/math";
import { three } from "../explorer/numbers";
import { isSame } from "./parts";
import { type Factor, localOf, ownNode, type Pass } from "./pass";
import { type Hand, nodeSymbol, numbers, quantitySymbol } from "./rules";
import type { Quantity, Shown } from "./state";
import { isUnsigned, localKey, localText, nodeName, precise, quantityName, quantityOf, two } from "./texts";

type Piece = JSX.Element;

export interface Line {
  readonly name: string;
  /** Each may begin a new line of its own. */
  readonly parts: readonly ComponentChildren[];
  readonly result?: ComponentChildren;
  /** What the result is of, where that is not what the parts say. */
  readonly of?: ComponentChildren;
}

const EQUALS: object = { form: "infix" };
/** Also where it begins a line. */
export const IS = <mo {...EQUALS}>=</mo>;
export const AND = <mo {...EQUALS}>+</mo>;
export const BY = <mo {...EQUALS}>×</mo>;
export const D = fn("∂");

export function Lines({ lines }: { lines: readonly Line[] }) {
  return (
    <>
      {lines.map(({ name, parts, result, of }, index) => (
        <div class="nnw-bp-eq" key={`${name}${index}`}>
          <b>{name}</b>
          <div>
            {parts.map((part, at) => (
              <math key={at}>
                <mrow>{part}</mrow>
              </math>
            ))}
          </div>
          <div class="nnw-bp-result">
            {result ? (
              <math>
                <mrow>
                  {of}
                  {IS}
                  {result}
                </mrow>
              </math>
            ) : null}
          </div>
        </div>
      ))}
    </>
  );
}

/** A number of a formula is lit with the same quantity in the drawing and in the table, and lights it. */
export function around({ hover }: Shown) {
  return (quantity: Quantity, piece: Piece): Piece => (
    <mrow
      class="nnw-bp-q"
      data-hover={isSame(hover.value, quantity) || undefined}
      onPointerEnter={() => {
        hover.value = quantity;
      }}
      onPointerLeave={() => {
        if (isSame(hover.peek(), quantity)) hover.value = null;
      }}
    >
      {piece}
    </mrow>
  );
}

/** The numbers of what is shown. */
export const handOf = (shown: Shown): Hand =>
  numbers({
    pass: shown.pass,
    sample: shown.sample,
    value: shown.value,
    weight: shown.weight,
    around: around(shown),
  });

/** ∂L/∂a₁ */
export const slope = ({ pass }: Shown, quantity: Quantity): Piece =>
  frac([D, nodeSymbol(pass, pass.end)], [D, quantitySymbol(pass, quantity)]);

/** ∂h₁/∂a₁ */
export const localSlope = ({ pass }: Shown, factor: Factor): Piece =>
  frac([D, nodeSymbol(pass, factor.to)], [D, quantitySymbol(pass, quantityOf(factor))]);

/** Its recorded number. */
export function localNumber(shown: Shown, factor: Factor, first = false): Piece {
  const { pass, sample } = shown;
  const value = localOf(pass, sample, factor);
  return around(shown)(
    quantityOf(factor),
    signed(value, (number) => localText(pass, factor, number), { n: localKey(pass, factor), first }),
  );
}

/** What reaches a node from the loss, or the derivative with respect to a parameter. */
export function gradientNumber(shown: Shown, quantity: Quantity, first = false): Piece {
  const { pass, sample } = shown;
  const value =
    quantity.kind === "value" ? pass.gradient(sample, quantity.index) : pass.weightGradient(quantity.index);
  return around(shown)(quantity, signed(value, three, { n: gradientKey(pass, quantity), first }));
}

/** A parameter that has a node of its own is called as that is, whose derivative is that of one sample. */
const gradientKey = (pass: Pass, quantity: Quantity) =>
  `${ownNode(pass, quantity) !== null && pass.batch > 1 ? "batch" : "gradient"}.${quantityName(pass, quantity)}`;

export const exact = (value: number, key: string): Piece =>
  signed(value, (number) => precise(number), { n: key, result: true });

export const valueResult = ({ pass, value }: Shown, node: number): Piece => {
  const options = { n: `value.${nodeName(pass, node)}`, result: true };
  return isUnsigned(pass, node) ? plain(three(value(node)), 3, options) : signed(value(node), three, options);
};

export const RATE = v("η");
export const rate = ({ pass }: Shown): Piece => plain(two(pass.learning_rate), 2, { n: "rate" });

/** The loss with one parameter moved a little: L(w₁₁ + ε). */
export const lossWith = ({ pass }: Shown, parameter: number, sign: Piece): Piece =>
  call(
    nodeSymbol(pass, pass.end),
    quantitySymbol(pass, { kind: "parameter", index: parameter }),
    sign,
    v("ε"),
  );

export const product = (factors: readonly ComponentChildren[], between: Piece): Piece[] =>
  factors.map((factor, index) => row(index ? between : null, factor));
