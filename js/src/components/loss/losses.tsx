// All losses against the prediction, and the tangent of the chosen one.
import { BINARY_LOSSES, type LossName, logit, prediction } from "../../concepts/loss";
import { fixed } from "../../draw/format";
import { Handle } from "../explorer/handle";
import { probabilityText, signClass, three } from "../explorer/numbers";
import { clamp, Label, linear, type Scale, Scene, ticksAt, Var, XAxis, YAxis } from "../explorer/scene";
import { type LossState, NAMES, rounded, SHORT } from "./state";

const HEIGHT = 340;
/** Above the other drawing it is wide, and need not be high. */
const WIDE = 440;
const LOW = 264;
const heightAt = (width: number) => (width > WIDE ? LOW : HEIGHT);
const TOP = 28;
const FOOT = 64;
const LEFT = 24;
const HIGHEST = 4;
/** Where a curve is drawn, z is between these. */
const END = 14;
const PIECES = 280;
/** Half of the tangent, in pixels. */
const TANGENT = 56;
/** What the loss and its slope in words take at most, from the point on. */
const LABEL = 126;
const FARTHEST = 8;
const STEP = 0.1;
/** Where z is written below p. */
const SCORES = [-4, -2, 0, 2, 4];

/** A loss in steps of z, which are fine where the curve is steep. */
function path(name: LossName, target: number, x: Scale, y: Scale): string {
  const points = Array.from({ length: PIECES + 1 }, (_, index) => (2 * END * index) / PIECES - END).map(
    (z) => {
      const loss = Math.min(BINARY_LOSSES[name].value(z, target), 10 * HIGHEST);
      return `${x(prediction(z)).toFixed(2)} ${y(loss).toFixed(2)}`;
    },
  );
  return `M${points.join("L")}`;
}

export function Losses({ of }: { of: LossState }) {
  return (
    <Scene height={heightAt} label="The losses of a prediction">
      {(width, id) => <Drawing of={of} width={width} id={id} />}
    </Scene>
  );
}

function Drawing({ of, width, id }: { of: LossState; width: number; id: string }) {
  const { store, z, p, target, name, losses } = of;
  const { loss, byP } = losses[name];
  const x = linear([0, 1], [LEFT, width - 10]);
  const y = linear([0, HIGHEST], [heightAt(width) - FOOT, TOP]);
  const foot = y(0);
  const [atX, atY] = [x(p), y(Math.min(loss, HIGHEST))];
  const isBeyond = loss > HIGHEST;
  const run = x(1) - x(0);
  const rise = -byP * (y(0) - y(1));
  const length = Math.hypot(run, rise);
  const [alongX, alongY] = [(TANGENT * run) / length, (TANGENT * rise) / length];
  // The label keeps to the side where the curve is not; near the edge, above the foot of the curves.
  const isInside = target ? atX + LABEL < width : atX - LABEL > 0;
  const isRight = (target === 1) === isInside;
  const labelY = isInside ? clamp(atY + 4, [TOP + 12, foot - 26]) : Math.min(atY, foot) - 52;
  const set = (next: number) => store.set({ logit: rounded(clamp(next, [-200, 200])) });
  const chances: readonly [number, number] = [prediction(-FARTHEST), prediction(FARTHEST)];
  return (
    <>
      <clipPath id={id}>
        <path d={`M${LEFT} ${TOP}H${width - 4}V${foot}H${LEFT}Z`} />
      </clipPath>
      <Label x={LEFT} y={14} class="nnw-2nd">
        Loss <Var name="L" /> for the target {target}
      </Label>
      <YAxis scale={y} at={LEFT} grid={width - 10} ticks={ticksAt([0, 1, 2, 3, 4])} />
      <XAxis scale={x} at={foot} ticks={ticksAt([0, 0.25, 0.5, 0.75, 1])} />
      <text class="nnw-xs nnw-i" x={x(0.625)} y={foot + 16} text-anchor="middle">
        p
      </text>
      <g class="nnw-ticks">
        {SCORES.map((score) => (
          <text key={score} x={x(prediction(score))} y={foot + 36} text-anchor="middle">
            {fixed(score, 0)}
          </text>
        ))}
        <text class="nnw-i" x={x(0.625)} y={foot + 36} text-anchor="middle">
          z
        </text>
      </g>
      <g clip-path={`url(#${id})`}>
        {[...NAMES]
          .sort((first, second) => Number(first === name) - Number(second === name))
          .map((each) => (
            <path key={each} class={lineClass(each, each === name)} d={path(each, target, x, y)} />
          ))}
        {isBeyond ? null : (
          <path class="nnw-now-line" d={`M${atX - alongX} ${atY - alongY}L${atX + alongX} ${atY + alongY}`} />
        )}
      </g>
      <Key of={of} x={target ? width - 142 : LEFT + 14} />
      <path class="nnw-loss-drop" d={`M${atX} ${foot}V${atY}`} />
      <Handle
        kind="accent"
        label="Prediction"
        x={atX}
        y={atY}
        value={p}
        text={`p ${probabilityText(p)}, z ${fixed(z, 2)}, loss ${three(loss)}`}
        range={[0, 1]}
        cursor="ew-resize"
        onMove={(spot) => set(logit(clamp(x.invert(spot.x), chances)))}
        onStep={(right, up) => set(z + (right || up) * STEP)}
        onEnd={(end) => set(end === "low" ? -FARTHEST : FARTHEST)}
      />
      <g class="nnw-loss-point">
        <text x={isRight ? atX + 14 : atX - 14} y={labelY} text-anchor={isRight ? "start" : "end"}>
          loss{" "}
          <tspan class="nnw-b" data-n="L">
            {three(loss)}
          </tspan>
          {isBeyond ? " (above)" : ""}
        </text>
        <text x={isRight ? atX + 14 : atX - 14} y={labelY + 16} text-anchor={isRight ? "start" : "end"}>
          slope{" "}
          <tspan class={`nnw-b ${signClass(byP)}`} data-n="dp">
            {three(byP)}
          </tspan>
        </text>
      </g>
    </>
  );
}

const lineClass = (name: LossName, isChosen: boolean) =>
  `nnw-loss-line nnw-loss-line--${name} ${isChosen ? "nnw-loss-line--now" : ""}`;

/** Which line is which, in the corner where there is none. */
function Key({ of, x }: { of: LossState; x: number }) {
  return (
    <>
      {NAMES.map((each, index) => {
        const y = TOP + 14 + 18 * index;
        return (
          <g key={each}>
            <path class={lineClass(each, each === of.name)} d={`M${x} ${y - 4}h28`} />
            <Label x={x + 36} y={y} class={each === of.name ? "nnw-b" : "nnw-2nd"}>
              {SHORT[each]}
            </Label>
          </g>
        );
      })}
    </>
  );
}
