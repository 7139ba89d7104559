// The formulas with the numbers of the moment.
import type { JSX } from "preact";
import { fixed } from "../../draw/format";
import {
  call,
  EQ,
  Formula,
  Formulas,
  fn,
  frac,
  MINUS,
  NEGATIVE,
  op,
  paren,
  plain,
  signed,
  space,
  sup,
  TIMES,
  v,
} from "../explorer/math";
import { three } from "../explorer/numbers";
import type { LossState } from "./state";

const LN = (
  <>
    {fn("ln")}
    {space(3)}
  </>
);

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

/** A number in the colour of its sign, of any size. */
function toned(value: number, n: string, isResult = false): JSX.Element {
  const tone = value ? (value < 0 ? "nnw-neg" : "nnw-pos") : "";
  return (
    <mn class={`${tone} ${isResult ? "nnw-result" : ""}`} data-n={n}>
      {three(value)}
    </mn>
  );
}

export function LossFormulas({ of }: { of: LossState }) {
  const { z, p, target, single, whole } = of;
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
            {plain(three(p), 3, { n: "p", result: true })}
          </>,
        ]}
      />
      <Value of={of} />
      <Product of={of} />
      <Formula
        name="BCELoss, float32"
        parts={[
          <>
            {v("p")}
            {EQ}
            {plain(exactly(single.p), 3, { n: "single.p" })}
          </>,
          <>
            {op(",")}
            {space(6)}
            {v("L")}
            {EQ}
            {NEGATIVE}
            {LN}
            {target
              ? plain(exactly(single.p), 3, { n: "single.p" })
              : paren(plain("1"), MINUS, plain(exactly(single.p), 3, { n: "single.p" }))}
          </>,
          <>
            {EQ}
            {plain(three(single.loss), 3, { n: "single.L", result: true })}
          </>,
          <mtext class="nnw-loss-note">
            {single.loss === 100 ? "PyTorch takes no logarithm below −100" : "by way of p"}
          </mtext>,
        ]}
      />
      <Formula
        name="batch"
        parts={[
          <>
            {fn("mean")}
            {space(3)}
            {v("L")}
            {EQ}
            {plain(three(whole.mean), 3, { n: "b.mean", result: true })}
          </>,
          <>
            {op(",")}
            {space(6)}
            {fn("in PyTorch")}
            {space(3)}
            {plain(three(whole.clamped), 3, { n: "b.clamped" })}
          </>,
          <>
            {op(",")}
            {space(6)}
            {fn("by a shared bias")}
            {space(3)}
            {toned(whole.total, "b.total", true)}
          </>,
        ]}
      />
    </Formulas>
  );
}

/** 1 and 0 only where it is that, or close to 1 with as many digits as that takes. */
export function exactly(p: number): string {
  if (p === 1 || p === 0) return String(p);
  return p > 0.9995 ? fixed(p, 8) : three(p);
}

function Value({ of: { name, z, p, target, side, losses } }: { of: LossState }) {
  const loss = plain(three(losses[name].loss), 3, { n: "L", result: true });
  const chance = plain(three(p), 3, { n: "p" });
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
      ]}
    />
  );
}

function Product({ of: { name, z, p, target, side, slope, losses } }: { of: LossState }) {
  const { byP, byZ } = losses[name];
  const result = toned(byZ, "dz", true);
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
          <mtext class="nnw-loss-note">
            {isInside ? "y z < 1: inside of the margin" : "y z ≥ 1: right by its margin"}
          </mtext>,
        ]}
      />
    );
  }
  const negative = byP < 0;
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
          {negative ? paren(toned(byP, "dp")) : toned(byP, "dp")}
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
            {plain(three(p), 3, { n: "p" })}
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
