// How each surface and its derivatives are written, with symbols or with numbers in their places.
import type { ComponentChildren, JSX } from "preact";
import { EQ, fn, frac, MINUS, NEGATIVE, PLUS, paren, row, space, sup, v } from "../explorer/math";

export type Piece = JSX.Element;
/** How weights are written, and what stands between factors: nothing between symbols, a sign between numbers. */
export interface Way {
  readonly x: Piece;
  readonly y: Piece;
  /** At the beginning of a bracket, where a minus needs none of its own. */
  readonly x1: Piece;
  readonly y1: Piece;
  /** Their squares. */
  readonly x2: Piece;
  readonly y2: Piece;
  readonly by: Piece;
  /** Of Beale's: what the three squares are of. */
  readonly terms: readonly [Piece, Piece, Piece];
}
type Derivative = (way: Way) => ComponentChildren;

export const n = (value: number | string) => <mn>{value}</mn>;
export const squared = (base: ComponentChildren) => sup(base, n(2));
const FLAT: object = { stretchy: "false" };
/** (…)²: the power stands on the bracket, and no higher. */
export const bracketed = (...children: ComponentChildren[]): Piece => (
  <mrow>
    <mo {...FLAT}>(</mo>
    {children}
    <msup>
      <mo {...FLAT}>)</mo>
      {n(2)}
    </msup>
  </mrow>
);
export const indexed = (name: string, index: number, power = 2): Piece => (
  <msubsup>
    <mi>{name}</mi>
    {n(index)}
    {n(power)}
  </msubsup>
);
const EXP = fn("exp");
const SIN = fn("sin");

/** The derivative by each weight, as it is written. */
export const DERIVATIVES: Readonly<Record<string, readonly Derivative[]>> = {
  parabola: [({ x, by }) => [n(2), by, x]],
  double_well: [
    ({ x, x1, x2, by }) => [
      frac(n(1), n(4)),
      paren(x1, PLUS, n(2)),
      paren(n(2), by, x2, MINUS, n(4), by, x, PLUS, n(0.5)),
    ],
  ],
  plateau: [({ x, x2, by }) => [x, by, space(2), EXP, paren(NEGATIVE, frac(x2, n(2)))]],
  waves: [({ x, x1, by }) => [frac(x1, n(5)), PLUS, n(1.5), space(2), SIN, paren(n(3), by, x)]],
  bowl: [({ x }) => x, ({ y }) => y],
  ravine: [({ x }) => x, ({ y, by }) => [n(18), by, y]],
  saddle: [({ x }) => x, ({ y, y2 }) => [y, paren(y2, MINUS, n(1))]],
  himmelblau: [
    ({ x, y, x1, x2, y2, by }) => [
      n(4),
      by,
      x,
      paren(x2, PLUS, y, MINUS, n(11)),
      PLUS,
      n(2),
      paren(x1, PLUS, y2, MINUS, n(7)),
    ],
    ({ y, x1, x2, y2, by }) => [
      n(2),
      paren(x2, PLUS, y, MINUS, n(11)),
      PLUS,
      n(4),
      by,
      y,
      paren(x1, PLUS, y2, MINUS, n(7)),
    ],
  ],
  rosenbrock: [
    ({ x, y1, x2, by }) => [
      NEGATIVE,
      n(2),
      paren(n(1), MINUS, x),
      MINUS,
      n(400),
      by,
      x,
      paren(y1, MINUS, x2),
    ],
    ({ y1, x2 }) => [n(200), paren(y1, MINUS, x2)],
  ],
  beale: [
    ({ y, y1, y2, by, terms: [a, b, c] }) => [
      n(2),
      by,
      a,
      paren(y1, MINUS, n(1)),
      PLUS,
      n(2),
      by,
      b,
      paren(y2, MINUS, n(1)),
      PLUS,
      n(2),
      by,
      c,
      paren(sup(y, n(3)), MINUS, n(1)),
    ],
    ({ x, y, y2, by, terms: [a, b, c] }) => [
      n(2),
      by,
      x,
      paren(a, PLUS, n(2), by, b, by, y, PLUS, n(3), by, c, by, y2),
    ],
  ],
};

/** What Beale's function is the sum of the squares of. */
export const SYMBOLS = ["a", "b", "c"] as const;
/** The loss as it is written above the picture. */
export const LOSSES: Readonly<Record<string, readonly ComponentChildren[]>> = (() => {
  const [x, y, w] = [v("w", 1), v("w", 2), v("w")];
  const [x2, y2] = [indexed("w", 1), indexed("w", 2)];
  const L = [v("L"), EQ];
  const formula = (...parts: ComponentChildren[]): ComponentChildren[] => [[L, parts]];
  return {
    parabola: formula(squared(w)),
    double_well: formula(
      frac(n(1), n(8)),
      bracketed(w, PLUS, n(2)),
      paren(bracketed(w, MINUS, n(2)), PLUS, n(0.5)),
    ),
    plateau: formula(n(1), MINUS, EXP, paren(NEGATIVE, frac(squared(w), n(2)))),
    waves: formula(frac(squared(w), n(10)), PLUS, frac(row(n(1), MINUS, fn("cos"), space(2), n(3), w), n(2))),
    bowl: formula(n("½"), paren(x2, PLUS, y2)),
    ravine: formula(n("½"), paren(x2, PLUS, n(18), space(2), y2)),
    saddle: formula(n("½"), space(2), x2, PLUS, n("¼"), bracketed(y2, MINUS, n(1))),
    himmelblau: formula(bracketed(x2, PLUS, y, MINUS, n(11)), PLUS, bracketed(x, PLUS, y2, MINUS, n(7))),
    rosenbrock: formula(bracketed(n(1), MINUS, x), PLUS, n(100), bracketed(y, MINUS, x2)),
    beale: [
      [L, ...SYMBOLS.flatMap((letter, k) => [k ? PLUS : null, squared(v(letter))])],
      ...["1.5", "2.25", "2.625"].map((constant, k) => [
        v(SYMBOLS[k] as string),
        EQ,
        n(constant),
        MINUS,
        x,
        paren(n(1), MINUS, k ? indexed("w", 2, k + 1) : y),
      ]),
    ],
  };
})();
