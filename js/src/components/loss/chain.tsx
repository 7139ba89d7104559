// Why binary cross-entropy belongs with the sigmoid: dL/dp, dp/dz and their product, one below the other.
import { useSignal } from "@preact/signals";
import { BINARY_LOSSES, type LossName, predictionDerivative } from "../../concepts/loss";
import { fixed } from "../../draw/format";
import { Handle } from "../explorer/handle";
import { three } from "../explorer/numbers";
import { clamp, Label, linear, type Scale, Scene, Var, XAxis } from "../explorer/scene";
import { type LossState, NAMES, reachOf, rounded, SHORT } from "./state";

const HEIGHT = 340;
const LABELS = 56;
const GAP = 14;
const STEP = 0.1;

interface Row {
  readonly key: "byP" | "slope" | "byZ";
  readonly top: number;
  readonly height: number;
  /** Of the values that are shown, the one farthest from 0. */
  readonly far: number;
}

const ROWS: readonly Row[] = [
  { key: "byP", top: 48, height: 72, far: 8 },
  { key: "slope", top: 134, height: 58, far: 0.27 },
  { key: "byZ", top: 206, height: 84, far: 1.08 },
];
const FOOT = 290;

const FACTS: Readonly<Record<LossName, string>> = {
  bce: "stays when wrong",
  mse: "vanishes when wrong",
  hinge: "in full up to its margin",
};

export function Chain({ of }: { of: LossState }) {
  // The axis waits for the end of a drag, or it would run away under the hand.
  const held = useSignal<number | null>(null);
  const reach = held.value ?? reachOf(of.z);
  return (
    <Scene height={HEIGHT} label="The chain of derivatives">
      {(width, id) => {
        const pitch = (width - LABELS + GAP) / NAMES.length; // there is no gap behind the last
        return (
          <>
            <RowLabels />
            {NAMES.map((name, index) => (
              <Column
                key={name}
                id={`${id}-${name}`}
                of={of}
                name={name}
                from={LABELS + index * pitch}
                to={LABELS + (index + 1) * pitch - GAP}
                reach={reach}
                hold={() => {
                  held.value ??= reach;
                }}
                release={() => {
                  held.value = null;
                }}
              />
            ))}
          </>
        );
      }}
    </Scene>
  );
}

const middle = ({ top, height }: Row) => top + height / 2 + 4;

const RowLabels = () => (
  <>
    <Label x={0} y={middle(ROWS[0] as Row)} class="nnw-t">
      d<Var name="L" />
      /d
      <Var name="p" />
    </Label>
    <Label x={0} y={middle(ROWS[1] as Row)} class="nnw-t">
      d<Var name="p" />
      /d
      <Var name="z" />
    </Label>
    <Label x={0} y={middle(ROWS[2] as Row)} class="nnw-t nnw-b">
      d<Var name="L" />
      /d
      <Var name="z" />
    </Label>
  </>
);

interface ColumnProps {
  id: string;
  of: LossState;
  name: LossName;
  from: number;
  to: number;
  reach: number;
  hold(): void;
  release(): void;
}

function Column({ id, of, name, from, to, reach, hold, release }: ColumnProps) {
  const { store, z, target } = of;
  const x = linear([-reach, reach], [from, to]);
  const isChosen = of.name === name;
  const set = (next: number) => store.set({ logit: rounded(clamp(next, [-200, 200])) });
  const choose = () => store.set({ loss_fn: name });
  const last = ROWS[2] as Row;
  const value = of.losses[name].byZ;
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a short cut for pointers; the control below has the keys */}
      <g class="nnw-pressable" onClick={choose}>
        <path class={isChosen ? "nnw-loss-band" : "nnw-loss-bare"} d={`M${from} 0H${to}V38H${from}Z`} />
        {isChosen ? <path class="nnw-loss-mark" d={`M${from} 0h2v38h-2Z`} /> : null}
        <Label x={from + 8} y={15} class={isChosen ? "nnw-t nnw-b" : "nnw-t"}>
          {SHORT[name]}
        </Label>
        <Label x={from + 8} y={31} class="nnw-xs">
          {FACTS[name]}
        </Label>
      </g>
      {/* Below the numbers, which it would strike through. */}
      <path
        class="nnw-now-line"
        d={`M${x(clamp(z, x.domain))} ${(name === "hinge" ? last : (ROWS[0] as Row)).top}V${FOOT}`}
      />
      {ROWS.map((row) =>
        name === "hinge" && row.key !== "byZ" ? (
          <NoSigmoid key={row.key} row={row} x={(from + to) / 2} />
        ) : (
          <Factor key={row.key} id={`${id}-${row.key}`} of={of} name={name} row={row} x={x} />
        ),
      )}
      <XAxis
        scale={x}
        at={FOOT}
        ticks={[-reach / 2, 0, reach / 2].map((tick) => ({
          value: tick,
          label: fixed(tick, 0),
        }))}
      />
      <Label x={from} y={FOOT + 36} class="nnw-xs">
        {target ? "← wrong" : "← right"}
      </Label>
      <Label x={(from + to) / 2} y={FOOT + 36} anchor="middle" class="nnw-xs nnw-i">
        z
      </Label>
      <Label x={to} y={FOOT + 36} anchor="end" class="nnw-xs">
        {target ? "right →" : "wrong →"}
      </Label>
      <Handle
        kind="accent"
        radius={5}
        label={`Logit of ${SHORT[name]}`}
        x={x(clamp(z, x.domain))}
        y={scaleOf(last, target)(value)}
        value={z}
        text={`z ${fixed(z, 2)}, dL/dz ${three(value)}`}
        range={[-reach, reach]}
        cursor="ew-resize"
        onMove={(spot) => {
          hold();
          set(x.invert(clamp(spot.x, [from, to])));
        }}
        onRelease={release}
        onStep={(right, up) => set(z + (right || up) * STEP)}
        onEnd={(end) => set(end === "low" ? -reach : reach)}
      />
    </>
  );
}

