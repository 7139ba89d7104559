// The three formulas with the numbers of the moment: a weight that grows, a cell that follows, the energy.
import {
  EQ,
  Formula,
  Formulas,
  fn,
  frac,
  MINUS,
  NEGATIVE,
  op,
  PLUS,
  paren,
  plain,
  row,
  signed,
  space,
  TIMES,
  v,
  word,
} from "../explorer/math";
import type { HebbState } from "./hook";
import { valueOfCell } from "./state";

const ARROW = op("←");
const SUM = op("∑");

/** A variable whose index is a variable. */
const indexed = (name: string, index: string, before = "") => (
  <msub>
    <mi>{name}</mi>
    <mrow>
      {before ? <mn>{before}</mn> : null}
      <mi>{index}</mi>
    </mrow>
  </msub>
);

export function HebbFormulas({ of }: { of: HebbState }) {
  return (
    <Formulas>
      <Formula name="weight" parts={weightParts(of)} />
      <Formula name="recall" parts={recallParts(of)} />
      <Formula
        name="energy"
        parts={[
          row(
            v("E"),
            EQ,
            NEGATIVE,
            frac(<mn>1</mn>, <mn>2</mn>),
            <munder>
              {SUM}
              {row(v("i"), op(","), v("j"))}
            </munder>,
            indexed("w", "ij"),
            indexed("s", "i"),
            indexed("s", "j"),
          ),
          row(EQ, plain(of.recalled.energy, 1, { n: "energy", result: true })),
        ]}
      />
    </Formulas>
  );
}

function weightParts({ settings: { pair, rate, decay, silent, presented }, learned }: HebbState) {
  const [i, j] = pair;
  const name = `${i + 1},${j + 1}`;
  const [a, b] = [v("x", i + 1), v("x", j + 1)];
  const { given, last } = learned;
  const rule = row(v("w", name), ARROW, paren(<mn>1</mn>, MINUS, v("λ")), v("w", name), PLUS, v("η"), a, b);
  if (!last || !presented.length) {
    const first = plain(0, 3, { n: "weight", result: true });
    return [rule, row(space(12), word("at first"), space(), v("w", name), EQ, first)];
  }
  const history = learned.history(i, j);
  const value = (cell: number) => valueOfCell(last[cell], silent);
  return [
    rule,
    row(
      EQ,
      plain(1 - decay, 2),
      TIMES,
      signed(history[given - 1] as number, 3, { n: "before" }),
      PLUS,
      plain(rate, 2),
      TIMES,
      signed(value(i), 0, { n: "x.i" }),
      TIMES,
      signed(value(j), 0, { n: "x.j" }),
    ),
    row(EQ, signed(history[given] as number, 3, { n: "weight", result: true })),
  ];
}

function recallParts({ settings: { silent }, recalled }: HebbState) {
  const { turn, sum, state } = recalled;
  const apply = silent ? fn("sign") : fn("step");
  const total = row(
    <munder>
      {SUM}
      {v("j")}
    </munder>,
    turn === null ? indexed("w", "ij") : indexed("w", "j", `${turn + 1},`),
    indexed("s", "j"),
  );
  const rule = row(turn === null ? indexed("s", "i") : v("s", turn + 1), ARROW, apply, paren(total));
  if (turn === null)
    return [rule, row(space(12), word(recalled.end ? "no cell has been asked yet" : "no cell changes"))];
  const now = signed(valueOfCell(state[turn], silent), 0, { n: "spin", result: true });
  if (sum === 0) {
    return [rule, row(word("the sum is "), plain(0, 2, { n: "sum" }), word(": it stays as it is, "), now)];
  }
  return [rule, row(EQ, apply, paren(signed(sum, 2, { n: "sum", first: true }))), row(EQ, now)];
}
