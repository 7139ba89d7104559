// The walk as a line with a name for every stop: where it is, and how to get anywhere. Of hundreds of stops only those
// beside the present one are named, under a lens.

import { useRef } from "preact/hooks";
import { spotOf } from "../explorer/handle";
import { Scene } from "../explorer/scene";
import { giveFocus } from "../focus";
import type { Level, Pass } from "./pass";
import { type Places, placesOf, type Run, runsOf, spreadOf, widthOf } from "./places";
import type { Walk } from "./play";
import { type Phase, phasesOf, type Shown } from "./state";
import { countOf, PHASE_NAMES, stopName, symbolAt } from "./stops";
import { spoken, Written } from "./symbols";

const HEIGHT = 60;
/** Of the headings, the axis, and the names. */
const [TOP, AXIS, NAMES] = [14, 26.5, 48];
const PILL = { top: 32, height: 24, least: 40 };
/** Under the lens: stops on either side, fewer with long names, and how far apart they are at least. */
const LENS = { side: 4, few: 3, pitch: 44, gap: 20 };
/** Stops that are nearer to each other than this are lines, no dots. */
const DOTTED = 12;

interface StepLineProps {
  shown: Shown;
  walk: Walk;
}

export function StepLine({ shown, walk }: StepLineProps) {
  const pointer = useRef<number | null>(null);
  const { at, steps, go } = shown;
  return (
    <div class="nnw-bp-line">
      <Scene height={HEIGHT} label="Steps of the pass">
        {(width) => {
          const places = placesOf(phasesOf(steps), width);
          const follow = (event: PointerEvent) => {
            const to = places.nearest(spotOf(event.currentTarget as SVGElement, event).x);
            if (to !== at) go(to);
          };
          return (
            <g
              class="nnw-bp-scrubber"
              role="slider"
              tabindex={0}
              aria-label="Step"
              aria-valuemin={1}
              aria-valuemax={steps.length}
              aria-valuenow={at + 1}
              aria-valuetext={`step ${at + 1} of ${steps.length}, ${spokenStop(shown)}`}
              onTouchStart={(event) => event.preventDefault()}
              onPointerDown={(event) => {
                if (event.button || pointer.current !== null) return;
                pointer.current = event.pointerId;
                event.currentTarget.setPointerCapture?.(event.pointerId);
                giveFocus(event.currentTarget);
                event.preventDefault(); // no text is marked
                shown.playing.value = false;
                follow(event);
              }}
              onPointerMove={(event) => {
                if (pointer.current === event.pointerId) follow(event);
              }}
              onLostPointerCapture={() => {
                pointer.current = null;
              }}
              onPointerUp={() => {
                pointer.current = null;
              }}
              onKeyDown={(event) => {
                if (event.ctrlKey || event.metaKey || event.altKey) return;
                const act = keysOf(shown, walk)[event.shiftKey ? `Shift ${event.key}` : event.key];
                if (!act) return;
                act();
                event.preventDefault();
              }}
            >
              <rect width={width} height={HEIGHT} fill="transparent" />
              <Headings shown={shown} places={places} width={width} />
              {isRoomy(shown, places) ? (
                <Names shown={shown} places={places} />
              ) : (
                <Lens shown={shown} places={places} width={width} />
              )}
              <Axis shown={shown} places={places} />
            </g>
          );
        }}
      </Scene>
    </div>
  );
}

/** At the last stop the line ends: another pass is not on it. */
function keysOf({ at, go }: Shown, walk: Walk): Partial<Record<string, () => void>> {
  const [on, back] = [() => go(at + 1), () => go(at - 1)];
  const [next, previous] = [() => walk.isLast || walk.phase(1), () => walk.phase(-1)];
  return {
    ArrowRight: on,
    ArrowUp: on,
    ArrowLeft: back,
    ArrowDown: back,
    "Shift ArrowRight": next,
    "Shift ArrowLeft": previous,
    PageUp: next,
    PageDown: previous,
    Home: walk.start,
    End: walk.end,
  };
}

const spokenStop = (shown: Shown) => {
  const symbol = symbolAt(shown.pass, shown.level, shown.step);
  return stopName(shown, symbol ? spoken(symbol) : "");
};

/** Whether each stop has room for its name. */
const isRoomy = ({ pass, level, steps }: Shown, { pitch }: Places) =>
  steps.every((step) => widthOf(pass, level, step) + 6 <= pitch);

interface PartProps {
  shown: Shown;
  places: Places;
}

/** What is derived is said once, for all of them. */
const BACKWARD_NOTE = "∂L/∂ …";
const HEADING_WIDTHS: Record<Phase, number> = { forward: 60, loss: 34, backward: 74, update: 56 };

function Headings({ shown, places, width }: PartProps & { width: number }) {
  let free = 0;
  const headings = places.phases.map(({ phase, x }, index) => {
    const size = HEADING_WIDTHS[phase];
    const isLast = index === places.phases.length - 1;
    const left = isLast ? Math.min(Math.max(x, free), width - size) : Math.max(x, free);
    free = left + size + 8;
    return { phase, left, right: left + size };
  });
  return (
    <g>
      {headings.map(({ phase, left, right }, index) => (
        <g key={phase}>
          <text x={left} y={TOP} class={`nnw-t ${phase === shown.step.phase ? "nnw-b" : "nnw-2nd"}`}>
            {PHASE_NAMES[phase]}
          </text>
          {phase === "backward" && (headings[index + 1]?.left ?? width) > right + 56 ? (
            <text x={right + 8} y={TOP} class="nnw-2nd">
              {BACKWARD_NOTE}
            </text>
          ) : null}
        </g>
      ))}
    </g>
  );
}

