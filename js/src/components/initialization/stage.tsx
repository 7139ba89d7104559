// The layers from left to right: histograms of what goes through them, and below, on the same axis, the variances.
import { Handle, type Spot, spotOf } from "../explorer/handle";
import { Label, Scene, Var } from "../explorer/scene";
import { isBackward, type Kind } from "./arrays";
import { Lines } from "./lines";
import { type Columns, columnsOf, Row } from "./rows";
import { layerName, type Shown, SYMBOLS, WORDS } from "./state";

/** Heights of the drawing. */
export const PLACES = {
  head: 12,
  forward: 26,
  row: 90,
  backHead: 142,
  back: 156,
  axis: 268,
  varianceHead: 304,
  variance: 316,
  lines: 180,
  height: 504,
} as const;
const [LEFT, RIGHT] = [68, 62];

/** The one of two that is shown: what is looked at decides. */
export const rowKind = (backward: boolean, kind: Kind): Kind =>
  isBackward(kind) === backward ? kind : backward ? "da" : "a";

export function Stage({ shown }: { shown: Shown }) {
  const { store, measured, at, hidden, kind } = shown;
  const look = (layer: number) =>
    store.set({ layer: Math.max(1, Math.min(measured.layers, Math.round(layer))) });
  return (
    <Scene height={PLACES.height} label="Signals, layer by layer">
      {(width, id) => {
        const columns = columnsOf(LEFT, width - RIGHT, measured.layers);
        const layerAt = ({ x }: Spot) => Math.floor((x - columns.left) / columns.pitch) + 1;
        return (
          <>
            <Band columns={columns} at={at} />
            <Head y={PLACES.head} kind={rowKind(false, kind.value)} width={width} />
            <Row
              shown={shown}
              kind={rowKind(false, kind.value)}
              columns={columns}
              top={PLACES.forward}
              height={PLACES.row}
            />
            <Head y={PLACES.backHead} kind={rowKind(true, kind.value)} width={width} />
            <Row
              shown={shown}
              kind={rowKind(true, kind.value)}
              columns={columns}
              top={PLACES.back}
              height={PLACES.row}
            />
            <LayerAxis columns={columns} at={at} hidden={hidden} />
            <Label x={columns.left} y={PLACES.varianceHead} class="nnw-t nnw-b">
              Variance
              <tspan class="nnw-plain"> of the {WORDS[kind.value]}</tspan>
            </Label>
            <Legend x={columns.right} y={PLACES.varianceHead} theory={Number.isFinite(firstTheory(shown))} />
            <Lines shown={shown} columns={columns} top={PLACES.variance} height={PLACES.lines} id={id} />
            <rect
              class="nnw-init-press"
              x={columns.left}
              y={PLACES.forward}
              width={columns.right - columns.left}
              height={PLACES.variance + PLACES.lines - PLACES.forward}
              fill="transparent"
              onPointerDown={(event) => {
                if (!event.button) look(layerAt(spotOf(event.currentTarget, event)));
              }}
            />
            <Handle
              label="Layer"
              kind="none"
              cursor="ew-resize"
              x={columns.middle(at)}
              y={PLACES.axis}
              value={at + 1}
              text={at === hidden ? "output" : `layer ${at + 1} of ${hidden}`}
              range={[1, measured.layers]}
              onMove={(spot) => look(layerAt(spot))}
              onStep={(right, up) => look(at + 1 + Math.sign(right + up) * Math.ceil(Math.abs(right + up)))}
              onEnd={(end) => look(end === "low" ? 1 : measured.layers)}
            >
              <Pill text={at === hidden ? "out" : String(at + 1)} />
            </Handle>
          </>
        );
      }}
    </Scene>
  );
}

const firstTheory = ({ measured, kind }: Shown) =>
  measured.predicted(measured.schemes.length - 1, kind.value, 0);

const Band = ({ columns, at }: { columns: Columns; at: number }) => (
  <rect
    class="nnw-init-band"
    x={columns.edge(at)}
    y={PLACES.forward - 6}
    width={columns.pitch}
    height={PLACES.variance + PLACES.lines - PLACES.forward + 6}
  />
);

function Pill({ text }: { text: string }) {
  const wide = 14 + 7 * text.length;
  return (
    <g class="nnw-init-pill">
      <rect class="nnw-ring" x={-wide / 2 - 4} y="-14" width={wide + 8} height="28" rx="14" />
      <rect x={-wide / 2} y="-10" width={wide} height="20" rx="10" />
      <text text-anchor="middle" y="4">
        {text}
      </text>
    </g>
  );
}

function Head({ y, kind, width }: { y: number; kind: Kind; width: number }) {
  const backward = isBackward(kind);
  const x = width - RIGHT;
  return (
    <>
      <Label x={LEFT} y={y} class="nnw-t nnw-b">
        {backward ? "Gradients" : kind === "z" ? "Pre-activations" : "Activations"}
        <tspan class="nnw-plain">
          {" "}
          <Var name={SYMBOLS[kind]} />
        </tspan>
      </Label>
      <Label x={x - 34} y={y} anchor="end" class="nnw-2nd">
        {backward ? "backward" : "forward"}
      </Label>
      <path
        class="nnw-init-arrow"
        d={backward ? `M${x} ${y - 4}h-26m5 -4l-5 4l5 4` : `M${x - 26} ${y - 4}h26m-5 -4l5 4l-5 4`}
      />
    </>
  );
}

/** The marks of the drawing below. */
const Legend = ({ x, y, theory }: { x: number; y: number; theory: boolean }) => (
  <g class="nnw-init-legend">
    {theory ? (
      <>
        <path class="nnw-init-theory" d={`M${x - 66} ${y - 4}h22`} />
        <Label x={x} y={y} anchor="end" class="nnw-2nd">
          theory
        </Label>
      </>
    ) : null}
    <path class="nnw-init-line" d={`M${x - 172} ${y - 4}h22`} />
    <Label x={x - 80} y={y} anchor="end" class="nnw-2nd">
      measured
    </Label>
  </g>
);

/** Numbers under the columns: as many as there is room for. */
function LayerAxis({ columns, at, hidden }: { columns: Columns; at: number; hidden: number }) {
  const step = [1, 2, 5, 10].find((each) => each * columns.pitch >= 26) ?? 10;
  const layers = Array.from({ length: hidden + 1 }, (_, layer) => layer);
  const isNear = (layer: number) => Math.abs(layer - at) * columns.pitch < 26;
  const labelled = layers.filter(
    (layer) =>
      layer === hidden ||
      ((layer === 0 || (layer + 1) % step === 0) && (hidden - layer) * columns.pitch >= 26),
  );
  return (
    <g class="nnw-ticks">
      <text x={columns.left - 8} y={PLACES.axis + 4} text-anchor="end">
        layer
      </text>
      {labelled
        .filter((layer) => !isNear(layer))
        .map((layer) => (
          <text key={layer} x={columns.middle(layer)} y={PLACES.axis + 4} text-anchor="middle">
            {layer === hidden ? "out" : layerName(layer, hidden)}
          </text>
        ))}
    </g>
  );
}