/** 0 is where the gradient vanishes: above for the target 1, whose gradients are negative. */
function scaleOf(row: Row, target: number): Scale {
  const { top, height, far, key } = row;
  const isNegative = target === 1 && key !== "slope";
  return isNegative ? linear([-far, 0], [top + height, top]) : linear([0, far], [top + height, top]);
}

const NoSigmoid = ({ row, x }: { row: Row; x: number }) => (
  <Label x={x} y={row.key === "byP" ? row.top + row.height + 2 : row.top + 2} anchor="middle" class="nnw-xs">
    {row.key === "byP" ? "it takes z itself," : "no sigmoid between"}
  </Label>
);

interface FactorProps {
  id: string;
  of: LossState;
  name: LossName;
  row: Row;
  x: Scale;
}

const PIECES = 160;
/** A curve that leaves the picture need not go on for ever. */
const BEYOND = [-40, 40] as const;

function Factor({ id, of, name, row, x }: FactorProps) {
  const { z, target, slope } = of;
  const y = scaleOf(row, target);
  const { byPrediction, byLogit } = BINARY_LOSSES[name];
  const f = {
    byP: (at: number) => byPrediction(at, target),
    slope: predictionDerivative,
    byZ: (at: number) => byLogit(at, target),
  }[row.key];
  const value = row.key === "slope" ? slope : of.losses[name][row.key];
  const kind = row.key === "slope" ? "ink" : target ? "neg" : "pos";
  const [low, high] = x.domain;
  const points = Array.from({ length: PIECES + 1 }, (_, index) => low + ((high - low) * index) / PIECES).map(
    (at) => `${x(at).toFixed(1)} ${y(clamp(f(at), BEYOND)).toFixed(1)}`,
  );
  const line = `M${points.join("L")}`;
  // The number stands where the curve is near 0: on the side that is right.
  const end = target ? x.range[1] - 4 : x.range[0] + 4;
  const sign = row.key === "slope" ? "× " : row.key === "byZ" ? "= " : "";
  const text = three(value);
  const tone = row.key === "slope" || text === "0" ? "" : value < 0 ? "nnw-neg" : "nnw-pos";
  return (
    <>
      <clipPath id={id}>
        <path d={`M${x.range[0]} ${row.top - 1}H${x.range[1]}v${row.height + 2}H${x.range[0]}Z`} />
      </clipPath>
      <path
        class={`nnw-loss-area nnw-loss-area--${kind}`}
        clip-path={`url(#${id})`}
        d={`${line}V${y(0)}H${x.range[0]}Z`}
      />
      <path class="nnw-zero" d={`M${x.range[0]} ${y(0)}H${x.range[1]}`} />
      <path class={`nnw-loss-factor nnw-loss-factor--${kind}`} clip-path={`url(#${id})`} d={line} />
      {row.key === "byZ" ? null : (
        <circle class="nnw-loss-dot" cx={x(clamp(z, x.domain))} cy={y(clamp(value, y.domain))} r="4" />
      )}
      <text class="nnw-t nnw-halo" x={end} y={middle(row)} text-anchor={target ? "end" : "start"}>
        {sign}
        <tspan
          class={`nnw-b ${tone}`}
          data-n={row.key === "slope" ? "slope" : `${name}.${row.key === "byP" ? "dp" : "dz"}`}
        >
          {text}
        </tspan>
      </text>
    </>
  );
}
