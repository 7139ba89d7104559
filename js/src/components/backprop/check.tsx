// "Check it": the gradient of a parameter beside what the loss does when that parameter is moved by ε, for many ε.

import { fixed, scientific } from "../../draw/format";
import { Handle, type Spot } from "../explorer/handle";
import { frac, MINUS, op, plain, signed, TIMES, v } from "../explorer/math";
import { clamp, Label, linear, Scene } from "../explorer/scene";
import { Segmented } from "../fields";
import { exact, IS, lossWith } from "./lines";
import type { Pass } from "./pass";
import type { Shown } from "./state";
import { InText } from "./symbols";
import { parameterName, precise } from "./texts";

type Precision = "model" | "double";
const PRECISIONS: readonly Precision[] = ["double", "model"];

/** What the finite differences of one parameter say. */
export interface Checked {
  readonly epsilons: readonly number[];
  /** By ε: (L(w + ε) − L(w − ε)) / 2ε, and how far that is from the gradient. */
  readonly quotients: readonly number[];
  readonly differences: readonly number[];
  readonly gradient: number;
}

export function checkedOf(pass: Pass, precision: Precision, parameter: number): Checked {
  const gradient = precision === "double" ? pass.gradientDouble(parameter) : pass.weightGradient(parameter);
  const epsilons = [...pass.epsilons];
  const quotients = epsilons.map((epsilon, at) => {
    const [larger, smaller] = pass.check(precision, parameter, at);
    return (larger - smaller) / (2 * epsilon);
  });
  return { epsilons, quotients, differences: quotients.map((each) => Math.abs(each - gradient)), gradient };
}

/** The place of the ε that is nearest, counted in decades. */
export function nearest(epsilons: ArrayLike<number>, epsilon: number): number {
  const far = (at: number) => Math.abs(Math.log10((epsilons[at] as number) / epsilon));
  return Array.from(epsilons, (_, at) => at).reduce((best, at) => (far(at) < far(best) ? at : best), 0);
}

/** A stretch of the curve along which the difference goes as a power of ε. */
export interface Regime {
  readonly name: "truncation" | "rounding";
  /** Places among the ε. */
  readonly from: number;
  readonly to: number;
}

/** So many steps from one ε to the next, at least. */
const LEAST = 3;
/** In decades of the difference per decade of ε. */
const isQuadratic = (slope: number) => slope > 1.5 && slope < 2.5;
const isInverse = (slope: number) => slope > -1.6 && slope < -0.3;

