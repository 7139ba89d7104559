// How the variance of one layer follows from that of its neighbour, with the numbers of the layer that is looked at.
import type { ComponentChildren } from "preact";
import {
  EQ,
  Formula,
  Formulas,
  fn,
  note,
  op,
  paren,
  plain,
  row,
  space,
  sup,
  TIMES,
  v,
} from "../explorer/math";
import { amountOf } from "./scale";
import type { Shown } from "./state";

const VAR = (...of: ComponentChildren[]) => row(fn("Var"), paren(...of));
// The types of MathML do not know it.
const SMALL: object = { stretchy: "false" };
const MEAN = (of: ComponentChildren) =>
  row(space(2), fn("E"), <mo {...SMALL}>[</mo>, of, <mo {...SMALL}>]</mo>);
const SQUARE = <mn>2</mn>;
const SIGMA = sup(v("σ"), SQUARE);
const D_LOSS = row(fn("∂"), v("L"), op("/"), fn("∂"));
const at = (name: string, layer: string) => v(name, /^\d+$/.test(layer) ? Number(layer) : layer);
const squared = (name: string, layer: string) => (
  <msubsup>
    <mi>{name}</mi>
    {/^\d+$/.test(layer) ? <mn>{layer}</mn> : <mtext>{layer}</mtext>}
    {SQUARE}
  </msubsup>
);
const n = (name: string, value: number) => plain(amountOf(value), 0, { n: name });
const result = (name: string, value: number) => plain(amountOf(value), 0, { n: name, result: true });
const measuredAs = (name: string, value: number) => (
  <>
    {note("measured")}
    {space(5)}
    {plain(amountOf(value), 0, { n: name })}
  </>
);

export function PropagationFormulas({ shown }: { shown: Shown }) {
  return (
    <div class="nnw-init-formulas">
      <Formulas>
        <Formula name="forward" parts={forward(shown)} />
        <Formula name="backward" parts={backward(shown)} />
        <Formula name="per layer" parts={through(shown)} />
      </Formulas>
    </div>
  );
}

const index = (layer: number, hidden: number) => (layer === hidden ? "out" : String(layer + 1));

/** The weights that lead to a layer are all alike, or drawn. */
const isDrawn = ({ name }: Shown) => name !== "zeros" && name !== "constant";

function forward(shown: Shown): ComponentChildren[] {
  const { measured, chosen, at: layer, hidden, settings } = shown;
  const here = index(layer, hidden);
  const inputs = layer === 0 ? 2 : measured.width;
  const before = layer === 0 ? ["x"] : [index(layer - 1, hidden)];
  const left = [VAR(at("z", here)), EQ];
  const found = measuredAs("forward.measured", measured.variance(chosen, "z", layer));
  if (!isDrawn(shown) && measured.epoch === 0) {
    const weight = shown.name === "zeros" ? 0 : Number(measured.settings.constant ?? settings.constant);
    // All neurons of the layer before are alike, so that the sum is as many times one of them.
    if (layer === 0)
      return [
        [
          left,
          sup(v("w"), SQUARE),
          space(2),
          VAR(at("x", "1"), op("+"), at("x", "2")),
          EQ,
          result("forward.value", measured.variance(chosen, "z", 0)),
        ],
      ];
    const spread = measured.variance(chosen, "a", layer - 1);
    const value = weight ** 2 * inputs ** 2 * spread;
    return [
      [
        left,
        sup(paren(v("n"), v("w")), SQUARE),
        space(2),
        VAR(at("a", before[0] as string)),
        EQ,
        sup(paren(plain(inputs, 0), TIMES, n("forward.weight", weight)), SQUARE),
        TIMES,
        n("forward.before", spread),
        EQ,
        result("forward.value", value),
      ],
      [space(8), found],
    ];
  }
  const square =
    layer === 0
      ? measured.inputSquare
      : measured.variance(chosen, "a", layer - 1) + measured.mean(chosen, "a", layer - 1) ** 2;
  const weights = measured.std(chosen, layer) ** 2;
  return [
    [
      left,
      v("n"),
      SIGMA,
      space(2),
      MEAN(layer === 0 ? sup(v("x"), SQUARE) : squared("a", before[0] as string)),
      EQ,
      plain(inputs, 0),
      TIMES,
      n("forward.weights", weights),
      TIMES,
      n("forward.square", square),
      EQ,
      result("forward.value", inputs * weights * square),
    ],
    [space(8), found],
  ];
}

