// The next step of the chosen optimizer, with its numbers.
import { type ComponentChildren, Fragment } from "preact";
import type { Update } from "../../concepts/descent";
import { bealeTerms } from "../../concepts/surfaces";
import { fixed, scientific } from "../../draw/format";
import {
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
  row,
  signed,
  space,
  sqrt,
  sup,
  TIMES,
  v,
} from "../explorer/math";
import { Segmented } from "../fields";
import { type Descent, rateText } from "./state";
import { bracketed, DERIVATIVES, indexed, n, type Piece, SYMBOLS, squared, type Way } from "./written";

/** Only what is one sign-less row of digits can be raised as it stands. */
const squareOf = (value: number, key: string) =>
  /^\d+(\.\d+)?$/.test(write(value)) ? squared(num(value, key)) : bracketed(num(value, key, true));

const ETA = v("η");

/** A number of a formula, with as many digits as say something: near the bottom much is small, but not nothing. */
function write(value: number): string {
  const size = Math.abs(value);
  if (size > 0 && size < 0.0005) return scientific(value, 2);
  return fixed(value, size >= 1000 ? 0 : size >= 100 ? 1 : 3);
}
/** Beyond this, numbers in place of symbols are no help any more. */
const FAR = 1e4;
const num = (value: number, key: string, first = false) => signed(value, write, { n: key, first });
const amount = (value: number, key: string) => plain(write(value), 3, { n: key });

export function DescentFormulas({ descent }: { descent: Descent }) {
  const { chosen, coordinate, dimensions, store } = descent;
  // Plain descent has room for both weights.
  const isPlain = chosen === "sgd";
  const shown = isPlain ? [0, 1].slice(0, dimensions) : [coordinate];
  return (
    <div class="nnw-descent-formulas">
      <Formulas>
        {shown.map((i) => {
          const at = { ...descent, coordinate: i };
          return (
            <Fragment key={i}>
              <Formula name="gradient" parts={gradient(at, i)} />
              {RULES[chosen]?.(numbersOf(at, i), at)}
            </Fragment>
          );
        })}
      </Formulas>
      {dimensions === 2 && !isPlain ? (
        <Segmented
          label="Weight"
          choices={[
            { name: "1", label: "w₁" },
            { name: "2", label: "w₂" },
          ]}
          chosen={[String(coordinate + 1)]}
          onChoose={(which) => store.set({ coordinate: Number(which) })}
        />
      ) : null}
    </div>
  );
}

function numbersOf(descent: Descent, i: number): Numbers {
  const { run, place, dimensions, chosen } = descent;
  const update = run.updates[place] as Update;
  const before = place ? run.updates[place - 1] : undefined;
  const index = dimensions === 1 ? undefined : i + 1;
  const name = (key: string) => `${key}.${i + 1}`;
  return {
    w: run.path[place]?.[i] as number,
    g: update.gradient[i] as number,
    m: update.first[i] as number,
    v: update.second[i] as number,
    oldM: before?.first[i] ?? 0,
    oldV: before?.second[i] ?? 0,
    next: update.weights[i] as number,
    t: place + 1,
    index,
    name,
    rate: plain(rateText(descent.rate(chosen)), 3, { n: `rate.${chosen}` }),
  };
}

function gradient(descent: Descent, coordinate: number): ComponentChildren[] {
  const { run, place, noise, dimensions, name } = descent;
  const update = run.updates[place] as Update;
  const index = dimensions === 1 ? undefined : coordinate + 1;
  const key = (part: string) => `${part}.${coordinate + 1}`;
  const [x = 0, y = 0] = run.path[place] ?? [];
  const slope = update.slope[coordinate] as number;
  const total = update.gradient[coordinate] as number;
  const terms = bealeTerms(x, y).map((value, k) => num(value, `beale.${k}`)) as unknown as Way["terms"];
  const symbols: Way = {
    x: v("w", index && 1),
    y: v("w", 2),
    x1: v("w", index && 1),
    y1: v("w", 2),
    x2: index ? indexed("w", 1) : squared(v("w")),
    y2: indexed("w", 2),
    by: space(1),
    terms: SYMBOLS.map((letter) => v(letter)) as unknown as Way["terms"],
  };
  const values: Way = {
    x: num(x, "at.1"),
    y: num(y, "at.2"),
    x1: num(x, "at.1", true),
    y1: num(y, "at.2", true),
    x2: squareOf(x, "at.1"),
    y2: squareOf(y, "at.2"),
    by: TIMES,
    terms,
  };
  const derivative = DERIVATIVES[name]?.[coordinate];
  const simple = name === "bowl" || ((name === "ravine" || name === "saddle") && coordinate === 0);
  const head = row(
    v("g", index),
    EQ,
    frac([fn("∂"), v("L")], [fn("∂"), v("w", index)]),
    noise ? [PLUS, v("n")] : null,
  );
  const result = signed(total, write, { n: key("g"), result: true });
  const parts: ComponentChildren[] = [head];
  if (derivative) parts.push([EQ, derivative(symbols), noise ? [PLUS, v("n")] : null]);
  const isNear = Math.abs(x) < FAR && Math.abs(y) < FAR;
  if (derivative && !simple && isNear)
    parts.push([EQ, derivative(values), noise ? [PLUS, num(total - slope, key("noise"))] : null]);
  else if (noise) parts.push([EQ, num(slope, key("slope"), true), PLUS, num(total - slope, key("noise"))]);
  parts.push([EQ, result]);
  return parts;
}

