// Two cells and their connection, presentation by presentation, and over the same axis the weight as a curve.

import { fixed } from "../../draw/format";
import { edgeAlpha, edgeDash, edgeWidth } from "../../draw/network";
import type { HebbSettings } from "../../generated/protocol";
import { Handle } from "../explorer/handle";
import { clamp, Label, linear, type Scale, ticksAt, XAxis, YAxis } from "../explorer/scene";
import { looks, Picture } from "./cells";
import { Pill } from "./pill";
import type { Learned, Patterns } from "./state";

/** So many presentations are drawn; of more, the last, or those from where you are. */
const WINDOW = 12;
export const LEFT = 52;
export const RIGHT = 14;
export const TOP = 104;
export const BOTTOM = 184;
/** Of a drawing over time, with its axis. */
export const HEIGHT = 208;
const FIRST = 34;
const SECOND = 78;
const TICKS = [1, 2, 3, 5];

/** A round number that is not below. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const decade = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const step = TICKS.find((each) => each * decade >= value * (1 - 1e-9)) ?? 10;
  return step * decade;
}

/** The scale of the weights: round, and with a part below 0 only where something is. */
function weightScale(history: readonly number[]): Scale {
  const most = roundUp(Math.max(...history.map(Math.abs)));
  const low = Math.min(...history) < -1e-9 ? -most : 0;
  return linear([low, Math.max(...history) > 1e-9 || !low ? most : 0], [BOTTOM, TOP]);
}

interface PairProps {
  width: number;
  settings: HebbSettings;
  patterns: Patterns;
  learned: Learned;
  go(moment: number): void;
}

export function Pair({ width, settings, patterns, learned, go }: PairProps) {
  const { presented, pair, silent } = settings;
  const [i, j] = pair;
  const history = learned.history(i, j);
  const total = presented.length;
  const first = Math.max(0, Math.min(total - WINDOW, learned.given - 1));
  const x = linear([first, first + WINDOW], [LEFT, width - RIGHT]);
  const drawn = history.slice(first, first + WINDOW + 1);
  const y = weightScale(drawn);
  const pitch = x(1) - x(0);
  const side = clamp(pitch - 5, [6, 18]);
  const now = learned.given;
  const times = Array.from({ length: Math.min(WINDOW, total - first) }, (_, index) => first + index + 1);
  const line = drawn.map((weight, index) => `${index ? "L" : "M"}${x(first + index)} ${y(weight)}`).join("");
  const weight = history[now] as number;
  const ticks = Array.from({ length: WINDOW / 2 + 1 }, (_, index) => first + 2 * index);
  return (
    <>
      {now > first ? (
        <rect x={x(now) - pitch / 2} y={0} width={pitch} height={BOTTOM} class="nnw-hebb-band" />
      ) : null}
      <Label x={0} y={FIRST + 4} class="nnw-t">
        cell {i + 1}
      </Label>
      <Label x={0} y={SECOND + 4} class="nnw-t">
        cell {j + 1}
      </Label>
      {times.map((time) => {
        const cells = patterns.cells[presented[time - 1] as number] ?? [];
        return (
          <g key={time} transform={`translate(${x(time)} 0)`} opacity={time > now ? 0.3 : 1}>
            <g transform="translate(-8 3)">
              <Picture cells={cells} columns={patterns.columns} size={16} />
            </g>
            <Bond weight={history[time] as number} />
            {[
              [FIRST, cells[i]],
              [SECOND, cells[j]],
            ].map(([at = 0, cell]) => (
              <rect
                key={at}
                x={-side / 2}
                y={at - side / 2}
                width={side}
                height={side}
                rx={3}
                class={looks(cell, silent)}
              />
            ))}
          </g>
        );
      })}
      <YAxis scale={y} at={LEFT} grid={width - RIGHT} apart={40} />
      <path d={`M${LEFT} ${y(0)}H${width - RIGHT}`} class="nnw-zero" />
      <XAxis scale={x} at={BOTTOM} ticks={ticksAt(ticks)} without={(at) => Math.abs(at - x(now)) < 26} />
      <path d={line} class="nnw-line" opacity={0.3} />
      <path d={line.split("L", now - first + 1).join("L")} class="nnw-line" />
      {times.map((time) => (
        <circle
          key={time}
          cx={x(time)}
          cy={y(history[time] as number)}
          r={2.5}
          class="nnw-hebb-ink"
          opacity={time > now ? 0.3 : 1}
        />
      ))}
      <path d={`M${x(now)} ${y(weight)}V${BOTTOM + 4}`} class="nnw-now-line" />
      <Handle
        label="Presentation"
        x={x(now)}
        y={BOTTOM + 12}
        value={now}
        text={`${now} of ${total}, weight ${fixed(weight, 3)}`}
        range={[0, total]}
        kind="accent"
        cursor="ew-resize"
        onMove={(spot) => go(clamp(Math.round(x.invert(spot.x)), [0, total]))}
        onStep={(right, up) => go(clamp(learned.given + Math.sign(right + up), [0, total]))}
        onEnd={(end) => go(end === "low" ? 0 : total)}
      >
        <Pill text={String(now)} n="given" />
      </Handle>
      <circle cx={x(now)} cy={y(weight)} r={5} class="nnw-hebb-now" />
      <WeightLabel
        x={x(now)}
        y={y(weight)}
        before={y(history[Math.max(first, now - 1)] as number)}
        width={width}
        weight={weight}
      />
    </>
  );
}

/** Its width says how strong it is, its dashes that it is negative. */
const Bond = ({ weight }: { weight: number }) =>
  Math.abs(weight) > 1e-9 ? (
    <path
      d={`M0 ${FIRST}V${SECOND}`}
      class={`nnw-hebb-wire ${weight < 0 ? "nnw-hebb-wire--neg" : ""}`}
      stroke-width={edgeWidth(weight)}
      stroke-dasharray={edgeDash(weight, 1).join(" ") || undefined}
      opacity={edgeAlpha(weight)}
    />
  ) : null;

interface WeightLabelProps {
  x: number;
  y: number;
  /** Where the line comes from. */
  before: number;
  width: number;
  weight: number;
}

/** Beside the point, on the side where there is room, and there above the line. */
function WeightLabel({ x, y, before, width, weight }: WeightLabelProps) {
  const text = fixed(weight, 3);
  const kind = /[1-9]/.test(text) ? (weight < 0 ? "nnw-neg" : "nnw-pos") : "";
  const isLeft = x > width - 58;
  return (
    <Label
      x={isLeft ? x - 10 : x + 10}
      y={clamp((isLeft ? Math.min(y, before) : y) - 8, [TOP, BOTTOM - 6])}
      anchor={isLeft ? "end" : "start"}
      class={`nnw-t nnw-b nnw-halo ${kind}`}
      n="weight"
    >
      {text}
    </Label>
  );
}
