// The layer that is looked at, under a lens: its histograms each on a scale of their own, and its numbers.
import { percent } from "../../draw/format";
import { Button } from "../button";
import { Label, linear, Scene, YAxis } from "../explorer/scene";
import { isBackward, KINDS, type Kind } from "./arrays";
import { barsOf, outline, ROWS, roundUp } from "./bars";
import { isNeverNegative } from "./rows";
import { amountOf, roundText } from "./scale";
import { PLACES, rowKind } from "./stage";
import { type Shown, SYMBOLS, WORDS } from "./state";

const LEFT = 62;
const GAP = 20;
/** From here on both have their place side by side. */
const WIDE = 440;

export function Lens({ shown }: { shown: Shown }) {
  const { kind } = shown;
  return (
    <Scene
      height={(width) => (width < WIDE ? PLACES.back : PLACES.forward) + PLACES.row + 8}
      label="This layer’s histograms"
    >
      {(width) => {
        const both = { left: LEFT, right: width, top: PLACES.forward };
        const half = (width - GAP) / 2;
        const [first, second] =
          width < WIDE
            ? [both, { ...both, top: PLACES.back }]
            : [
                { ...both, right: half },
                { ...both, left: half + GAP + LEFT },
              ];
        return (
          <>
            <Histogram shown={shown} kind={rowKind(false, kind.value)} {...first} />
            <Histogram shown={shown} kind={rowKind(true, kind.value)} {...second} />
          </>
        );
      }}
    </Scene>
  );
}

interface HistogramProps {
  shown: Shown;
  kind: Kind;
  left: number;
  right: number;
  top: number;
}

function Histogram({ shown, kind, left, right, top }: HistogramProps) {
  const { measured, chosen, at } = shown;
  const bins = measured.bins(chosen, kind, at);
  const zero = measured.zeros(chosen, kind, at);
  const variance = measured.variance(chosen, kind, at);
  const finite = Number.isFinite(variance);
  // Nearly all of the values, and round numbers at the ends.
  const reach = bins.bound > 0 ? roundUp(bins.bound * 0.75) : 1;
  // The output is a sum, which may be negative.
  const half = at < measured.layers - 1 && isNeverNegative(shown.activation, kind);
  const y = linear([half ? 0 : -reach, reach], [top + PLACES.row, top]);
  const bars = barsOf(bins, zero, reach, half ? 2 * ROWS : ROWS);
  const backward = isBackward(kind);
  const from = backward ? right : left;
  const frame = {
    from,
    length: (backward ? -1 : 1) * (right - left) * 0.92,
    top,
    height: half ? 2 * PLACES.row : PLACES.row,
  };
  const said = finite ? (zero === 1 ? "all exactly 0" : "") : "not finite";
  return (
    <g class="nnw-init-row nnw-init-lens">
      <Label x={left} y={top - 14} class="nnw-2nd">
        {at === measured.layers - 1 ? "output" : `layer ${at + 1}`}, on its own scale
      </Label>
      <YAxis
        scale={y}
        at={left}
        grid={right}
        ticks={(bins.bound > 0 ? [reach, half ? reach / 2 : -reach, 0] : [0]).map((value) => ({
          value,
          label: roundText(value),
        }))}
      />
      {finite ? (
        <>
          <path class="nnw-init-pos" d={outline(bars, 1, frame)} />
          <path class="nnw-init-neg" d={outline(bars, -1, frame)} />
          {zero > 0 ? (
            <path class="nnw-init-zero" d={`M${from} ${y(0)}h${frame.length * Math.max(0.04, zero)}`} />
          ) : null}
        </>
      ) : null}
      {said ? (
        <Label x={(left + right) / 2} y={top + PLACES.row / 4 + 4} anchor="middle" class="nnw-2nd nnw-halo">
          {said}
        </Label>
      ) : null}
    </g>
  );
}

/** The numbers of the layer: a quantity in each row, of which one is drawn. */
export function Numbers({ shown }: { shown: Shown }) {
  const { measured, chosen, at, hidden, kind } = shown;
  const saturated = measured.saturated(chosen, at);
  return (
    <div class="nnw-init-numbers">
      <table class="nnw-rows">
        <thead>
          <tr>
            <th scope="col">
              <span class="nnw-init-layer">{at === hidden ? "output" : `layer ${at + 1}`}</span>
            </th>
            <th scope="col">variance</th>
            <th scope="col">theory</th>
            <th scope="col">mean</th>
            <th scope="col">= 0</th>
          </tr>
        </thead>
        <tbody>
          {KINDS.map((each) => (
            <tr key={each} data-now={each === kind.value || undefined}>
              <th scope="row">
                <Button
                  class="nnw-init-kind"
                  aria-pressed={each === kind.value}
                  aria-label={`${SYMBOLS[each]}: ${WORDS[each]}`}
                  onClick={() => {
                    kind.value = each;
                  }}
                >
                  <i>{SYMBOLS[each]}</i>
                </Button>
              </th>
              <td data-n={`variance.${each}`}>
                <b>{amountOf(measured.variance(chosen, each, at))}</b>
              </td>
              <td data-n={`theory.${each}`}>{amountOf(measured.predicted(chosen, each, at))}</td>
              <td data-n={`mean.${each}`}>{amountOf(measured.mean(chosen, each, at))}</td>
              <td data-n={`zeros.${each}`}>{percent(measured.zeros(chosen, each, at), 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="nnw-2nd nnw-s">
        <span data-n="saturated">{percent(saturated, saturated > 0 && saturated < 0.1 ? 1 : 0)}</span> of the
        slopes are below 0.05
      </p>
    </div>
  );
}
