// The energy as one cell after the other follows its connections.
import { fixed } from "../../draw/format";
import { Handle } from "../explorer/handle";
import { clamp, Label, linear, XAxis, YAxis } from "../explorer/scene";
import { BOTTOM, LEFT, RIGHT, roundUp } from "./pair";
import { Pill } from "./pill";
import type { Patterns, Recalled } from "./state";

const TOP = 8;
const SWEEPS = 2;
const UPDATES_AT_ONCE = 4;

interface EnergyProps {
  width: number;
  patterns: Patterns;
  recalled: Recalled;
  synchronous: boolean;
  go(step: number): void;
}

/** How many updates the axis has room for: whole sweeps, at least two. */
export function lengthOf({ done, end }: Recalled, count: number, synchronous: boolean): number {
  if (synchronous) return Math.max(UPDATES_AT_ONCE, done.states.length - 1);
  return Math.max(SWEEPS, Math.ceil(end / count)) * count;
}

export function Energy({ width, patterns: { count }, recalled, synchronous, go }: EnergyProps) {
  const { done, step } = recalled;
  const length = lengthOf(recalled, count, synchronous);
  const x = linear([0, length], [LEFT, width - RIGHT]);
  const most = roundUp(Math.max(...done.energies.map(Math.abs)));
  const y = linear([-most, Math.max(...done.energies) > 1e-9 ? most : 0], [BOTTOM, TOP]);
  const at = (update: number) => done.energies[Math.min(update, done.energies.length - 1)] as number;
  const lineTo = (last: number) =>
    Array.from({ length: last + 1 }, (_, update) =>
      update ? `H${x(update)}V${y(at(update))}` : `M${x(0)} ${y(at(0))}`,
    ).join("");
  const every = synchronous ? 1 : count;
  const ticks = Array.from({ length: Math.floor(length / every) + 1 }, (_, index) => index * every);
  const thin = Math.ceil(ticks.length / 8);
  const text = fixed(at(step), 1);
  const isLeft = x(step) > width - 90;
  const move = (to: number) => go(clamp(to, [0, Math.min(length, done.states.length - 1)]));
  return (
    <>
      <YAxis scale={y} at={LEFT} grid={width - RIGHT} apart={44} />
      <XAxis
        scale={x}
        at={BOTTOM}
        grid={TOP}
        ticks={ticks
          .filter((_, index) => index % thin === 0)
          .map((value) => ({ value, label: String(value) }))}
        without={(place) => Math.abs(place - x(step)) < 26}
      />
      <path d={lineTo(length)} class="nnw-line" opacity={0.3} />
      <path d={lineTo(step)} class="nnw-line" />
      <path d={`M${x(step)} ${y(at(step))}V${BOTTOM + 4}`} class="nnw-now-line" />
      <Handle
        label="Update"
        x={x(step)}
        y={BOTTOM + 12}
        value={step}
        text={`${step}, energy ${text}`}
        range={[0, Math.min(length, done.states.length - 1)]}
        kind="accent"
        cursor="ew-resize"
        onMove={(spot) => move(Math.round(x.invert(spot.x)))}
        onStep={(right, up) => move(step + Math.sign(right + up))}
        onEnd={(end) => move(end === "low" ? 0 : length)}
      >
        <Pill text={String(step)} n="step" />
      </Handle>
      <circle cx={x(step)} cy={y(at(step))} r={5} class="nnw-hebb-now" />
      <Label
        x={isLeft ? x(step) - 10 : x(step) + 10}
        y={clamp(y(at(step)) - 8, [TOP + 14, BOTTOM - 8])}
        anchor={isLeft ? "end" : "start"}
        class="nnw-t nnw-b nnw-halo"
        n="energy"
      >
        {text}
      </Label>
    </>
  );
}
