// Value and slope of each function as its formula has them, with the numbers of the moment, and what is left of a
// gradient behind several layers.
import type { ComponentChildren, JSX } from "preact";
import { fixed } from "../../draw/format";
import {
  call,
  EQ,
  Formula,
  Formulas,
  fn,
  frac,
  MINUS,
  op,
  PLUS,
  paren,
  plain,
  signed,
  sup,
  TIMES,
  v,
  word,
} from "../explorer/math";
import { Stepper } from "../fields";
import { told } from "./numbers";
import type { ActivationState } from "./state";

type Piece = JSX.Element;
interface Pair {
  readonly value: readonly ComponentChildren[];
  readonly slope: readonly ComponentChildren[];
}

const ONE = <mn>1</mn>;
const X = v("x");
const SIGMA = fn("σ");
const MOST_LAYERS = 100;

/** A number between, without a sign of its own. */
const part = (value: number, n: string): Piece => plain(told(value), 4, { n });
const result = (value: number, n: string, text = told(value)): Piece =>
  signed(value, () => text, { n, result: true });
const because = (x: number): Piece => (
  <>
    {word(", because\u00a0")}
    {X}
    {op(x > 0 ? ">" : "≤")}
    <mn>0</mn>
  </>
);
const eq = (...pieces: ComponentChildren[]): Piece => (
  <>
    {EQ}
    {pieces}
  </>
);
const of = (name: string, ...inside: ComponentChildren[]) => call(fn(name), ...inside);

/** What stands between a function's name and its result. */
function steps(state: ActivationState): Pair {
  const { x, digits, value, terms } = state;
  const at = plain(x, digits);
  const [sigma, rest, e] = ["sigma", "rest", "exp"].map((key) => part(terms[key] ?? Number.NaN, key));
  const power = sup(v("e"), plain(x, digits));
  switch (state.activation) {
    case "sigmoid":
      return {
        value: [eq(frac(ONE, [ONE, PLUS, sup(v("e"), plain(0 - x, digits))])), eq(frac(ONE, [ONE, PLUS, e]))],
        slope: [eq(SIGMA, paren(ONE, MINUS, SIGMA)), eq(part(value, "value"), TIMES, rest)],
      };
    case "tanh":
      return {
        value: [
          eq(<mn>2</mn>, call(SIGMA, <mn>2</mn>, op("·"), at), MINUS, ONE),
          eq(<mn>2</mn>, TIMES, part(terms.sigma2 ?? Number.NaN, "sigma2"), MINUS, ONE),
        ],
        slope: [
          eq(frac(ONE, [sup(fn("cosh"), <mn>2</mn>), paren(at)])),
          eq(ONE, MINUS, sup(paren(part(value, "value")), <mn>2</mn>)),
        ],
      };
    case "relu":
      return { value: [eq(of("max", <mn>0</mn>, op(","), at))], slope: [] };
    case "leaky_relu":
      return {
        value: x > 0 ? [eq(X)] : [eq(<mn>0.01</mn>, X), eq(<mn>0.01</mn>, TIMES, paren(at))],
        slope: [],
      };
    case "elu":
      return x > 0
        ? { value: [eq(X)], slope: [] }
        : { value: [eq(power, MINUS, ONE), eq(e, MINUS, ONE)], slope: [eq(power)] };
    case "softplus":
      return {
        value: [eq(of("ln", ONE, PLUS, power)), eq(of("ln", ONE, PLUS, e))],
        slope: [eq(call(SIGMA, at))],
      };
    case "silu":
      return {
        value: [eq(X, call(SIGMA, X)), eq(at, TIMES, sigma)],
        slope: [
          eq(call(SIGMA, X), paren(ONE, PLUS, X, paren(ONE, MINUS, call(SIGMA, X)))),
          eq(sigma, TIMES, paren(ONE, PLUS, x < 0 ? paren(at) : at, TIMES, rest)),
        ],
      };
    case "gelu": {
      const phi = part(terms.phi ?? Number.NaN, "phi");
      const density = part(terms.density ?? Number.NaN, "density");
      return {
        value: [eq(X, of("Φ", X)), eq(at, TIMES, phi)],
        slope: [eq(of("Φ", X), PLUS, X, of("φ", X)), eq(phi, PLUS, x < 0 ? paren(at) : at, TIMES, density)],
      };
    }
    case "identity":
      return { value: [eq(X)], slope: [] };
    case "step":
      return { value: [], slope: [] };
    default:
      return { value: [], slope: [] };
  }
}

const ORIGINS = { autograd: "by autograd", differences: "by central differences", given: "as given" };

