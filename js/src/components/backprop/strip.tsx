// The chain rule under the drawing: each factor below the place where it arises.
import type { ComponentChildren } from "preact";
import { EQ, fn, frac } from "../explorer/math";
import { three } from "../explorer/numbers";
import { ownGradient } from "./chain-lines";
import type { Lit, Term } from "./lit";
import { isSame, toneOf } from "./parts";
import { type Factor, localOf, type Pass } from "./pass";
import { localRule, nodeSymbol, quantitySymbol } from "./rules";
import type { Quantity, Shown } from "./state";
import { localKey, localText, nodeName, quantityName, quantityOf } from "./texts";

/** Fractions are higher where symbols have the number of their layer above. */
export const stripOf = (pass: Pass) => (hasLayers(pass) ? 94 : 80);
export const hasLayers = ({ symbols }: Pass) => symbols.some(({ layer }) => layer);
/** About how wide a result is. */
const RESULT = 88;
/** How many terms are written where they wrap. */
const MOST = 6;
/** "+ 2 more", and a letter of the numbers. */
const [REST, LETTER] = [64, 9.6];
/** A sum of this width is seen where the drawing follows it. */
export const NEAR = 480;

interface StripProps {
  shown: Shown;
  lit: Lit;
  /** The middle of a column. */
  columns: readonly number[];
  columnOf(node: number): number;
  width: number;
  /** Of the place, which the drawing may be wider than. */
  room: number;
  /** Where there is little room the factors follow each other, and wrap. */
  wraps: boolean;
}

const derivative = (pass: Pass, over: number, under: Quantity) =>
  frac([fn("∂"), nodeSymbol(pass, over)], [fn("∂"), quantitySymbol(pass, under)]);

/** With respect to what the number of a factor is: what lights up elsewhere with it. */
function looksAt(factor: Factor): Quantity {
  const { edge, use } = factor;
  if (use) return use.from >= 0 ? { kind: "value", index: use.from } : quantityOf(factor);
  return edge && edge.weight >= 0 ? { kind: "parameter", index: edge.weight } : quantityOf(factor);
}

/** Of one sample: what the whole batch says of a parameter is the mean over all of them. */
const gradientKey = (pass: Pass, quantity: Quantity) =>
  `${quantity.kind === "parameter" && pass.batch > 1 ? "own" : "gradient"}.${quantityName(pass, quantity)}`;

export function Strip(props: StripProps) {
  const { lit, shown } = props;
  const { quantity, chain } = lit;
  if (!quantity || !chain || !lit.backward || quantity.index === shown.pass.end) return null;
  return lit.terms.length ? (
    <Sum {...props} quantity={quantity} />
  ) : (
    <Product {...props} quantity={quantity} />
  );
}

interface PartProps extends StripProps {
  quantity: Quantity;
}

function Product({ shown, lit, columns, columnOf, width, wraps, quantity }: PartProps) {
  const { pass, sample } = shown;
  const factors = lit.chain?.factors ?? [];
  const end = lit.chain?.end ?? pass.end;
  const middle = (from: number, to: number) => ((columns[from] as number) + (columns[to] as number)) / 2;
  const place = (factor: Factor) => {
    const to = columnOf(factor.to);
    const from = factor.edge
      ? columnOf(factor.edge.from)
      : factor.use && factor.use.from >= 0
        ? columnOf(factor.use.from)
        : to - 1;
    return middle(Math.max(from, to - 1), to);
  };
  /** From the loss on, or from where paths meet. */
  const meets = end !== pass.end;
  const blocks = [...factors].reverse();
  const last = factors[0] as Factor;
  const left = place(last);
  // Beside the node where paths meet there is room for what reaches it.
  const right = (columns[columnOf(end)] as number) + (end === pass.end ? 0 : 44);
  const cells = blocks.map((factor, index) => ({
    x: place(factor),
    key: `${factor.to}-${index}`,
    content: <FactorCell shown={shown} factor={factor} value={localOf(pass, sample, factor)} />,
  }));
  if (meets)
    cells.unshift({
      x: right,
      key: "end",
      content: <Gradient shown={shown} quantity={{ kind: "value", index: end }} />,
    });
  const result = <Gradient shown={shown} quantity={quantity} />;
  if (wraps)
    return (
      <Row>
        {[
          result,
          ...cells.reverse().map(({ content }, index) => [<Sign key="s">{index ? "×" : "="}</Sign>, content]),
        ]}
      </Row>
    );
  const from = meets ? right : Math.min(width, right);
  return (
    <>
      <div class="nnw-bp-rail" style={{ left: `${left - 44}px`, width: `${from - left + 44}px` }} />
      {cells.map(({ x, key, content }, index) => (
        <div key={key}>
          <i class="nnw-bp-dot" style={{ left: `${x}px` }} />
          <Cell x={x} result={index === cells.length - 1 ? result : null}>
            {content}
          </Cell>
          {index ? <Sign x={(x + (cells[index - 1]?.x ?? x)) / 2}>×</Sign> : null}
        </div>
      ))}
    </>
  );
}

/** About how wide a term is with the sign before it. */
const termWidth = (pass: Pass, { factor, local, reaching }: Term) =>
  54 + LETTER * (three(reaching).length + localText(pass, factor, local).length + Number(local < 0));

