// Weights, gradients and activations of a layer as histograms side by side.
import { type Signal, useSignal } from "@preact/signals";
import { scientific, significant } from "../../draw/format";
import type { SpreadTrait } from "../../generated/protocol";
import { px, spotIn } from "../geometry";
import { TitleRow } from "../panel";
import { barsOf, binText, momentTexts, oddText, zerosText } from "./bins";
import { Readout } from "./picture";
import { More } from "./tensors";
import type { Tree } from "./tree";

const HEIGHT = 44;
const GAP = 16;
/** Between columns, and the least that each has. */
const LEAST = 116;

/** So many rows are shown at once. */
const MANY = 3;

interface Column {
  readonly title: string;
  readonly spreads: readonly SpreadTrait[];
  /** What is said where there is none. */
  readonly missing: string;
}

const of = (spreads: readonly SpreadTrait[], ...roles: SpreadTrait["role"][]) =>
  roles.flatMap((role) => spreads.filter((each) => each.role === role));

function columnsOf({ spreads, hasGradients, trained, owner }: SpreadsProps): Column[] {
  const weights = of(spreads, "weight");
  const activations = of(spreads, "output", "input");
  if (!weights.length) {
    const sides = (["input", "output"] as const).map((role) => ({
      title: role,
      spreads: of(spreads, role),
      missing: "",
    }));
    return [...sides, { title: "buffers", spreads: of(spreads, "buffer"), missing: "" }].filter(
      (column) => column.spreads.length,
    );
  }
  const missing = !trained
    ? "frozen: it gets no gradient"
    : hasGradients
      ? "this layer has none"
      : owner === "trainer"
        ? "no gradients yet: they come with the first step"
        : "no gradients yet: call loss.backward(), then refresh, or give loss_fn=";
  return [
    { title: "weights", spreads: weights, missing: "" },
    { title: "gradients", spreads: of(spreads, "gradient"), missing },
    { title: "activations", spreads: activations, missing: "nothing was put out" },
    { title: "buffers", spreads: of(spreads, "buffer"), missing: "" },
  ].filter((column) => column.spreads.length || column.missing);
}

export interface Pointed {
  readonly key: string;
  readonly bin: number;
}

interface SpreadsProps {
  spreads: readonly SpreadTrait[];
  hasGradients: boolean;
  /** Whether any of its parameters is trained. */
  trained: boolean;
  owner: Tree["owner"] | undefined;
  width: number;
}

export function Spreads(props: SpreadsProps) {
  const { spreads, width } = props;
  const pointed = useSignal<Pointed | null>(null);
  const open = useSignal(false);
  if (!spreads.length) return null;
  const columns = columnsOf(props);
  const across = Math.max(1, Math.min(columns.length, Math.floor((width + GAP) / (LEAST + GAP))));
  const wide = Math.min(220, Math.floor((width - GAP * (across - 1)) / across));
  const at = pointed.value;
  const read = at && spreads.find((each) => keyOf(each) === at.key);
  return (
    <section class="nnw-in-spreads" aria-label="Histograms">
      <TitleRow title="Distributions" note="mean μ and deviation σ" level="h4" />
      <div
        class="nnw-in-columns"
        style={{ gridTemplateColumns: `repeat(${across}, ${wide}px)`, columnGap: px(GAP) }}
      >
        {columns.map(({ title, spreads: own, missing }) => (
          <div key={title}>
            {own.length === 1 && own[0]?.name === title ? null : <h5 class="nnw-2nd nnw-s">{title}</h5>}
            {own.slice(0, open.value ? own.length : MANY).map((spread) => (
              <Histogram key={keyOf(spread)} spread={spread} width={wide} pointed={pointed} />
            ))}
            {own.length ? null : <p class="nnw-2nd nnw-s nnw-in-missing">{missing}</p>}
          </div>
        ))}
      </div>
      <More
        count={Math.max(...columns.map(({ spreads: own }) => own.length)) - MANY}
        what="row"
        open={open}
      />
      <div class="nnw-in-foot">
        <Readout n="spread">{read && at ? `${nameOf(read)}: ${binText(read, at.bin)}` : null}</Readout>
      </div>
    </section>
  );
}

/** Short, for it stands below its own end. */
const endText = (value: number | null) =>
  value && Math.abs(value) < 1e-3 ? scientific(value, 2) : significant(value, 2);

