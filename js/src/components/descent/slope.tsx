// A curve from the side: the ball on it, its tangent and its next step; under it, on the same axis, where every
// optimizer was at every step.
import { useMemo } from "preact/hooks";
import type { Run } from "../../concepts/descent";
import type { Point } from "../../concepts/surfaces";
import { fixed } from "../../draw/format";
import { Handle } from "../explorer/handle";
import { clamp, curve, Label, linear, Scene, Var, XAxis, YAxis } from "../explorer/scene";
import { type Box, boxOf, Ends, endsOf } from "./ends";
import { Dots, decimals, heightAt, inOrder, NextStep } from "./map";
import { DASHES, type Descent } from "./state";

const [LEFT, RIGHT, TOP] = [40, 8, 8];
const FAR = 3000;
/** The time below the curve, and what is between them and below. */
const [GAP, TIME, FOOT] = [42, 88, 12];
const TANGENT = 64;

export function Curve1D({ descent }: { descent: Descent }) {
  return (
    <Scene height={heightAt} label="Curve of the loss">
      {(width, id) => (
        <Drawing descent={descent} width={width} high={heightAt(width) - TOP - GAP - TIME - FOOT} id={id} />
      )}
    </Scene>
  );
}

function heights({
  evaluate,
  window: [[low, high] = [0, 1]],
}: Descent["surface"]): readonly [number, number] {
  const losses = Array.from(
    { length: 201 },
    (_, index) => evaluate([low + ((high - low) * index) / 200])?.loss,
  ).filter((loss): loss is number => loss !== undefined && Number.isFinite(loss));
  const [least, most] = [Math.min(...losses), Math.max(...losses)];
  const room = (most - least || 1) * 0.07;
  return [least - room, most + room];
}

interface DrawingProps {
  descent: Descent;
  width: number;
  /** Of the curve. */
  high: number;
  id: string;
}

