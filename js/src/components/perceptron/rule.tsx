// What the rule does with the sample at hand, with all its numbers.
import type { JSX } from "preact";
import { thousands } from "../../draw/format";
import type { Weights } from "../../draw/halves";
import type { Hand, PerceptronFrame } from "../../model/perceptron-frames";
import {
  EQ,
  Formula,
  MINUS,
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
import { numberText } from "../fields";
import { className } from "../names";
import { TitleRow } from "../panel";
import { usePicture } from "./view";

const DIGITS = 2;
/** A learning rate with more letters is said once. */
const LONG = 3;
/** At the beginning of a piece a sign has no room of its own. */
const AND = row(space(3), PLUS, space(3));
const ARROW = op("←");
const PRIME = v("y′");
const ERROR = paren(v("y"), MINUS, PRIME);
const W = <mi class="nnw-vector">w</mi>;
const X = <mi class="nnw-vector">x</mi>;
const NAMES = [v("w", 1), v("w", 2), v("b")];

export function RuleZone() {
  const { hand, weights, rate, names, place } = usePicture(({ data, network }, frame) => ({
    hand: frame?.hand ?? null,
    weights: frame?.weights ?? null,
    rate: frame?.header.learning_rate ?? null,
    names: data.class_names.map(className),
    place: placeOf(frame, network.steps_per_epoch),
  }));
  return (
    <section class="nnw-rule" aria-label="Rule">
      <TitleRow title="Sample at hand" note={place} />
      {hand && weights ? (
        <>
          <Verdict hand={hand} names={names} />
          <div class="nnw-formulas">
            <Numbers hand={hand} weights={weights} rate={rate ?? 1} />
          </div>
        </>
      ) : null}
    </section>
  );
}

/** Which of the epoch's samples it is. */
function placeOf(frame: PerceptronFrame | null, samples: number): string {
  if (!frame) return "";
  return `${thousands((frame.header.step % samples) + 1)} of ${thousands(samples)} in this epoch`;
}

/** What the rule says of it, in words. */
function Verdict({ hand: { target, error, output }, names }: { hand: Hand; names: readonly string[] }) {
  const name = names[target] ?? String(target);
  const sign = (
    <>
      <var>z</var> {output ? "> 0" : "≤ 0"}
    </>
  );
  const does = (
    <>
      <var>η</var> <b class="nnw-vector">x</b> {error > 0 ? "is added to" : "is taken from"}{" "}
      <b class="nnw-vector">w</b>
    </>
  );
  return (
    <p class="nnw-verdict" data-wrong={error !== 0 || undefined}>
      <b>{error ? "Mistake:" : "Right:"}</b> {name}, {error ? "but" : "and"} {sign}.{" "}
      {error ? <>So {does}.</> : <>Nothing changes.</>}
    </p>
  );
}

interface NumbersProps {
  hand: Hand;
  weights: Weights;
  rate: number;
}

/** Weights have as many decimals as it takes to see what a step of this size does to them. */
const weightDigits = (rate: number) => Math.min(4, Math.max(DIGITS, DIGITS - Math.floor(Math.log10(rate))));

const input = (value: number, n?: string) => signed(value, DIGITS, n ? { n } : {});
const said = (...pieces: JSX.Element[]) => <mrow class="nnw-note">{pieces}</mrow>;

function Numbers({ hand, weights, rate }: NumbersProps) {
  const { x, target, z, output, error, after } = hand;
  const [w1, w2, b] = weights;
  const inputs = [...x, 1];
  const digits = weightDigits(rate);
  const eta = numberText(rate);
  const products = [
    [signed(w1, digits, { n: "w1", first: true }), TIMES, input(x[0], "x1")],
    [signed(w2, digits, { n: "w2" }), TIMES, input(x[1], "x2")],
    [signed(b, digits, { n: "b" })],
  ];
  return (
    <>
      <Formula
        name="sum"
        parts={[row(v("z"), EQ, v("w", 1), v("x", 1), PLUS, v("w", 2), v("x", 2), PLUS, v("b"))]}
      />
      <Formula
        name=""
        parts={[
          row(EQ, space(), products[0]),
          row(AND, products[1]),
          row(AND, products[2]),
          row(space(), EQ, space(), signed(z, 3, { n: "z", result: true })),
        ]}
      />
      <Formula
        name="output"
        parts={[
          row(PRIME, EQ, plain(output, 0, { n: "output", result: true })),
          said(word("since"), space(), v("z"), op(z > 0 ? ">" : "≤"), plain(0, 0)),
        ]}
      />
      <Formula
        name="error"
        parts={[
          row(v("y"), MINUS, PRIME, EQ),
          row(
            plain(target, 0, { n: "target" }),
            MINUS,
            plain(output, 0),
            EQ,
            signed(error, 0, { n: "error", result: true }),
          ),
        ]}
      />
      <Formula
        name="update"
        parts={[
          row(W, ARROW, W, PLUS, v("η"), space(2), ERROR, space(2), X),
          said(word("with"), space(), v("η"), EQ, plain(eta)),
        ]}
      />
      {weights.map((weight, index) => (
        <Formula
          key={index}
          name=""
          parts={[
            row(
              NAMES[index],
              ARROW,
              signed(weight, digits, { first: true }),
              PLUS,
              eta.length > LONG ? v("η") : plain(eta),
              TIMES,
              signed(error, 0),
              TIMES,
              index < 2 ? input(inputs[index] as number) : plain(1, 0),
              EQ,
              signed(after[index] as number, digits, { n: `after${index}`, result: true }),
            ),
          ]}
        />
      ))}
    </>
  );
}