const keyOf = ({ role, name }: SpreadTrait) => `${role} ${name}`;
const nameOf = ({ role, name }: SpreadTrait) => (role === "gradient" ? `gradient of ${name}` : name);

interface HistogramProps {
  spread: SpreadTrait;
  width: number;
  pointed: Signal<Pointed | null>;
}

/** A slider over its bins: what one of them holds is read below. */
function Histogram({ spread, width, pointed }: HistogramProps) {
  const key = keyOf(spread);
  const { counts, low, high, name } = spread;
  const bins = counts.length;
  const at = pointed.value?.key === key ? Math.min(pointed.value.bin, bins - 1) : -1;
  const { negative, positive, zero, spike } = barsOf(spread, width, HEIGHT);
  const [mean, deviation] = momentTexts(spread);
  const path = `${spread.role === "gradient" ? "gradient" : "spread"}.${name}`;
  const odd = oddText(spread);
  const look = (bin: number) => {
    pointed.value = { key, bin: Math.max(0, Math.min(bins - 1, bin)) };
  };
  const point = (event: PointerEvent) => {
    const box = event.currentTarget as HTMLElement;
    look(Math.floor((spotIn(box, event).x / (box.offsetWidth || 1)) * bins));
  };
  const leave = () => {
    if (pointed.peek()?.key === key) pointed.value = null;
  };
  return (
    <div class="nnw-in-histogram">
      <span class="nnw-s nnw-in-name" title={name}>
        {name}
      </span>
      {bins ? (
        <div
          class="nnw-in-bars"
          role="slider"
          tabIndex={0}
          aria-label={`${nameOf(spread)}: mean ${mean}, deviation ${deviation}`}
          aria-valuemin={0}
          aria-valuemax={bins - 1}
          aria-valuenow={Math.max(0, at)}
          aria-valuetext={binText(spread, Math.max(0, at))}
          onPointerMove={point}
          onPointerDown={point}
          onPointerLeave={leave}
          onBlur={leave}
          onFocus={(event) => {
            // By keyboard it begins in the middle.
            if (event.currentTarget.matches(":focus-visible") && at < 0) look(Math.floor(bins / 2));
          }}
          onKeyDown={(event) => {
            const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10 }[event.key];
            const to = { Home: 0, End: bins - 1 }[event.key];
            if (event.ctrlKey || event.metaKey || event.altKey) return;
            if (by === undefined && to === undefined) return;
            look(to ?? Math.max(0, at) + (by ?? 0));
            event.preventDefault();
          }}
        >
          <svg width={width} height={HEIGHT + 1} aria-hidden="true">
            {at < 0 ? null : (
              <rect class="nnw-in-bin" x={(at * width) / bins} width={width / bins} height={HEIGHT} />
            )}
            <path class="nnw-in-neg" d={negative} />
            <path class="nnw-in-pos" d={positive} />
            {spike && zero !== null ? (
              <path class="nnw-in-spike" d={`M${zero.toFixed(2)} ${HEIGHT}v${(-spike).toFixed(2)}`} />
            ) : null}
            <path class="nnw-in-axis" d={`M0 ${HEIGHT + 0.5}H${width}`} />
            {zero === null ? null : <path class="nnw-in-axis" d={`M${zero.toFixed(2)} ${HEIGHT}v-4`} />}
          </svg>
          <span class="nnw-in-ends">
            <span data-n={`${path}.low`}>{endText(low)}</span>
            <span data-n={`${path}.high`}>{endText(high)}</span>
          </span>
        </div>
      ) : (
        <p class="nnw-2nd nnw-s nnw-in-missing">
          {spread.odd ? "no finite number" : spread.size ? "its values are not known yet" : "empty"}
        </p>
      )}
      <span class="nnw-in-moments">
        <span>
          μ <span data-n={`${path}.mean`}>{mean}</span>
        </span>
        <span>
          σ <span data-n={`${path}.deviation`}>{deviation}</span>
        </span>
        {spread.zeros ? <span data-n={`${path}.zeros`}>{zerosText(spread)}</span> : null}
        {odd ? (
          <span class="nnw-in-odd" data-n={`${path}.odd`}>
            {odd}
          </span>
        ) : null}
      </span>
    </div>
  );
}
