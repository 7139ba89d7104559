// Two rows of histograms, a column per layer: the signals on their way forwards, and the gradients on theirs back.
import { Label, linear, YAxis } from "../explorer/scene";
import type { Kind } from "./arrays";
import { barsOf, largest, outline, positiveHalf, ROWS, roundUp } from "./bars";
import { roundText } from "./scale";
import type { Shown } from "./state";

export interface Columns {
  readonly left: number;
  readonly right: number;
  /** The left edge of a layer's column, and its middle. */
  edge(layer: number): number;
  middle(layer: number): number;
  readonly pitch: number;
}

export function columnsOf(left: number, right: number, layers: number): Columns {
  const pitch = (right - left) / layers;
  return {
    left,
    right,
    pitch,
    edge: (layer) => left + layer * pitch,
    middle: (layer) => left + (layer + 0.5) * pitch,
  };
}

/** Half of what the rows show: the same for all schemes, as long as nothing is measured anew. */
export function reachOf({ measured, activation, chosen, hidden }: Shown, kind: Kind): number {
  if (kind === "a" && (activation === "tanh" || activation === "sigmoid")) return 1;
  if (kind === "z" || kind === "a") return 3;
  const spread = Math.sqrt(measured.variance(chosen, kind, hidden - 1));
  return spread > 0 && Number.isFinite(spread) ? roundUp(2.5 * spread) : 1;
}

/** Functions whose values are never negative: half of a drawing would stay empty. */
const NEVER_NEGATIVE = ["relu", "sigmoid", "softplus", "step"];

export const isNeverNegative = (activation: string, kind: Kind) =>
  kind === "a" && NEVER_NEGATIVE.includes(activation);

interface RowProps {
  shown: Shown;
  kind: Kind;
  columns: Columns;
  top: number;
  height: number;
}

/** Bars that are longer than this share of their column would touch the next. */
const FULL = 0.84;
const EDGE = 4;

export function Row({ shown, kind, columns, top, height }: RowProps) {
  const { measured, chosen } = shown;
  const reach = reachOf(shown, kind);
  const half = isNeverNegative(shown.activation, kind);
  const y = linear([half ? 0 : -reach, reach], [top + height, top]);
  const backward = kind === "da" || kind === "dw";
  const layers = Array.from({ length: measured.layers }, (_, layer) => layer);
  return (
    <g class="nnw-init-row">
      <YAxis
        scale={y}
        at={columns.left}
        grid={columns.right}
        ticks={(half ? [reach, reach / 2, 0] : [reach, 0, -reach]).map((value) => ({
          value,
          label: roundText(value),
        }))}
      />
      {layers.map((layer) => {
        const from = columns.middle(layer) + ((backward ? 1 : -1) * columns.pitch * FULL) / 2;
        const length = (backward ? -1 : 1) * columns.pitch * FULL;
        if (
          measured.broken(chosen, kind, layer) > 0 ||
          !Number.isFinite(measured.variance(chosen, kind, layer))
        )
          return (
            <Broken key={layer} x={columns.edge(layer)} width={columns.pitch} top={top} height={height} />
          );
        const [bins, zeros] = [measured.bins(chosen, kind, layer), measured.zeros(chosen, kind, layer)];
        // Of one half as many bars as of both; its middle is the lower edge.
        const bars = half ? positiveHalf(barsOf(bins, zeros, reach, 2 * ROWS)) : barsOf(bins, zeros, reach);
        const most = largest(bars);
        const frame = { from, length, top, height: half ? 2 * height : height };
        const long = (share: number) => from + length * Math.max(0.08, Math.min(1, share));
        return (
          <g key={layer}>
            <path class="nnw-init-pos" d={outline(bars, 1, frame)} />
            <path class="nnw-init-neg" d={outline(bars, -1, frame)} />
            {bars.zero > 0 ? <path class="nnw-init-zero" d={`M${from} ${y(0)}H${long(bars.zero)}`} /> : null}
            {bars.above > 0.0005 ? (
              <path
                class="nnw-init-beyond nnw-init-pos"
                d={`M${from} ${top - EDGE}H${long(bars.above / most)}`}
              />
            ) : null}
            {bars.below > 0.0005 ? (
              <path
                class="nnw-init-beyond nnw-init-neg"
                d={`M${from} ${top + height + EDGE}H${long(bars.below / most)}`}
              />
            ) : null}
          </g>
        );
      })}
      <Said {...{ shown, kind, columns, top, height }} />
    </g>
  );
}

interface BrokenProps {
  x: number;
  width: number;
  top: number;
  height: number;
}

const Broken = ({ x, width, top, height }: BrokenProps) => (
  <rect class="nnw-init-broken" x={x + width * 0.08} y={top} width={width * FULL} height={height} />
);

/** What a row of empty columns means. */
function Said({ shown, kind, columns, top, height }: RowProps) {
  const { measured, chosen, hidden } = shown;
  const all = Array.from({ length: measured.layers }, (_, layer) => layer);
  const broken = all.filter((layer) => !Number.isFinite(measured.variance(chosen, kind, layer)));
  const empty = all.filter((layer) => measured.zeros(chosen, kind, layer) === 1);
  const texts: { layers: number[]; text: string }[] = [];
  if (empty.length) texts.push({ layers: empty, text: empty.length > hidden ? "all exactly 0" : "all 0" });
  if (broken.length) texts.push({ layers: broken, text: "not finite" });
  return (
    <>
      {texts.map(({ layers, text }) => {
        const x = (columns.edge(layers[0] as number) + columns.edge((layers.at(-1) as number) + 1)) / 2;
        const room = layers.length * columns.pitch;
        return room > 7 * text.length ? (
          <Label key={text} x={x} y={top + height / 4 + 4} anchor="middle" class="nnw-2nd nnw-halo">
            {text}
          </Label>
        ) : null;
      })}
    </>
  );
}
