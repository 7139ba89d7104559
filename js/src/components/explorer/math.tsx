// Formulas in MathML, with the numbers of the moment: numbers that have a sign wear its colour, all else is ink.
import type { ComponentChildren, JSX } from "preact";
import { fixed } from "../../draw/format";

type Piece = JSX.Element;

/** A variable, with an index if it has one. */
export const v = (name: string, index?: string | number): Piece =>
  index === undefined ? (
    <mi>{name}</mi>
  ) : (
    <msub>
      <mi>{name}</mi>
      {typeof index === "number" ? <mn>{index}</mn> : <mtext>{index}</mtext>}
    </msub>
  );
export const op = (sign: string): Piece => <mo>{sign}</mo>;
export const EQ = op("=");
export const PLUS = op("+");
export const MINUS = op("−");
export const TIMES = op("×");
// The types of MathML do not know these.
const PREFIX: object = { form: "prefix", lspace: "0", rspace: "1px" };
const SMALL: object = { stretchy: "false" };

/** A minus that belongs to what follows. */
export const NEGATIVE = <mo {...PREFIX}>−</mo>;
/** A name that stands upright: tanh, max, ∂. */
export const fn = (name: string): Piece => <mi class="nnw-upright">{name}</mi>;
export const word = (text: string): Piece => <mtext>{text}</mtext>;
export const space = (width = 4): Piece => <mspace width={`${width}px`} />;
export const row = (...children: ComponentChildren[]): Piece => <mrow>{children}</mrow>;
export const frac = (over: ComponentChildren, under: ComponentChildren): Piece => (
  <mfrac>
    <mrow>{over}</mrow>
    <mrow>{under}</mrow>
  </mfrac>
);
export const sup = (base: ComponentChildren, power: ComponentChildren): Piece => (
  <msup>
    <mrow>{base}</mrow>
    <mrow>{power}</mrow>
  </msup>
);
export const sqrt = (under: ComponentChildren): Piece => <msqrt>{under}</msqrt>;
export const paren = (...children: ComponentChildren[]): Piece => (
  <mrow>
    <mo {...SMALL}>(</mo>
    {children}
    <mo {...SMALL}>)</mo>
  </mrow>
);
/** f(x), without a gap before the bracket. */
export const call = (name: Piece, ...inside: ComponentChildren[]): Piece => row(name, paren(...inside));

interface NumberOptions {
  /** The name of the value, for whoever compares it: `data-n`. */
  n?: string;
  /** A result: strong. */
  result?: boolean;
  /** The first of its formula: no brackets round a negative one. */
  first?: boolean;
}

/** A number without a sign, or whose sign means nothing. */
export const plain = (
  value: number | string | null,
  digits = 2,
  { n, result }: NumberOptions = {},
): Piece => (
  <mn class={result ? "nnw-result" : undefined} data-n={n}>
    {typeof value === "string" ? value : fixed(value, digits)}
  </mn>
);

/**
 * A number in the colour of its sign, in brackets if it is negative and stands behind something: with so many
 * decimals, or as it is written otherwise.
 */
export function signed(
  value: number,
  digits: number | ((value: number) => string) = 2,
  { n, result, first }: NumberOptions = {},
): Piece {
  const text = typeof digits === "number" ? fixed(value, digits) : digits(value);
  const kind = /[1-9∞]/.test(text) ? (value < 0 ? "nnw-neg" : "nnw-pos") : "";
  const number = (
    <mn class={`${kind} ${result ? "nnw-result" : ""}`} data-n={n}>
      {text}
    </mn>
  );
  if (!(value < 0) || first || result || !text.startsWith("−")) return number;
  return (
    <mrow class={kind}>
      <mo {...SMALL}>(</mo>
      {number}
      <mo {...SMALL}>)</mo>
    </mrow>
  );
}

/** The natural logarithm, before what it is of. */
export const LN = (
  <>
    {fn("ln")}
    {space(3)}
  </>
);
/** What is said beside a formula. */
export const note = (text: string): Piece => <mtext class="nnw-note">{text}</mtext>;

interface FormulaProps {
  /** What the quantity is called. */
  name: string;
  /** Pieces that may stand one below the other where there is little room. */
  parts: readonly ComponentChildren[];
}

/** One line per quantity; `Formulas` keeps the height of the tallest case. */
export function Formula({ name, parts }: FormulaProps) {
  return (
    <>
      <b>{name}</b>
      <div>
        {parts.map((part, index) => (
          <math key={index}>
            <mrow>{part}</mrow>
          </math>
        ))}
      </div>
    </>
  );
}

export const Formulas = ({ children }: { children: ComponentChildren }) => (
  <section class="nnw-formulas" aria-label="Formulas">
    {children}
  </section>
);
