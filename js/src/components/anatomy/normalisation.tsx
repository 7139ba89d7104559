// A normalisation: for each channel the mean and the deviation of what goes in, and of what comes out.
import { useSignal } from "@preact/signals";
import type { InsideTrait } from "../../generated/protocol";
import { spotOf } from "../explorer/handle";
import { EQ, frac, MINUS, op, PLUS, paren, row, signed, sqrt, v } from "../explorer/math";
import { Label, linear, type Scale, Scene, YAxis } from "../explorer/scene";
import { TitleRow } from "../panel";
import { numberText } from "./arrays";
import { bandOf, type Moments, rangeOf, readMoments } from "./moments";
import { Readout } from "./picture";
import type { Anatomy } from "./state";

const LEFT = 44;
/** Narrower bars have no room for an outline. */
const MANY = 3;
const [HEIGHT, BETWEEN, HEAD, FOOT] = [104, 30, 18, 20];
const HIGH = HEAD + 2 * HEIGHT + BETWEEN + FOOT;

interface Props {
  anatomy: Anatomy;
  inside: InsideTrait;
  width: number;
}

export function Normalisation({ anatomy, inside, width }: Props) {
  const moments = readMoments(inside.moments);
  const hover = useSignal<number | null>(null);
  if (!moments) return null;
  const { units, by } = moments;
  const word = by === "channel" ? "channel" : "row";
  const now = Math.min(units - 1, anatomy.settings.channel);
  const at = Math.min(units - 1, hover.value ?? now);
  const choose = (unit: number) => anatomy.store.set({ channel: unit });
  return (
    <section class="nnw-in-picture nnw-in-norm">
      <TitleRow
        title="What it does"
        note={`mean ± deviation of ${units} ${by === "channel" ? "channels" : "rows, each by itself"}`}
        level="h4"
      />
      <Scene height={HIGH} label="Means and deviations">
        {(wide) => {
          const x = linear([-0.5, units - 0.5], [LEFT, wide]);
          const unitAt = (event: PointerEvent) =>
            Math.max(
              0,
              Math.min(units - 1, Math.round(x.invert(spotOf(event.currentTarget as SVGElement, event).x))),
            );
          return (
            <g
              class="nnw-in-strips nnw-pressable"
              role="slider"
              tabindex={0}
              aria-label={`${word}s of the normalisation`}
              aria-valuemin={0}
              aria-valuemax={units - 1}
              aria-valuenow={at}
              aria-valuetext={spokenOf(moments, word, at)}
              onPointerMove={(event) => {
                hover.value = unitAt(event);
              }}
              onPointerDown={(event) => {
                hover.value = unitAt(event);
                if (by === "channel") choose(unitAt(event));
              }}
              onPointerLeave={() => {
                hover.value = null;
              }}
              onBlur={() => {
                hover.value = null;
              }}
              onKeyDown={(event) => {
                const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10 }[event.key];
                const end = { Home: 0, End: units - 1 }[event.key];
                if (event.ctrlKey || event.metaKey || event.altKey) return;
                if (step === undefined && end === undefined) return;
                const next = Math.max(0, Math.min(units - 1, end ?? at + (step ?? 0)));
                hover.value = next;
                if (by === "channel") choose(next);
                event.preventDefault();
              }}
            >
              <rect width={wide} height={HIGH} fill="transparent" />
              <Strip
                title="in"
                moments={moments}
                means={moments.mean_in}
                variances={moments.variance_in}
                beside={moments.running ? [moments.mean, moments.variance] : null}
                x={x}
                top={HEAD}
                at={at}
              />
              <Strip
                title="out"
                moments={moments}
                means={moments.mean_out}
                variances={moments.variance_out}
                beside={null}
                x={x}
                top={HEAD + HEIGHT + BETWEEN}
                at={at}
              />
              <Label
                x={x(at)}
                y={HIGH - 4}
                anchor={x(at) > wide - 50 ? "end" : x(at) < LEFT + 50 ? "start" : "middle"}
                class="nnw-b"
              >
                {word} {at}
              </Label>
            </g>
          );
        }}
      </Scene>
      {moments.running ? (
        <p class="nnw-in-key nnw-2nd nnw-s">
          <i class="nnw-in-swatch" data-kind="own" /> of this input{" "}
          <i class="nnw-in-swatch" data-kind="running" /> its running statistics, with which it normalises
        </p>
      ) : null}
      <Formula moments={moments} at={at} width={width} />
      <div class="nnw-in-foot">
        <Readout n="moments">{spokenOf(moments, word, at)}</Readout>
      </div>
    </section>
  );
}