function Axis({ shown: { at, steps }, places }: PartProps) {
  const now = places.x(at);
  const dotted = places.pitch >= DOTTED;
  return (
    <g class="nnw-bp-line-axis">
      {places.phases.map(({ phase, x, end, to }) => (
        <g key={phase}>
          <path class="is-ahead" d={`M${x} ${AXIS}H${end}`} />
          {now > x ? <path class="is-done" d={`M${x} ${AXIS}H${at >= to ? end : now}`} /> : null}
        </g>
      ))}
      {steps.map((step, stop) =>
        stop === at ? null : dotted ? (
          <circle key={stop} class={stop < at ? "is-done" : "is-ahead"} cx={places.x(stop)} cy={AXIS} r="3" />
        ) : step.group !== steps[stop - 1]?.group || step.kind !== steps[stop - 1]?.kind ? (
          <path
            key={stop}
            class={stop < at ? "is-done" : "is-ahead"}
            d={`M${places.x(stop) - places.pitch / 2} ${AXIS - 4}v8`}
          />
        ) : null,
      )}
      <path class="is-now" d={`M${now} ${AXIS - 8.5}V${AXIS + 6}`} />
    </g>
  );
}

/** Whatever a stop is about. */
function StopText({ pass, level, step }: { pass: Pass; level: Level; step: Shown["step"] }) {
  if (step.kind === "all") return <>all {countOf(pass)}</>;
  if (step.kind === "part") return <>{pass.parts[step.index]?.sign}</>;
  const symbol = symbolAt(pass, level, step);
  return symbol ? <Written symbol={symbol} /> : null;
}

interface NameProps {
  shown: Shown;
  stop: number;
  x: number;
}

function Name({ shown: { pass, level, steps, at }, stop, x }: NameProps) {
  const step = steps[stop];
  if (!step) return null;
  const width = Math.max(PILL.least, widthOf(pass, level, step) + 14);
  const box = (margin: number) => ({
    x: x - width / 2 - margin,
    y: PILL.top - margin,
    width: width + 2 * margin,
    height: PILL.height + 2 * margin,
    rx: PILL.height / 2 + margin,
  });
  const isNow = stop === at;
  return (
    <>
      {isNow ? (
        <>
          <rect class="nnw-bp-stop-pill" {...box(0)} />
          <rect class="nnw-bp-stop-ring" {...box(3)} />
        </>
      ) : null}
      <text
        x={x}
        y={NAMES}
        text-anchor="middle"
        class={`nnw-t ${isNow ? "nnw-b nnw-bp-stop-now" : stop < at ? "" : "nnw-2nd"}`}
      >
        <StopText pass={pass} level={level} step={step} />
      </text>
    </>
  );
}

const Names = ({ shown, places }: PartProps) => (
  <g>
    {shown.steps.map((_, stop) =>
      stop === shown.at ? null : <Name key={stop} shown={shown} stop={stop} x={places.x(stop)} />,
    )}
    <Name shown={shown} stop={shown.at} x={places.x(shown.at)} />
  </g>
);

/** The stops beside the present one, spread; and the names of what there are many stops of. */
function Lens({ shown, places, width }: PartProps & { width: number }) {
  const { at, steps, pass, level } = shown;
  const pitch = Math.max(LENS.pitch, LENS.gap + Math.max(...steps.map((step) => widthOf(pass, level, step))));
  const { first, count, left } = spreadOf(at, steps.length, {
    x: places.x(at),
    width,
    pitch,
    side: pitch > LENS.pitch + 4 ? LENS.few : LENS.side,
  });
  const wide = count * pitch;
  const x = (stop: number) => left + (stop - first + 0.5) * pitch;
  const [from, to] = [places.x(first), places.x(first + count - 1)];
  return (
    <g>
      <path
        class="nnw-bp-line-lens"
        d={`M${from} ${AXIS + 1}L${left} ${PILL.top}v${PILL.height}h${wide}V${PILL.top}L${to} ${AXIS + 1}Z`}
      />
      <path class="nnw-bp-line-stem" d={`M${places.x(at)} ${AXIS}L${x(at)} ${PILL.top}`} />
      {namesBeside(runsOf(shown, places), left, left + wide).map(({ x: middle, run, symbol }) => (
        <text key={run} x={middle} y={NAMES} text-anchor="middle" class="nnw-2nd">
          <Written symbol={symbol} />
        </text>
      ))}
      {Array.from({ length: count }, (_, index) => first + index).map((stop) => (
        <Name key={stop} shown={shown} stop={stop} x={x(stop)} />
      ))}
    </g>
  );
}

/** Of the names of runs those that have room, outside of the lens. */
function namesBeside(runs: readonly Run[], from: number, to: number): readonly Run[] {
  let free = 0;
  return runs.filter(({ x, width }) => {
    const [left, right] = [x - width / 2, x + width / 2];
    if (left < free || (right > from - 4 && left < to + 4)) return false;
    free = right + 12;
    return true;
  });
}
