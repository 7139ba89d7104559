// How it goes on: the mistakes of each epoch, and how many updates there have been of those that there can be.
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { niceStep } from "../../draw/axes";
import { significant, thousands } from "../../draw/format";
import type { SeparationTrait } from "../../generated/protocol";
import { EQ, op, paren, plain, sup, v } from "../explorer/math";
import { Label, linear, Scene, ticksAt, XAxis, YAxis } from "../explorer/scene";
import { createRun, TitleRow } from "../panel";
import { panelShown } from "../shown";
import { usePerceptron, usePicture, useSeparation } from "./view";

const LEFT = 30;
const TOP = 8;
const BELOW = 22;
/** The narrowest bar with its gap, and the widest. */
const NARROWEST = 3;
const SPANS = [10, 20, 50, 100, 200, 500];
const GAP = 0.25;

export function ProgressZones() {
  const { store } = usePerceptron();
  return (
    <div class="nnw-progress-zones">
      {panelShown(store, "mistakes") ? <MistakesZone /> : null}
      {panelShown(store, "updates") ? <UpdatesZone /> : null}
    </div>
  );
}

function MistakesZone() {
  const { epochs, current, seen, epoch } = usePicture((_, frame) => ({
    epochs: frame?.epochMistakes ?? new Float64Array(),
    current: frame?.mistakes ?? 0,
    seen: frame?.seen ?? 0,
    epoch: frame?.header.epoch ?? 0,
  }));
  const samples = usePicture(({ network }) => network.steps_per_epoch);
  const rows: [epoch: number, mistakes: number][] = [];
  for (let index = 0; index + 1 < epochs.length; index += 2)
    rows.push([epochs[index] as number, epochs[index + 1] as number]);
  const begun = seen > 0 && seen < samples ? current : null;
  const most = useMost(Math.max(0, begun ?? 0, ...rows.map(([, mistakes]) => mistakes)));
  const last = rows.findLast(([at]) => at <= epoch);
  return (
    <section class="nnw-epoch-mistakes" aria-label="Mistakes">
      <TitleRow
        title="Mistakes per epoch"
        note={last ? `${thousands(last[1])} in epoch ${thousands(last[0])}` : "no epoch yet"}
      />
      <div class="nnw-bars">
        <Scene height="fill" label="Mistakes per epoch">
          {(width, _, height) => <Bars {...{ width, height, rows, begun, epoch, most }} />}
        </Scene>
      </div>
    </section>
  );
}

/** The end of the axis: it grows within a run, and never shrinks. */
function useMost(count: number): number {
  const { picture } = usePerceptron();
  const isAnother = useRef(createRun());
  const most = useRef(5);
  if (isAnother.current(picture.value)) most.current = 5;
  if (count > most.current) most.current = Math.max(5, niceStep(count, 1));
  return most.current;
}

interface BarsProps {
  width: number;
  height: number;
  rows: readonly (readonly [epoch: number, mistakes: number])[];
  /** Mistakes so far of an epoch that has begun. */
  begun: number | null;
  epoch: number;
  most: number;
}

function Bars({ width, height, rows, begun, epoch, most }: BarsProps) {
  const length = width - LEFT - 2;
  const now = Math.max(epoch + (begun === null ? 0 : 1), rows.at(-1)?.[0] ?? 0);
  const room = Math.max(SPANS[0] as number, Math.floor(length / NARROWEST));
  const span = Math.min(SPANS.find((each) => each >= now) ?? room, room);
  const start = Math.max(0, now - span);
  const x = linear([start + 0.5, start + span + 0.5], [LEFT, LEFT + length]);
  const base = height - BELOW;
  const y = linear([0, most], [base, TOP]);
  const pitch = length / span;
  const bar = Math.min(24, pitch * (1 - GAP));
  const box = (at: number, count: number) => ({
    x: x(at) - bar / 2,
    y: y(count),
    width: bar,
    height: base - y(count),
  });
  const step = Math.max(1, niceStep(span, length / 56));
  const first = Math.ceil((start + 1) / step) * step;
  const ticks: number[] = start === 0 && step > 1 ? [1] : [];
  for (let tick = first; tick <= start + span; tick += step) ticks.push(tick);
  return (
    <>
      <YAxis scale={y} at={LEFT} grid={width} ticks={ticksAt(halves(most))} />
      {rows
        .filter(([at]) => at > start)
        .map(([at, count]) => (
          <rect
            key={at}
            class={count ? "nnw-bar" : "nnw-bar-none"}
            data-later={at > epoch || undefined}
            {...(count ? box(at, count) : { ...box(at, 0), y: base - 2, height: 2 })}
          />
        ))}
      {begun === null ? null : <rect class="nnw-bar-begun" {...inset(box(epoch + 1, begun))} />}
      <XAxis scale={x} at={base} ticks={ticks.map((value) => ({ value, label: thousands(value) }))} marks />
    </>
  );
}

/** The outline of a bar lies within it. */
const inset = ({ x, y, width, height }: { x: number; y: number; width: number; height: number }) => ({
  x: x + 0.75,
  y: Math.min(y, y + height - 3) + 0.75,
  width: Math.max(0.5, width - 1.5),
  height: Math.max(3, height) - 1,
});