interface StripProps {
  title: string;
  moments: Moments;
  means: Float32Array;
  variances: Float32Array;
  /** With which it normalises, where that is something else. */
  beside: readonly [Float32Array, Float32Array] | null;
  x: Scale;
  top: number;
  at: number;
}

function Strip({ title, moments, means, variances, beside, x, top, at }: StripProps) {
  const { units } = moments;
  const pairs = [[means, variances] as const, ...(beside ? [beside] : [])];
  const y = linear(rangeOf(pairs, units), [top + HEIGHT, top]);
  const wide = Math.max(1, Math.min(10, (x(1) - x(0)) * 0.7));
  const bars = (low: readonly [Float32Array, Float32Array], share: number) => {
    let path = "";
    for (let unit = 0; unit < units; unit++) {
      const band = bandOf(low[0], low[1], unit);
      if (!Number.isFinite(band.low) || !Number.isFinite(band.high)) continue;
      const [left, across] = [x(unit) - (wide * share) / 2, wide * share];
      path += `M${left.toFixed(2)} ${y(band.high).toFixed(2)}h${across.toFixed(2)}V${y(band.low).toFixed(2)}h${(-across).toFixed(2)}Z`;
    }
    return path;
  };
  let dots = "";
  let odd = "";
  for (let unit = 0; unit < units; unit++) {
    const mean = means[unit] ?? Number.NaN;
    const left = (x(unit) - wide / 2).toFixed(2);
    if (Number.isFinite(mean)) dots += `M${left} ${y(mean).toFixed(2)}h${wide.toFixed(2)}`;
    else odd += `M${left} ${top}h${wide.toFixed(2)}v${HEIGHT}h${(-wide).toFixed(2)}Z`;
  }
  return (
    <g>
      <Label x={LEFT} y={top - 6} class="nnw-2nd">
        {title}
      </Label>
      <YAxis scale={y} at={LEFT} grid={x.range[1]} apart={36} />
      <path class="nnw-in-here" d={`M${x(at).toFixed(2)} ${top - 2}v${HEIGHT + 4}`} />
      <path class="nnw-in-band" d={bars([means, variances], 1)} />
      {beside ? (
        <path class="nnw-in-running" data-many={wide < MANY || undefined} d={bars(beside, 0.6)} />
      ) : null}
      <path class="nnw-in-mean" d={dots} />
      {odd ? <path class="nnw-in-oddband" d={odd} /> : null}
    </g>
  );
}

const deviation = (variance: number | undefined) => numberText(Math.sqrt(variance ?? Number.NaN), 3);

function spokenOf(moments: Moments, word: string, at: number): string {
  const { mean_in, variance_in, mean_out, variance_out } = moments;
  return (
    `${word} ${at}: in ${numberText(mean_in[at], 3)} ± ${deviation(variance_in[at])}, ` +
    `out ${numberText(mean_out[at], 3)} ± ${deviation(variance_out[at])}`
  );
}

/** With the numbers of the channel that is looked at. */
function Formula({ moments, at, width }: { moments: Moments; at: number; width: number }) {
  const { epsilon, weight, bias, mean, variance, by } = moments;
  const own = (name: string, of: Float32Array, first = false) =>
    signed(of[at] ?? Number.NaN, 3, { n: `norm.${name}`, first });
  const scaled = weight ?? bias;
  return (
    <div class="nnw-in-formula" data-narrow={width < 440 || undefined}>
      <math>
        {row(
          v("y"),
          EQ,
          weight || by === "sample" ? v("γ") : null,
          frac(row(v("x"), MINUS, v("μ")), sqrt(row(op("σ²"), PLUS, v("ε")))),
          bias || by === "sample" ? row(PLUS, v("β")) : null,
        )}
      </math>
      {Number.isFinite(mean[at]) ? (
        <math>
          {row(
            EQ,
            weight ? row(own("weight", weight, true), op("·")) : null,
            frac(
              row(v("x"), MINUS, own("mean", mean)),
              sqrt(
                row(
                  signed(variance[at] ?? Number.NaN, 3, { n: "norm.variance", first: true }),
                  PLUS,
                  <mn data-n="norm.epsilon">{numberText(epsilon, 2)}</mn>,
                ),
              ),
            ),
            bias ? row(PLUS, own("bias", bias)) : null,
          )}
        </math>
      ) : (
        <math>{row(op("="), paren(<mtext>not a number</mtext>))}</math>
      )}
      {scaled || by === "channel" ? null : <span class="nnw-2nd nnw-s">γ and β are by feature: below</span>}
    </div>
  );
}