/** Where paths meet, what they bring is added. */
function Sum({ shown, lit, columns, columnOf, width, room, wraps, quantity }: PartProps) {
  const { pass } = shown;
  let wide = RESULT;
  const shows = lit.terms.filter((term, index) => {
    wide += termWidth(pass, term);
    return wraps ? index < MOST : index < 2 || wide < room - REST;
  });
  const more = lit.terms.length - shows.length;
  const result = <Gradient shown={shown} quantity={quantity} />;
  const terms = shows.map((term, index) => [
    <Sign key="s">{index ? "+" : "="}</Sign>,
    <TermCell key={index} shown={shown} term={term} />,
  ]);
  const rest = more > 0 ? <span class="nnw-2nd">+ {more} more</span> : null;
  const near = Math.min(...lit.terms.map(({ factor }) => columns[columnOf(factor.to)] as number)) - 190;
  return (
    <Row
      left={wraps || (width > room && wide > NEAR) ? undefined : Math.max(0, Math.min(near, width - wide))}
    >
      {result}
      {terms}
      {rest}
    </Row>
  );
}

const Row = ({ left, children }: { left?: number | undefined; children: ComponentChildren }) => (
  <div
    class="nnw-bp-row"
    style={
      left === undefined
        ? { position: "sticky", left: 0, width: "max-content", maxWidth: "100%" }
        : { position: "absolute", left: `${left}px`, flexWrap: "nowrap" }
    }
  >
    {children}
  </div>
);

interface CellProps {
  x: number;
  /** What all of it comes to stands before the last factor, however wide that is. */
  result?: ComponentChildren;
  children: ComponentChildren;
}

const Cell = ({ x, result, children }: CellProps) => (
  <div class="nnw-bp-cell" data-last={result ? "" : undefined} style={{ left: `${x}px` }}>
    {result ? (
      <div class="nnw-bp-before">
        {result}
        <Sign>=</Sign>
      </div>
    ) : null}
    {children}
  </div>
);

const Sign = ({ x, children }: { x?: number; children: ComponentChildren }) => (
  <span class="nnw-bp-sign" style={x === undefined ? {} : { left: `${x}px`, position: "absolute" }}>
    {children}
  </span>
);

interface TouchProps {
  shown: Shown;
  quantity: Quantity;
  children: ComponentChildren;
}

/** Under the pointer it lights up the same quantity elsewhere. */
export const Touch = ({ shown, quantity, children }: TouchProps) => (
  <span
    class="nnw-bp-factor"
    data-hover={isSame(shown.hover.value, quantity) || undefined}
    onPointerEnter={() => {
      shown.hover.value = quantity;
    }}
    onPointerLeave={() => {
      shown.hover.value = null;
    }}
  >
    {children}
  </span>
);

function FactorCell({ shown, factor, value }: { shown: Shown; factor: Factor; value: number }) {
  const { pass, sample } = shown;
  const rule = localRule(pass, factor, sample);
  const text = localText(pass, factor, value);
  return (
    <Touch shown={shown} quantity={looksAt(factor)}>
      <math>
        <mrow>
          {derivative(pass, factor.to, quantityOf(factor))}
          {rule ? [EQ, rule] : null}
        </mrow>
      </math>
      <b class={toneOf(value, text)} data-n={localKey(pass, factor)}>
        {text}
      </b>
    </Touch>
  );
}

function Gradient({ shown, quantity }: { shown: Shown; quantity: Quantity }) {
  const value = ownGradient(shown, quantity);
  const text = three(value);
  return (
    <Touch shown={shown} quantity={quantity}>
      <math>
        <mrow>{derivative(shown.pass, shown.pass.end, quantity)}</mrow>
      </math>
      <b class={toneOf(value, text)} data-n={gradientKey(shown.pass, quantity)}>
        {text}
      </b>
    </Touch>
  );
}

function TermCell({ shown, term: { factor, local, reaching } }: { shown: Shown; term: Term }) {
  const { pass } = shown;
  const [over, by] = [three(reaching), localText(pass, factor, local)];
  return (
    <Touch shown={shown} quantity={looksAt(factor)}>
      <math>
        <mrow>
          {derivative(pass, pass.end, { kind: "value", index: factor.to })}
          {derivative(pass, factor.to, quantityOf(factor))}
        </mrow>
      </math>
      <b>
        <span class={toneOf(reaching, over)} data-n={`gradient.${nodeName(pass, factor.to)}`}>
          {over}
        </span>
        <span class="nnw-bp-times"> × </span>
        <span class={toneOf(local, by)}>
          {local < 0 ? "(" : ""}
          <span data-n={localKey(pass, factor)}>{by}</span>
          {local < 0 ? ")" : ""}
        </span>
      </b>
    </Touch>
  );
}

/** How high the strip is at most in a level, so that nothing jumps; about so wide is a factor. */
export function stripHeight(pass: Pass, longest: number, width: number, wraps: boolean): number {
  if (!wraps) return stripOf(pass);
  const wide = hasLayers(pass) ? 126 : 99;
  const inRow = Math.max(1, Math.floor((width - 70) / wide));
  return 8 + (stripOf(pass) - 12) * Math.ceil(longest / inRow);
}