/** Whole numbers only. */
function halves(most: number): number[] {
  const step = Math.max(1, niceStep(most, 3));
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
}

const BAR_HEIGHT = 56;
const BAR = { top: 8, height: 12 };
/** More than so many times as much is on a scale of powers of ten. */
const FAR = 20;
/** Room for a number of six figures. */
const APART = 76;
/** A number this near to the end would stick out. */
const AT_END = 24;

function UpdatesZone() {
  const separation = useSeparation();
  const updates = usePicture((_, frame) => frame?.updates ?? 0);
  const bound = separation?.start_bound ?? null;
  return (
    <section class="nnw-updates" aria-label="Updates">
      <TitleRow
        title="Updates"
        note={
          <>
            <span data-n="updates">{thousands(updates)}</span> so far
            {bound === null ? null : (
              <>
                {" "}
                of at most <span data-n="bound">{thousands(Math.floor(bound))}</span>
              </>
            )}
          </>
        }
      />
      <Scene height={BAR_HEIGHT} label="Updates beside the bound">
        {(width) => <Gauge width={width} updates={updates} bound={bound} />}
      </Scene>
      <Reason separation={separation} />
    </section>
  );
}

function Gauge({ width, updates, bound }: { width: number; updates: number; bound: number | null }) {
  const end = niceStep(Math.max(10, updates, bound ?? 0), 1);
  const isLog = bound !== null && bound > FAR * Math.max(1, updates) && bound > 100;
  const [from, to] = [1, width - 8];
  const decade = Math.log10(end);
  const x = (value: number) =>
    from + (to - from) * (isLog ? Math.log10(Math.max(1, value)) / decade : value / end);
  const powers = Array.from({ length: Math.floor(decade) + 1 }, (_, power) => 10 ** power);
  const step = niceStep(end, Math.max(1, (to - from) / APART));
  const even = Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, index) => index * step);
  const base = BAR.top + BAR.height;
  const ticks = isLog ? powers : even;
  return (
    <>
      <rect class="nnw-gauge-track" x={from} y={BAR.top} width={to - from} height={BAR.height} rx={2} />
      {updates ? (
        <rect
          class="nnw-bar"
          x={from}
          y={BAR.top}
          width={Math.max(2, x(updates) - from)}
          height={BAR.height}
          rx={2}
        />
      ) : null}
      {bound === null ? null : <path class="nnw-gauge-bound" d={`M${x(bound)} ${BAR.top - 5}V${base + 5}`} />}
      <g class="nnw-ticks">
        {ticks.map((tick, index) => (
          <g key={tick}>
            <path class="nnw-zero" d={`M${x(tick)} ${base + 4}v4`} />
            <text
              x={x(tick)}
              y={base + 20}
              text-anchor={index ? (x(tick) > to - AT_END ? "end" : "middle") : "start"}
            >
              {thousands(tick)}
            </text>
          </g>
        ))}
      </g>
      {isLog ? (
        <Label x={to} y={BAR.top + BAR.height + 34} anchor="end" class="nnw-xs">
          powers of ten
        </Label>
      ) : null}
    </>
  );
}

const figure = (value: number) => (value < 1000 ? significant(value, 3) : thousands(value));

/** Why there is a last update, or why there is none. */
function Reason({ separation }: { separation: SeparationTrait | null }) {
  if (!separation) return <div class="nnw-bound" />;
  const { separable, bound, start_bound, radius, margin } = separation;
  if (!separable || bound === null || margin === null)
    return (
      <div class="nnw-bound">
        <p>
          <b>No bound:</b> no line separates the classes, so every epoch has a mistake, and the rule goes on
          for ever.
        </p>
      </div>
    );
  const fromZero = start_bound !== null && Math.abs(start_bound - bound) <= 1e-6 * bound;
  const ratio = (over: JSX.Element, under: JSX.Element) => sup(paren(over, op("/"), under), <mn>2</mn>);
  return (
    <div class="nnw-bound">
      <math>
        <mrow>
          {ratio(v("R"), v("γ"))}
          {EQ}
          {ratio(plain(figure(radius), 0, { n: "radius" }), plain(figure(margin), 0, { n: "margin" }))}
          {EQ}
          {plain(figure(bound), 0, { n: "zeroBound", result: true })}
        </mrow>
      </math>
      <p class="nnw-2nd nnw-s">
        <var>R</var>: longest (<var>x</var>
        <sub>1</sub>, <var>x</var>
        <sub>2</sub>, 1). <var>γ</var>: margin of the best line.
      </p>
      <p class="nnw-2nd nnw-s">
        {fromZero ? "No order of the samples takes more updates." : null}
        {start_bound === null ? "That is for a run from w = 0 in which nothing was changed." : null}
        {fromZero || start_bound === null ? null : (
          <>
            That is from <b class="nnw-vector">w</b> = 0. From these weights it is {figure(start_bound)}.
          </>
        )}
      </p>
    </div>
  );
}