/** A word behind the result, where it says why. */
function reason({ activation, x, slopesBy }: ActivationState): Record<keyof Pair, ComponentChildren> {
  const kink = because(x);
  switch (activation) {
    case "relu":
      return { value: null, slope: kink };
    case "leaky_relu":
    case "elu":
      return { value: x > 0 ? kink : null, slope: x > 0 || activation === "leaky_relu" ? kink : null };
    case "identity":
      return { value: null, slope: word("\u00a0everywhere") };
    case "step":
      return { value: kink, slope: word("\u00a0on both sides of the step") };
    default:
      return {
        value: null,
        slope: slopesBy ? word(`\u00a0${ORIGINS[slopesBy]}`) : null,
      };
  }
}

/** What a function is called in its formula. */
const SYMBOLS: Partial<Record<string, string>> = { sigmoid: "σ", identity: "f", leaky_relu: "f", step: "f" };
/** A longer name would leave no room for the numbers. */
const LONGEST = 10;

/** Where no digit is lost by it, a value has as many as x. */
function valueText({ activation, value, digits }: ActivationState): string {
  if (activation === "step") return fixed(value, 0);
  const isExact = ["relu", "identity"].includes(activation) || (activation === "elu" && value > 0);
  return isExact && value ? fixed(value, digits) : told(value);
}

export function ActivationFormulas({ state }: { state: ActivationState }) {
  const { label, x, digits, value, slope } = state;
  const { value: toValue, slope: toSlope } = steps(state);
  const why = reason(state);
  const symbol = SYMBOLS[state.activation] ?? (label.length > LONGEST ? "f" : label);
  const name = symbol === "f" ? v("f") : fn(symbol);
  const prime = symbol === "f" ? v("f′") : fn(`${symbol}′`);
  const at = paren(plain(x, digits));
  return (
    <Formulas>
      <Formula
        name="value"
        parts={[
          <>
            {name}
            {at}
          </>,
          ...toValue,
          <>
            {EQ}
            {result(value, "value", valueText(state))}
            {why.value}
          </>,
        ]}
      />
      <Formula
        name="slope"
        parts={[
          <>
            {prime}
            {at}
          </>,
          ...toSlope,
          <>
            {EQ}
            {result(slope, "slope")}
            {why.slope}
          </>,
        ]}
      />
      <Left state={state} prime={prime} at={at} />
    </Formulas>
  );
}

/** Behind layers that each multiply the gradient by this slope; weights are left out. */
function Left({ state, prime, at }: { state: ActivationState; prime: Piece; at: Piece }) {
  const { store, slope, layers, left } = state;
  const exponent = <mn>{layers}</mn>;
  const isPlain = !(slope < 0) && /^[\d.∞]*$/.test(told(slope));
  return (
    <>
      <b>gradient</b>
      <div class="nnw-layers-left">
        <Stepper
          value={layers}
          range={[1, MOST_LAYERS]}
          less="One layer less"
          more="One more layer"
          onStep={(change) => store.set({ layers: layers + change })}
        >
          <span>behind</span>
        </Stepper>
        <span>{layers === 1 ? "layer" : "layers"} of this slope</span>
        <div class="nnw-left-numbers">
          <Bars slope={slope} layers={layers} />
          <math>
            <mrow>
              {sup([prime, at], exponent)}
              {Number.isNaN(slope) ? null : (
                <>
                  {EQ}
                  {/* 10⁻⁵ to the fifth is not 10⁻⁵⁵. */}
                  {sup(isPlain ? part(slope, "slope") : paren(part(slope, "slope")), exponent)}
                </>
              )}
            </mrow>
          </math>
          <math>
            <mrow>
              {EQ}
              {result(left, "left")}
            </mrow>
          </math>
        </div>
      </div>
    </>
  );
}

const MOST_BARS = 12;
const BAR = 7;
const TALL = 26;

/** The gradient at the output, and behind each layer. */
function Bars({ slope, layers }: { slope: number; layers: number }) {
  const count = Math.min(layers, MOST_BARS) + 1;
  const sizes = Array.from({ length: count }, (_, layer) => Math.abs(slope) ** layer);
  const tallest = Math.max(1, ...sizes.filter(Number.isFinite));
  const heightOf = (size: number) => (Number.isNaN(size) ? 0 : Math.min(1, size / tallest) * (TALL - 2));
  return (
    <svg class="nnw-left-bars" width={(MOST_BARS + 1) * BAR} height={TALL} aria-hidden="true">
      {sizes.map((size, layer) => {
        const height = heightOf(size);
        return (
          <rect
            key={layer}
            x={layer * BAR + 1}
            y={TALL - 1 - height}
            width={BAR - 2}
            height={height}
            class={layer ? "" : "nnw-left-whole"}
          />
        );
      })}
      <path d={`M0 ${TALL - 0.5}H${count * BAR}`} class="nnw-zero" />
    </svg>
  );
}
