// The formulas with the numbers of the moment: softmax as it is written and with the largest logit taken away, and
// the loss on both ways.
import type { ComponentChildren, JSX } from "preact";
import {
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
  PLUS,
  plain,
  signed,
  space,
  sup,
  v,
} from "../explorer/math";
import { amount, inFloat32, probabilityText, shortened, three } from "../explorer/numbers";
import type { SoftmaxState } from "./state";

const E = <mi>e</mi>;
/** Terms of a sum that are written; of more, the first and the last. */
const MOST_TERMS = 3;

function sumOf(terms: readonly JSX.Element[]): JSX.Element {
  const kept: ComponentChildren[] =
    terms.length > MOST_TERMS ? [...terms.slice(0, 2), op("…"), terms.at(-1)] : [...terms];
  return (
    <>
      {kept.map((term, index) => (
        <>
          {index ? PLUS : null}
          {term}
        </>
      ))}
    </>
  );
}

export function SoftmaxFormulas({ of }: { of: SoftmaxState }) {
  const { logits, temperature, offset, target, values, p, loss, gradient, naive, names, digits } = of;
  const name = shortened(names[target] as string, 10);
  const power = (exponent: number, key: string) =>
    sup(
      E,
      <>
        {signed(exponent, digits, { first: true, n: key })}
        {temperature === 1 ? null : (
          <>
            {op("/")}
            {plain(temperature, 2, { n: "T" })}
          </>
        )}
      </>,
    );
  const written = logits.map((logit, index) => power(logit + offset, `zo.${index}`));
  const largest = Math.max(...logits);
  const shifted = logits.map((logit, index) => power(logit - largest, `zm.${index}`));
  const chance = p[target] as number;
  const single = naive.probabilities[target] as number;
  const pull = gradient[target] as number;
  const pName = v("p", name);
  const text = probabilityText(chance);
  // "> 0.99999" is no number to reckon with: there the symbol stands.
  const isBound = text.startsWith(">");
  const pNumber = isBound ? pName : plain(text, 3, { n: `p.${target}` });
  return (
    <Formulas>
      <Formula
        name="softmax"
        parts={[
          <>
            {pName}
            {EQ}
            {frac(written[target], sumOf(written))}
          </>,
          <>
            {EQ}
            {frac(
              plain(inFloat32(naive.exponentials[target] as number, amount), 2, { n: `e.${target}` }),
              plain(inFloat32(naive.total, amount), 2, { n: "sum.e" }),
            )}
            {EQ}
            {plain(inFloat32(single, probabilityText), 3, { n: "naive", result: true })}
          </>,
          note("as written, in float32"),
        ]}
      />
      <Formula
        name="stable softmax"
        parts={[
          <>
            {pName}
            {EQ}
            {frac(shifted[target], sumOf(shifted))}
          </>,
          <>
            {EQ}
            {frac(
              plain(amount(values.exponentials[target] as number), 2, { n: "em" }),
              plain(amount(values.total), 2, { n: "sum.em" }),
            )}
            {isBound ? space(4) : EQ}
            {plain(text, 3, { n: `p.${target}`, result: true })}
          </>,
          note("largest taken away first"),
        ]}
      />
      <Formula
        name="cross-entropy"
        parts={[
          <>
            {v("L")}
            {EQ}
            {NEGATIVE}
            {LN}
            {pName}
          </>,
          isBound ? null : (
            <>
              {EQ}
              {NEGATIVE}
              {LN}
              {pNumber}
            </>
          ),
          <>
            {EQ}
            {plain(three(0 - Math.log(chance)), 3, { n: "loss.p", result: true })}
          </>,
        ]}
      />
      <Formula
        name="log-softmax, NLL"
        parts={[
          <>
            {LN}
            {pName}
            {EQ}
            {plain(three(values.shifted[target] as number), 3, { n: "shifted" })}
            {MINUS}
            {LN}
            {plain(amount(values.total), 2, { n: "sum.em" })}
          </>,
          <>
            {EQ}
            {plain(three(values.logProbabilities[target] as number), 3, { n: "logp" })}
          </>,
          <>
            {space(14)}
            {v("L")}
            {EQ}
            {NEGATIVE}
            {LN}
            {pName}
            {EQ}
            {plain(three(loss), 3, { n: "loss", result: true })}
          </>,
          note("the way of nn.CrossEntropyLoss"),
        ]}
      />
      <Formula
        name="gradient"
        parts={[
          <>
            {frac(
              <>
                {fn("∂")}
                {v("L")}
              </>,
              <>
                {fn("∂")}
                {v("z", name)}
              </>,
            )}
            {EQ}
            {temperature === 1 ? (
              <>
                {pNumber}
                {MINUS}
                {plain("1")}
              </>
            ) : (
              frac(
                <>
                  {pNumber}
                  {MINUS}
                  {plain("1")}
                </>,
                plain(temperature, 2, { n: "T" }),
              )
            )}
          </>,
          <>
            {EQ}
            <mn class={`nnw-result ${pull < 0 ? "nnw-neg" : ""}`} data-n={`g.${target}`}>
              {three(pull)}
            </mn>
          </>,
        ]}
      />
    </Formulas>
  );
}

/** What stands for a list of numbers in a sentence. */
export const listed = (numbers: readonly number[]) =>
  numbers.map((each) => inFloat32(each, probabilityText)).join(", ");
