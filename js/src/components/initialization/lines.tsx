// The variance of every layer, on a scale of decades: six schemes as lines, and what the theory says as bands.
import { placeLabels } from "../../draw/labels";
import { clamp, Label } from "../explorer/scene";
import { isBackward } from "./arrays";
import type { Columns } from "./rows";
import { type LogScale, logScale } from "./scale";
import { DASHES, type Shown } from "./state";

const LINE = 15;

/** Of all schemes: it stays as long as nothing is measured anew. */
function scaleOf({ measured, kind, hidden }: Shown, top: number, bottom: number): LogScale {
  const values: number[] = [];
  for (let scheme = 0; scheme < measured.schemes.length; scheme++)
    for (let layer = 0; layer < measured.layers; layer++) {
      values.push(measured.variance(scheme, kind.value, layer));
      values.push(measured.predicted(scheme, kind.value, layer));
    }
  // Where signals enter, nothing has happened to them yet.
  const entering = measured.schemes
    .map((_, scheme) => measured.variance(scheme, kind.value, isBackward(kind.value) ? hidden - 1 : 0))
    .filter((value) => value > 0 && Number.isFinite(value))
    .sort((a, b) => a - b);
  return logScale(values, entering[entering.length >> 1] ?? 1, top, bottom);
}

/** A line through the layers, as far as there are values. */
function through(columns: Columns, values: readonly number[], y: (value: number) => number): string {
  let path = "";
  values.forEach((value, layer) => {
    if (Number.isNaN(value)) return;
    const before = values[layer - 1];
    const move = before === undefined || Number.isNaN(before);
    path += `${move ? "M" : "L"}${columns.middle(layer).toFixed(1)} ${y(value).toFixed(1)}`;
  });
  return path;
}

interface LinesProps {
  shown: Shown;
  columns: Columns;
  top: number;
  height: number;
  /** Of what it is cut by. */
  id: string;
}

export function Lines({ shown, columns, top, height, id }: LinesProps) {
  const { measured, chosen, kind, store } = shown;
  const y = scaleOf(shown, top, top + height);
  const backward = isBackward(kind.value);
  const layers = Array.from({ length: measured.layers }, (_, layer) => layer);
  const lines = measured.schemes.map(({ name, label }, scheme) => {
    const values = layers.map((layer) => measured.variance(scheme, kind.value, layer));
    const predicted = layers.map((layer) => measured.predicted(scheme, kind.value, layer));
    const end = y(values[backward ? 0 : measured.layers - 1] as number);
    return { name, label, scheme, values, predicted, end };
  });
  const inside = (at: number) => clamp(at, [top, top + height]);
  const heights = placeLabels(
    lines.map(({ end }) => inside(end)),
    LINE,
    top + 2,
    top + height - 2,
  );
  // The chosen one lies on the others.
  const ordered = [...lines].sort((a, b) => Number(a.scheme === chosen) - Number(b.scheme === chosen));
  // Gradients come from the right: there they are alike, and the names stand where they have gone to.
  const [ticksAt, turn] = backward ? [columns.right, 1] : [columns.left, -1];
  const nameAt = backward ? columns.left - 10 : columns.right + 10;
  return (
    <g class="nnw-init-lines">
      <g class="nnw-ticks">
        {[
          ...y.ticks.map(({ value, label }) => ({ at: y(value), label, grid: true })),
          { at: y.zero, label: "0", grid: false },
          { at: y.infinite, label: "∞", grid: false },
        ].map(({ at, label, grid }) => (
          <g key={label}>
            <path
              class={grid ? "nnw-grid" : "nnw-grid nnw-init-edge"}
              d={`M${columns.left} ${at}H${columns.right}`}
            />
            <text x={ticksAt + 8 * turn} y={at + 4} text-anchor={backward ? "start" : "end"}>
              {label}
            </text>
          </g>
        ))}
      </g>
      <clipPath id={id}>
        <rect
          x={columns.left - 8}
          y={top - 1}
          width={columns.right - columns.left + 16}
          height={height + 5}
        />
      </clipPath>
      <g clip-path={`url(#${id})`}>
        {ordered.map(({ name, predicted, scheme }) => (
          <path
            key={name}
            class={`nnw-init-theory ${scheme === chosen ? "is-chosen" : ""}`}
            d={through(columns, predicted, y)}
          />
        ))}
        {ordered.map(({ name, values, scheme }) => (
          <path
            key={name}
            class={`nnw-init-line ${scheme === chosen ? "is-chosen" : ""}`}
            stroke-dasharray={DASHES[name]}
            d={through(columns, values, y)}
          />
        ))}
        {columns.pitch > 7
          ? ordered
              .at(-1)
              ?.values.map((value, layer) => (
                <circle
                  key={layer}
                  class="nnw-init-dot"
                  cx={columns.middle(layer)}
                  cy={y(value)}
                  r={columns.pitch > 14 ? 3.5 : 2.5}
                />
              ))
          : null}
      </g>
      <circle
        class="nnw-init-here"
        cx={columns.middle(shown.at)}
        cy={inside(y(lines[chosen]?.values[shown.at] ?? 1))}
        r="5.5"
      />
      {lines.map(({ name, label, scheme, end }) => {
        const height = heights[scheme] as number;
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: the cards do the same for the keyboard
          <g key={name} class="nnw-pressable" onClick={() => store.set({ initialiser: name })}>
            <path
              class="nnw-init-leader"
              d={`M${backward ? columns.middle(0) - 6 : columns.middle(measured.layers - 1) + 6} ${inside(end)}L${nameAt + 4 * turn} ${height}`}
            />
            <Label
              x={nameAt}
              y={height + 4}
              anchor={backward ? "end" : "start"}
              class={scheme === chosen ? "nnw-t nnw-b" : "nnw-2nd"}
            >
              {label}
            </Label>
          </g>
        );
      })}
    </g>
  );
}