function backward(shown: Shown): ComponentChildren[] {
  const { measured, chosen, at: layer, hidden } = shown;
  const here = index(layer, hidden);
  const left = [VAR(D_LOSS, at("a", here)), EQ];
  const found = measuredAs("backward.measured", measured.variance(chosen, "da", layer));
  if (layer === hidden)
    return [
      [
        left,
        VAR(v("p"), op("−"), v("y")),
        op("/"),
        sup(v("N"), SQUARE),
        EQ,
        result("backward.measured", measured.variance(chosen, "da", layer)),
      ],
      [note("here the gradients begin")],
    ];
  const next = index(layer + 1, hidden);
  const neurons = layer + 1 === hidden ? 1 : measured.width;
  const weights = measured.std(chosen, layer + 1) ** 2;
  const behind = measured.variance(chosen, "da", layer + 1);
  const [theory, theoryBehind] = [
    measured.predicted(chosen, "da", layer),
    measured.predicted(chosen, "da", layer + 1),
  ];
  const slopes = row(v("φ′"), sup(paren(at("z", next)), SQUARE));
  const gradient = row(D_LOSS, at("a", next));
  // The output has no activation function.
  const isLast = layer + 1 === hidden;
  if (!isDrawn(shown) && measured.epoch === 0) {
    const squareOf = sup(paren(v("n"), v("w")), SQUARE);
    const inside = isLast ? gradient : row(v("φ′"), paren(at("z", next)), space(2), gradient);
    return [
      [left, squareOf, space(2), VAR(inside)],
      [space(8), found],
    ];
  }
  const symbols = [left, v("n"), SIGMA, space(2), isLast ? null : [MEAN(slopes), space(2)], VAR(gradient)];
  // The theory speaks of weights that nobody has trained.
  if (measured.epoch > 0 || !Number.isFinite(theory / theoryBehind)) return [symbols, [space(8), found]];
  // What the theory takes the mean of the squared slopes for.
  const slope = theory / theoryBehind / (neurons * measured.std(chosen, layer + 1) ** 2);
  return [
    symbols,
    [
      EQ,
      plain(neurons, 0),
      TIMES,
      n("backward.weights", weights),
      TIMES,
      isLast ? null : [n("backward.slope", slope), TIMES],
      n("backward.before", behind),
      EQ,
      result("backward.value", neurons * weights * (isLast ? 1 : slope) * behind),
    ],
    [space(8), found],
  ];
}

/** What is left of a signal behind all layers. */
function through({ measured, chosen, hidden }: Shown): ComponentChildren[] {
  const first = measured.variance(chosen, "z", 0);
  const last = measured.variance(chosen, "z", hidden - 1);
  const ratio = last / first;
  if (!(ratio > 0) || !Number.isFinite(ratio) || hidden < 2)
    return [[note(first === 0 ? "nothing goes in" : "there is no factor per layer")]];
  const each = ratio ** (1 / (hidden - 1));
  return [
    [
      frac2(VAR(at("z", String(hidden))), VAR(at("z", "1"))),
      EQ,
      n("through.ratio", ratio),
      EQ,
      sup(result("through.each", each), <mn>{hidden - 1}</mn>),
    ],
    [space(8), note("the factor of each layer")],
  ];
}

const frac2 = (over: ComponentChildren, under: ComponentChildren) => row(over, op("/"), under);