interface Numbers {
  w: number;
  g: number;
  m: number;
  v: number;
  oldM: number;
  oldV: number;
  next: number;
  t: number;
  index: number | undefined;
  /** Of the value of this weight, for `data-n`. */
  name(key: string): string;
  rate: Piece;
}

type Rule = (numbers: Numbers, descent: Descent) => ComponentChildren;

/** A line that ends in where the next step leads. */
function step({ w, next, index, rate, name }: Numbers, symbol: ComponentChildren, value: ComponentChildren) {
  return (
    <Formula
      name="update"
      parts={[
        [v("w", index), op("←"), v("w", index), MINUS, ETA, space(1), symbol],
        [EQ, num(w, name("at"), true), MINUS, rate, TIMES, value],
        [EQ, signed(next, write, { n: name("next"), result: true })],
      ]}
    />
  );
}

const velocity = ({ g, m, oldM, index, name }: Numbers, { momentum }: Descent) => (
  <Formula
    name="velocity"
    parts={[
      [v("m", index), op("←"), v("μ"), v("m", index), PLUS, v("g", index)],
      [EQ, plain(fixed(momentum, 2)), TIMES, num(oldM, name("m.before")), PLUS, num(g, name("g"))],
      [EQ, signed(m, write, { n: name("m"), result: true })],
    ]}
  />
);

/** A running mean of squares. */
const squares = ({ g, v: mean, oldV, index, name }: Numbers, keep: number, symbol: Piece) => (
  <Formula
    name="mean square"
    parts={[
      [
        v("v", index),
        op("←"),
        symbol,
        v("v", index),
        PLUS,
        paren(n(1), MINUS, symbol),
        index ? indexed("g", index) : squared(v("g")),
      ],
      [
        EQ,
        plain(shareText(keep)),
        TIMES,
        amount(oldV, name("v.before")),
        PLUS,
        plain(shareText(1 - keep)),
        TIMES,
        squareOf(g, name("g")),
      ],
      [EQ, amount(mean, name("v"))],
    ]}
  />
);

const shareText = (share: number) => String(Number(share.toPrecision(6)));
const EPSILON = v("ε");
/** What is divided by, with PyTorch's ε where that changes a digit: 0/0 is no number. */
const aboveNothing = (value: number, key: string) =>
  value < 1e-5 ? row(amount(value, key), PLUS, sup(n(10), n("−8"))) : amount(value, key);
const root = (symbol: ComponentChildren) => sqrt(symbol);

const RULES: Readonly<Record<string, Rule>> = {
  sgd: (at) => step(at, v("g", at.index), num(at.g, at.name("g"))),
  momentum: (at, descent) => [velocity(at, descent), step(at, v("m", at.index), num(at.m, at.name("m")))],
  nesterov: (at, descent) => {
    const ahead = at.g + descent.momentum * at.m;
    return [
      velocity(at, descent),
      <Formula
        name="look ahead"
        parts={[
          [v("d", at.index), EQ, v("g", at.index), PLUS, v("μ"), v("m", at.index)],
          [
            EQ,
            num(at.g, at.name("g"), true),
            PLUS,
            plain(fixed(descent.momentum, 2)),
            TIMES,
            num(at.m, at.name("m")),
          ],
          [EQ, signed(ahead, write, { n: at.name("d"), result: true })],
        ]}
      />,
      step(at, v("d", at.index), num(ahead, at.name("d"))),
    ];
  },
  rmsprop: (at, descent) => {
    const scale = Math.sqrt(at.v);
    return [
      squares(at, descent.alpha, v("α")),
      step(
        at,
        frac(v("g", at.index), [root(v("v", at.index)), PLUS, EPSILON]),
        frac(num(at.g, at.name("g"), true), aboveNothing(scale, at.name("v.root"))),
      ),
    ];
  },
  adam: (at, descent) => {
    const [beta1, beta2] = descent.betas;
    const mean = at.m / (1 - beta1 ** at.t);
    const scale = Math.sqrt(at.v / (1 - beta2 ** at.t));
    return [
      <Formula
        name="mean"
        parts={[
          [
            v("m", at.index),
            op("←"),
            v("β", 1),
            v("m", at.index),
            PLUS,
            paren(n(1), MINUS, v("β", 1)),
            v("g", at.index),
          ],
          [
            EQ,
            plain(shareText(beta1)),
            TIMES,
            num(at.oldM, at.name("m.before")),
            PLUS,
            plain(shareText(1 - beta1)),
            TIMES,
            num(at.g, at.name("g")),
          ],
          [EQ, num(at.m, at.name("m"), true)],
        ]}
      />,
      squares(at, beta2, v("β", 2)),
      step(
        at,
        frac(row(v("m", at.index), op("/"), paren(n(1), MINUS, sup(v("β", 1), v("t")))), [
          root(row(v("v", at.index), op("/"), paren(n(1), MINUS, sup(v("β", 2), v("t"))))),
          PLUS,
          EPSILON,
        ]),
        frac(num(mean, at.name("m.corrected"), true), aboveNothing(scale, at.name("v.corrected"))),
      ),
    ];
  },
};