/** Where the differences fall as ε², and where what is left of the digits grows as 1/ε: as far as they do. */
export function regimesOf({ epsilons, differences }: Checked): readonly Regime[] {
  const last = epsilons.length - 1;
  const x = epsilons.map(Math.log10);
  const y = differences.map((each) => (each > 0 && Number.isFinite(each) ? Math.log10(each) : Number.NaN));
  const at = (values: readonly number[], place: number) => values[place] as number;
  const regimes: Regime[] = [];
  let best = { from: 0, to: 0 };
  for (let from = 0; from < last; from++) {
    let to = from;
    while (to < last && isQuadratic((at(y, to) - at(y, to + 1)) / (at(x, to) - at(x, to + 1)))) to++;
    if (to - from > best.to - best.from) best = { from, to };
  }
  if (best.to - best.from >= LEAST) regimes.push({ name: "truncation", ...best });
  // Rounding is noise: only all of them together have a lowest place, and a slope.
  const start = lowestOf(y, best.to);
  const rest = y.flatMap((each, place) => (place >= start && !Number.isNaN(each) ? [place] : []));
  const slopes = rest.flatMap((one, index) =>
    rest.slice(index + 1).map((other) => (at(y, one) - at(y, other)) / (at(x, one) - at(x, other))),
  );
  if (rest.length > LEAST && isInverse(median(slopes)))
    regimes.push({ name: "rounding", from: start, to: rest.at(-1) as number });
  return regimes;
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Where it is lowest, apart from a single lucky number. */
function lowestOf(y: readonly number[], from: number): number {
  let best = from;
  const level = (place: number) => median(y.slice(Math.max(0, place - 1), place + 2));
  for (let place = from; place < y.length; place++) if (level(place) < level(best)) best = place;
  return best;
}

const epsilonText = (epsilon: number) =>
  epsilon >= 0.001 ? String(epsilon) : scientific(epsilon, 1).replace("1·", "");

export function Check({ shown, parameter }: { shown: Shown; parameter: number | null }) {
  const { pass, settings, store } = shown;
  const known =
    parameter !== null && shown.knowsGradient({ kind: "parameter", index: parameter }) ? parameter : null;
  const symbol = known === null ? null : pass.parameterSymbols[known];
  const precision: Precision = settings.precision === "model" ? "model" : "double";
  return (
    <section class="nnw-bp-check" aria-label="Check it">
      <div class="nnw-bp-head">
        <h4 class="nnw-h">Check it</h4>
        <span class="nnw-2nd nnw-s">
          {symbol ? (
            <>
              move <InText symbol={symbol} /> by <var>ε</var> both ways: how much does the loss change?
            </>
          ) : (
            "as soon as the gradient of a parameter is known"
          )}
        </span>
        <Segmented
          label="Precision"
          choices={PRECISIONS.map((name) => ({ name, label: name === "double" ? "double" : pass.precision }))}
          chosen={[precision]}
          onChoose={(name) => store.set({ precision: name })}
        />
      </div>
      <div class="nnw-bp-checked">
        {known === null ? (
          <div class="nnw-bp-compare" />
        ) : (
          <Compare shown={shown} parameter={known} precision={precision} />
        )}
        <Plot shown={shown} parameter={known} precision={precision} />
      </div>
    </section>
  );
}

interface OneProps {
  shown: Shown;
  parameter: number;
  precision: Precision;
}

/** The losses on both sides need more digits the nearer they are to each other. */
const digitsOf = (apart: number, precision: Precision) =>
  clamp(Math.ceil(-Math.log10(apart || 1)) + 3, [7, precision === "double" ? 13 : 8]);

/** Gradient and finite difference on the same decimals, and how far they are from each other. */
function Compare({ shown, parameter, precision }: OneProps) {
  const { pass, settings } = shown;
  const checked = checkedOf(pass, precision, parameter);
  const at = nearest(checked.epsilons, settings.epsilon);
  const epsilon = checked.epsilons[at];
  if (!pass.epsilons.length) return <p class="nnw-bp-compare nnw-2nd nnw-s">{missing(pass)}</p>;
  if (epsilon === undefined || Number.isNaN(checked.quotients[at]))
    return (
      <p class="nnw-bp-compare nnw-2nd nnw-s">
        This network cannot be checked in {precisionName(pass, precision)}.
      </p>
    );
  const [larger, smaller] = pass.check(precision, parameter, at);
  const digits = digitsOf(Math.abs(larger - smaller), precision);
  const name = parameterName(pass, parameter);
  return (
    <div class="nnw-bp-compare">
      <math>
        <mrow>
          {frac(
            [lossWith(shown, parameter, op("+")), MINUS, lossWith(shown, parameter, MINUS)],
            [<mn>2</mn>, v("ε")],
          )}
        </mrow>
      </math>
      <math>
        <mrow>
          {IS}
          {frac(
            [plain(fixed(larger, digits)), MINUS, plain(fixed(smaller, digits))],
            [<mn>2</mn>, TIMES, plain(epsilonText(epsilon))],
          )}
        </mrow>
      </math>
      <dl>
        <dt>finite difference</dt>
        <dd>
          <math>{exact(checked.quotients[at] as number, `check.${name}`)}</math>
        </dd>
        <dt>gradient</dt>
        <dd>
          <math>
            {signed(checked.gradient, (value) => precise(value), { n: `checked.${name}`, result: true })}
          </math>
        </dd>
        <dt>they differ by</dt>
        <dd data-n={`difference.${name}`}>{differenceText(checked.differences[at] as number)}</dd>
      </dl>
    </div>
  );
}

/** As far as Python goes. */
const MOST_PARAMETERS = 500;

/** Why there are no finite differences. */
function missing({ settled, parameterSymbols: { length } }: Pass): string {
  if (!settled) return "Nothing is checked while it trains.";
  return length > MOST_PARAMETERS
    ? `Only networks of up to ${MOST_PARAMETERS} parameters are checked; this one has ${length}.`
    : "Not computed yet: they come when all else is there, unless network and batch are too large.";
}

const precisionName = (pass: Pass, precision: Precision) =>
  precision === "double" ? "double" : pass.precision;
const differenceText = (difference: number) => (difference === 0 ? "0" : scientific(difference, 2));

const HEIGHT = 180;
const LINE_HEIGHT = 13;
const [LEFT, RIGHT, TOP, BOTTOM] = [48, 12, 36, 34];
const decade = (exponent: number) => (exponent === 0 ? "1" : scientific(10 ** exponent, 1).replace("1·", ""));

/** Differences over ε, both in decades. */
function Plot({ shown, parameter, precision }: Omit<OneProps, "parameter"> & { parameter: number | null }) {
  const { pass, settings, store } = shown;
  const curves = PRECISIONS.map((name) => ({
    name,
    checked: parameter === null ? null : checkedOf(pass, name, parameter),
  }));
  const all = curves
    .flatMap(({ checked }) => checked?.differences ?? [])
    .filter((each) => each > 0 && Number.isFinite(each));
  const low = all.length ? Math.floor(Math.log10(Math.min(...all)) / 2) * 2 : -12;
  const high = all.length ? Math.max(low + 4, Math.ceil(Math.log10(Math.max(...all)) / 2) * 2) : 0;
  const ends = [Math.log10(pass.epsilons.at(-1) ?? 1e-8), Math.log10(pass.epsilons[0] ?? 1)] as const;
  const at = nearest(pass.epsilons, settings.epsilon);
  const choose = (place: number) => {
    const epsilon = pass.epsilons[clamp(place, [0, pass.epsilons.length - 1])];
    if (epsilon !== undefined) store.set({ epsilon });
  };
  return (
    <Scene height={HEIGHT} label="Difference over ε">
      {(width) => {
        const x = linear([ends[0], ends[1]], [LEFT, width - RIGHT]);
        const y = linear([low, high], [HEIGHT - BOTTOM, TOP]);
        const base = HEIGHT - BOTTOM;
        /** What is exactly 0 lies on the floor. */
        const placed = (difference: number) => (difference > 0 ? y(Math.log10(difference)) : base);
        const path = ({ epsilons, differences }: Checked) =>
          differences
            .map((difference, place) =>
              Number.isFinite(difference)
                ? `${place ? "L" : "M"}${x(Math.log10(epsilons[place] as number)).toFixed(1)} ${placed(difference).toFixed(1)}`
                : "",
            )
            .join("");
        // Names stand above the ends of their curves, but not on each other or on what is above all of them.
        const named: { name: Precision; place: number }[] = [];
        for (const { name, checked } of curves) {
          const end = checked?.differences.at(-1);
          if (end === undefined || !Number.isFinite(end)) continue;
          const isFree = (y: number) =>
            y >= TOP + 9 && y < base && named.every(({ place }) => Math.abs(place - y) >= LINE_HEIGHT);
          const wishes = [-7, 15, -7 - LINE_HEIGHT, 15 + LINE_HEIGHT].map((by) => placed(end) + by);
          const lines = Array.from({ length: 9 }, (_, line) => TOP + 9 + line * LINE_HEIGHT);
          named.push({ name, place: [...wishes, ...lines].find(isFree) ?? base });
        }
        const chosen = curves.find(({ name }) => name === precision)?.checked;
        const epsilon = pass.epsilons[at] ?? 1e-3;
        const here = x(Math.log10(epsilon));
        const difference = chosen?.differences[at];
        const ticks = Array.from({ length: ends[0] <= -6 ? 5 : 3 }, (_, index) => -2 * index).filter(
          (exponent) => exponent >= ends[0] - 0.01 && exponent <= ends[1] + 0.01,
        );
        return (
          <>
            <g class="nnw-ticks">
              {Array.from({ length: Math.floor((high - low) / 4) + 1 }, (_, index) => low + 4 * index).map(
                (exponent) => (
                  <g key={exponent}>
                    <path class="nnw-grid" d={`M${LEFT} ${y(exponent)}H${width - RIGHT}`} />
                    <text x={LEFT - 6} y={y(exponent) + 4} text-anchor="end">
                      {decade(exponent)}
                    </text>
                  </g>
                ),
              )}
              {ticks.map((exponent) => (
                <text key={exponent} x={x(exponent)} y={base + 16} text-anchor="middle">
                  {decade(exponent)}
                </text>
              ))}
            </g>
            <Label x={0} y={11} class="nnw-2nd">
              difference
            </Label>
            <Label x={width - RIGHT} y={HEIGHT - 2} anchor="end" class="nnw-2nd">
              <tspan class="nnw-i">ε</tspan>
            </Label>
            {curves.map(({ name, checked }) =>
              checked ? (
                <path
                  key={name}
                  class="nnw-bp-curve"
                  data-precision={name}
                  data-chosen={name === precision || undefined}
                  d={path(checked)}
                />
              ) : null,
            )}
            {named.map(({ name, place }) => (
              <Label key={name} x={LEFT + 4} y={place} class="nnw-xs nnw-halo">
                {precisionName(pass, name)}
              </Label>
            ))}
            {chosen
              ? regimesOf(chosen).map(({ name, from, to }) => {
                  const ends = [from, to].map((place) => x(Math.log10(chosen.epsilons[place] as number)));
                  const [right, left] = ends as [number, number];
                  return (
                    <g key={name}>
                      <path class="nnw-bp-regime" d={`M${left + 2} ${TOP - 5}H${right - 2}`} />
                      <Label x={(left + right) / 2} y={TOP - 10} anchor="middle" class="nnw-xs">
                        {name === "truncation" ? "truncation: ∝ ε²" : "rounding: ∝ 1/ε"}
                      </Label>
                    </g>
                  );
                })
              : null}
            {difference === undefined ? null : (
              <>
                <path class="nnw-now-line nnw-bp-epsilon" d={`M${here} ${TOP}V${base}`} />
                <Handle
                  label="ε"
                  x={here}
                  y={Number.isFinite(difference) ? placed(difference) : base}
                  value={Math.log10(epsilon)}
                  text={`${epsilonText(epsilon)}, the two differ by ${differenceText(difference)}`}
                  range={[ends[0], ends[1]]}
                  cursor="ew-resize"
                  onMove={({ x: to }: Spot) => choose(nearest(pass.epsilons, 10 ** x.invert(to)))}
                  // To the right is a larger ε, and those come first.
                  onStep={(right) => choose(at - Math.sign(right) * Math.max(1, Math.round(Math.abs(right))))}
                  onEnd={(end) => choose(end === "high" ? 0 : pass.epsilons.length - 1)}
                />
                <text
                  class="nnw-bp-epsilon-text"
                  x={clamp(here, [LEFT + 24, width - RIGHT - 40])}
                  y={HEIGHT - 2}
                  text-anchor="middle"
                >
                  <tspan class="nnw-i">ε</tspan> = {epsilonText(epsilon)}
                </text>
              </>
            )}
          </>
        );
      }}
    </Scene>
  );
}
