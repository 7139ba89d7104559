// The formulas with the numbers of the moment.
import { fixed } from "../../draw/format";
import {
  call,
  EQ,
  Formula,
  Formulas,
  fn,
  frac,
  LN,
  MINUS,
  NEGATIVE,
  note,
  op,
  paren,
  plain,
  signed,
  space,
  sup,
  TIMES,
  v,
  word,
} from "../explorer/math";
import { probabilityText, three } from "../explorer/numbers";
import type { LossState } from "./state";

const derivative = (over: string, under: string) =>
  frac(
    <>
      {fn("d")}
      {v(over)}
    </>,
    <>
      {fn("d")}
      {v(under)}
    </>,
  );

export function LossFormulas({ of }: { of: LossState }) {
  const { z, p, single } = of;
  return (
    <Formulas>
      <Formula
        name="prediction"
        parts={[
          <>
            {v("p")}
            {EQ}
            {call(fn("σ"), v("z"))}
          </>,
          <>
            {EQ}
            {call(fn("σ"), signed(z, 2, { n: "z", first: true }))}
          </>,
          <>
            {EQ}
            {plain(probabilityText(p), 3, { n: "p", result: true })}
          </>,
          inSingle("in float32", exactly(single.p), "single.p"),
        ]}
      />
      <Value of={of} />
      <Product of={of} />
    </Formulas>
  );
}

/** What the formula before it is in single precision, beside it, where it can be compared. */
const inSingle = (lead: string, text: string, n: string) => (
  <mrow class="nnw-loss-single">
    {word(lead)}
    {space(6)}
    {plain(text, 3, { n })}
  </mrow>
);

/** 1 and 0 only where it is that, or close to 1 with as many digits as that takes. */
export function exactly(p: number): string {
  if (p === 1 || p === 0) return String(p);
  return p > 0.9995 ? fixed(p, 8) : three(p);
}

function Value({ of: { name, z, p, target, side, losses, single } }: { of: LossState }) {
  const loss = plain(three(losses[name].loss), 3, { n: "L", result: true });
  const chance = plain(probabilityText(p), 3, { n: "p" });
  const parts = {
    bce: target
      ? [
          <>
            {NEGATIVE}
            {LN}
            {v("p")}
          </>,
          <>
            {NEGATIVE}
            {LN}
            {chance}
          </>,
        ]
      : [
          <>
            {NEGATIVE}
            {LN}
            {paren(plain("1"), MINUS, v("p"))}
          </>,
          <>
            {NEGATIVE}
            {LN}
            {paren(plain("1"), MINUS, chance)}
          </>,
        ],
    mse: [
      sup(paren(v("p"), MINUS, v("y")), plain("2")),
      sup(paren(chance, MINUS, plain(String(target))), plain("2")),
    ],
    hinge: [
      call(fn("max"), plain("0"), op(","), plain("1"), MINUS, v("y"), v("z")),
      call(
        fn("max"),
        plain("0"),
        op(","),
        plain("1"),
        MINUS,
        signed(side, 0),
        TIMES,
        signed(z, 2, { n: "z" }),
      ),
    ],
  }[name];
  return (
    <Formula
      name="loss"
      parts={[
        <>
          {v("L")}
          {EQ}
          {parts[0]}
        </>,
        <>
          {EQ}
          {parts[1]}
        </>,
        <>
          {EQ}
          {loss}
        </>,
        ...(name === "bce" ? [inSingle("BCELoss in float32", three(single.loss), "single.L")] : []),
      ]}
    />
  );
}

function Product({ of: { name, z, p, target, side, slope, losses } }: { of: LossState }) {
  const { byP, byZ } = losses[name];
  const result = signed(byZ, three, { n: "dz", result: true });
  if (name === "hinge") {
    const isInside = side * z < 1;
    return (
      <Formula
        name="gradient"
        parts={[
          <>
            {derivative("L", "z")}
            {EQ}
            {isInside ? (
              <>
                {NEGATIVE}
                {v("y")}
              </>
            ) : (
              plain("0")
            )}
          </>,
          <>
            {EQ}
            {result}
          </>,
          note(isInside ? "y z < 1: inside of the margin" : "y z ≥ 1: right by its margin"),
        ]}
      />
    );
  }
  return (
    <Formula
      name="gradient"
      parts={[
        <>
          {derivative("L", "z")}
          {EQ}
          {derivative("L", "p")}
          {TIMES}
          {derivative("p", "z")}
        </>,
        <>
          {EQ}
          {signed(byP, three, { n: "dp" })}
          {TIMES}
          {plain(three(slope), 3, { n: "slope" })}
        </>,
        <>
          {EQ}
          {result}
        </>,
        name === "bce" ? (
          <>
            {EQ}
            {plain(probabilityText(p), 3, { n: "p" })}
            {MINUS}
            {plain(String(target))}
            {EQ}
            {v("p")}
            {MINUS}
            {v("y")}
          </>
        ) : (
          <>
            {EQ}
            {plain("2")}
            {paren(v("p"), MINUS, v("y"))}
            {space(2)}
            {v("p")}
            {paren(plain("1"), MINUS, v("p"))}
          </>
        ),
      ]}
    />
  );
}