function Drawing({ descent, width, high, id }: DrawingProps) {
  const { surface, store, start, chosen, run, place, step, steps, runs } = descent;
  const [window] = surface.window as [readonly [number, number]];
  const range = useMemo(() => heights(surface), [surface]);
  const x = linear(window, [LEFT, width - RIGHT]);
  const y = linear(range, [TOP + high, TOP]);
  const time = linear([0, Math.max(1, steps)], [TOP + high + GAP, TOP + high + GAP + TIME]);
  const bound = (value: number, [from, to]: readonly [number, number]) =>
    clamp(value, [Math.min(from, to) - FAR, Math.max(from, to) + FAR]);
  const on = ([w = 0]: Point): readonly [number, number] => [
    bound(x(w), x.range),
    bound(y(surface.evaluate([w])?.loss ?? range[1]), y.range),
  ];
  const digits = decimals(window);
  const move = (w: number) => store.set({ start: [clamp(Number(w.toFixed(digits)), window)] });
  const here = run.path[place] as Point;
  const update = run.updates[place];
  const ball = on(here);
  const next = on(update?.weights as Point);
  const slope = ((update?.slope[0] ?? 0) * (y(1) - y(0))) / (x(1) - x(0));
  const reach = TANGENT / Math.hypot(1, slope);
  const [w = 0] = start;
  const clip = `url(#${id}-curve)`;
  const startAt = on(start);
  const now = time(step);
  const startLabel = {
    x: clamp(startAt[0], [LEFT + 20, width - RIGHT - 20]),
    y: startAt[1] + (startAt[1] < TOP + 24 ? 22 : -12),
  };
  const taken: Box[] = [
    boxOf("L", LEFT + 6, TOP + 10),
    boxOf("w", width - RIGHT, TOP + high - 8, "end"),
    ...(step ? [boxOf("start", startLabel.x, startLabel.y, "middle")] : []),
  ];
  return (
    <>
      <clipPath id={`${id}-curve`}>
        <rect x={LEFT} y={TOP} width={width - LEFT - RIGHT} height={high} />
      </clipPath>
      <clipPath id={`${id}-time`}>
        <rect x={LEFT} y={time(0) - 2} width={width - LEFT - RIGHT} height={TIME + 4} />
      </clipPath>
      <YAxis scale={y} at={LEFT} grid={width - RIGHT} apart={44} />
      <XAxis scale={x} at={TOP + high} marks />
      <path class="nnw-zero" d={`M${LEFT} ${TOP + high}H${width - RIGHT}`} />
      <Label x={LEFT + 6} y={TOP + 10} class="nnw-t nnw-halo">
        <Var name="L" />
      </Label>
      <Label x={width - RIGHT} y={TOP + high - 8} anchor="end" class="nnw-t nnw-halo">
        <Var name="w" />
      </Label>
      <g clip-path={clip}>
        <path class="nnw-line" d={curve((at) => surface.evaluate([at])?.loss ?? Number.NaN, x, y)} />
        {surface.minima.map((point) => {
          const [px, py] = on(point);
          return <path key={point.join()} class="nnw-minimum" d={`M${px} ${py + 4}v9`} />;
        })}
        {Number.isFinite(slope) ? (
          <path
            class="nnw-tangent"
            d={`M${ball[0] - reach} ${ball[1] - slope * reach}L${ball[0] + reach} ${ball[1] + slope * reach}`}
          />
        ) : null}
        <Dots places={run.path.slice(0, place).map(on)} />
        {/* Along w goes the step; the loss follows. */}
        <NextStep from={ball} to={[next[0], ball[1]]} />
        <path class="nnw-run-drop" d={`M${next[0]} ${ball[1]}V${next[1]}`} />
      </g>
      <Ends store={store} ends={endsOf(descent, on, [LEFT, TOP, width - RIGHT, TOP + high], taken)} />
      <Handle
        label="Start"
        cursor="ew-resize"
        x={startAt[0]}
        y={startAt[1]}
        value={w}
        range={window}
        text={fixed(w, digits)}
        onMove={(spot) => move(x.invert(spot.x))}
        onStep={(right, up) => move(w + ((right || up) * (window[1] - window[0])) / 50)}
        onEnd={(end) => move(end === "low" ? window[0] : window[1])}
      >
        <circle class="nnw-start" r={4.5} />
      </Handle>
      {step ? (
        <Label {...startLabel} anchor="middle" class="nnw-2nd nnw-halo">
          start
        </Label>
      ) : null}
      <YAxis
        scale={time}
        at={LEFT}
        ticks={[0, steps].map((value) => ({ value, label: String(value) }))}
        without={(at) => Math.abs(at - now) < 14}
      />
      <text class="nnw-now-text" x={LEFT - 8} y={now + 4} text-anchor="end">
        {step}
      </text>
      <path class="nnw-now-line" d={`M${LEFT} ${now}H${width - RIGHT}`} />
      <Label x={width - RIGHT} y={time(0) - 6} anchor="end" class="nnw-xs">
        w at every step, of all five
      </Label>
      <g clip-path={`url(#${id}-time)`}>
        {inOrder(chosen).map((name) => {
          const { path } = runs[name] as Run;
          const d = `M${path.map(([at = 0], index) => `${bound(x(at), x.range).toFixed(1)} ${time(index).toFixed(1)}`).join("L")}`;
          const isChosen = name === chosen;
          return (
            <g key={name} data-path={name}>
              {isChosen ? <path class="nnw-run-ground" d={d} /> : null}
              <path class={`nnw-run ${isChosen ? "is-chosen" : ""}`} d={d} stroke-dasharray={DASHES[name]} />
            </g>
          );
        })}
      </g>
      {step <= run.path.length - 1 ? (
        <circle class="nnw-run-end is-chosen" cx={ball[0]} cy={now} r={5} />
      ) : null}
    </>
  );
}
