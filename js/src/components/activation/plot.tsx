// The function and its derivative, with a point to move along them, others beside, and the shade where the gradient
// vanishes. The derivative shares the axes: the slope of the tangent is the height of the dashed curve.
import { useMemo } from "preact/hooks";
import { gridStep, type Range } from "../../concepts/activation";
import { fixed, significant, tickLabel } from "../../draw/format";
import { Handle, spotOf } from "../explorer/handle";
import { shortened, signClass } from "../explorer/numbers";
import { clamp, Label, linear, type Scale, Scene, Var, XAxis, YAxis } from "../explorer/scene";
import { told } from "./numbers";
import { apart, besideExits, freest, textWidth } from "./places";
import type { ActivationState, Curve } from "./state";

const HEIGHT = 340;
const TOP = 12;
const BOTTOM = 30;
/** Half the length of the tangent. */
const REACH = 84;
/** Arrow keys move by so many steps of the grid. */
const STEPS = 10;
/** A longer name would leave the picture. */
const LONGEST = 15;
/** Room that the words of a shaded range need. */
const WORDS = 118;

interface Frame {
  readonly x: Scale;
  readonly y: Scale;
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
}

function frameOf(state: ActivationState, width: number): Frame {
  const [xLow, xHigh, yLow, yHigh] = state.limits;
  const names = [`${state.label}′`, ...state.others.map(({ label }) => label)];
  const right = width - clamp(Math.max(...names.map(textWidth)) + 14, [56, 132]);
  const left = 44;
  const bottom = HEIGHT - BOTTOM;
  return {
    left,
    right,
    bottom,
    x: linear([xLow, xHigh], [left, right]),
    y: linear([yLow, yHigh], [bottom, TOP]),
  };
}

/** A curve through the points of the grid; what has no finite value leaves a gap, and a pole is no line. */
function pathOf(points: Float64Array, values: ArrayLike<number>, { x, y, bottom }: Frame): string {
  let path = "";
  let drawing = false;
  let before = Number.NaN;
  for (let i = 0; i < points.length; i++) {
    const place = y(values[i] as number);
    if ((before < TOP && place > bottom) || (before > bottom && place < TOP)) drawing = false;
    before = place;
    if (!Number.isFinite(place)) drawing = false;
    else {
      // Far outside of the picture a line may as well end.
      path += `${drawing ? "L" : "M"}${x(points[i] as number).toFixed(1)} ${clamp(place, [-2000, 2000]).toFixed(1)}`;
      drawing = true;
    }
  }
  return path;
}

export function Plot({ state }: { state: ActivationState }) {
  const { label, others } = state;
  const beside = others.length ? ` beside ${others.map((each) => each.label).join(", ")}` : "";
  return (
    <Scene height={HEIGHT} label={`${label} and its derivative${beside}`}>
      {(width, id) => <Drawing state={state} width={width} id={id} />}
    </Scene>
  );
}

function Drawing({ state, width, id }: { state: ActivationState; width: number; id: string }) {
  const frame = frameOf(state, width);
  const { x, y, left, right, bottom } = frame;
  const px = x(state.x);
  const clip = `${id}-clip`;
  return (
    <>
      <clipPath id={clip}>
        <rect x={left} y={TOP} width={right - left} height={bottom - TOP} />
      </clipPath>
      <Shades state={state} frame={frame} />
      <YAxis scale={y} at={left} grid={right} />
      <path d={`M${x(0)} ${TOP}V${bottom}`} class="nnw-zero" clip-path={`url(#${clip})`} />
      <XAxis scale={x} at={bottom} marks without={(place) => Math.abs(place - px) < 34} />
      <Label
        x={right + Math.max(12, textWidth(tickLabel(x.domain[1], 1)) / 2 + 6)}
        y={bottom + 16}
        class="nnw-t"
      >
        <Var name="x" />
      </Label>
      <g clip-path={`url(#${clip})`}>
        <Curves state={state} frame={frame} />
      </g>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the same as dragging the point, for which there are keys */}
      <rect
        x={left}
        y={TOP}
        width={right - left}
        height={bottom - TOP}
        fill="transparent"
        onClick={(event) => state.move(x.invert(spotOf(event.currentTarget, event).x))}
      />
      <Names state={state} frame={frame} />
      <Point state={state} frame={frame} clip={clip} />
      <Words state={state} frame={frame} />
    </>
  );
}

function Shades({ state, frame: { x, bottom } }: { state: ActivationState; frame: Frame }) {
  return (
    <>
      {state.ranges.map(([from, to]) => (
        <rect
          key={from}
          x={x(from)}
          y={TOP}
          width={x(to) - x(from)}
          height={bottom - TOP}
          class="nnw-vanishing"
        />
      ))}
    </>
  );
}

/** What a shade means, in the middle of it, where no curve is. */
function Words({ state, frame: { x, y, bottom } }: { state: ActivationState; frame: Frame }) {
  const { points, curve, others, ranges } = state;
  return (
    <g class="nnw-vanishing-words">
      {ranges.map(([from, to]) => {
        if (x(to) - x(from) < WORDS) return null;
        const half = (x(from) + x(to)) / 2;
        // Not on the axis, if there is room beside it.
        const isOnAxis = Math.abs(half - x(0)) < WORDS / 2 && x(0) - x(from) > WORDS;
        const middle = isOnAxis ? (x(from) + x(0)) / 2 : half;
        const near = (values: ArrayLike<number>) =>
          [-1, -0.5, 0, 0.5, 1].map((side) =>
            y(valueNear(points, values, x.invert(middle + (side * WORDS) / 2))),
          );
        const curves = [curve.values, curve.slopes, ...others.map(({ values }) => values)];
        const height = freest(curves.map(near), [TOP + 36, bottom - 36]);
        return (
          <g key={from}>
            <Label x={middle} y={height - 4} anchor="middle" class="nnw-2nd nnw-halo">
              {slopesIn(state, [from, to])}
            </Label>
            <Label x={middle} y={height + 12} anchor="middle" class="nnw-2nd nnw-halo">
              gradient vanishes
            </Label>
          </g>
        );
      })}
    </g>
  );
}

function valueNear(points: Float64Array, values: ArrayLike<number>, at: number): number {
  const [first, last] = [points[0] as number, points.at(-1) as number];
  const index = Math.round(((at - first) / (last - first)) * (points.length - 1));
  return values[clamp(index, [0, points.length - 1])] ?? Number.NaN;
}

/** "slope 0" where it is the same all over, else the bound. */
function slopesIn({ points, curve, vanishing }: ActivationState, [from, to]: Range) {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  points.forEach((point, index) => {
    if (point < from || point > to) return;
    low = Math.min(low, curve.slopes[index] as number);
    high = Math.max(high, curve.slopes[index] as number);
  });
  if (low === high) return `slope ${significant(low, 3)}`;
  return low < 0 ? `|slope| < ${significant(vanishing, 3)}` : `slope < ${significant(vanishing, 3)}`;
}

function Curves({ state, frame }: { state: ActivationState; frame: Frame }) {
  const { points, curve, others } = state;
  const { right } = frame;
  const [, , low, high] = state.limits;
  const paths = useMemo(
    () => ({
      others: others.map(({ name, values }) => ({ name, d: pathOf(points, values, frame) })),
      slopes: pathOf(points, curve.slopes, frame),
      values: pathOf(points, curve.values, frame),
    }),
    [points, curve, others, right, low, high],
  );
  return (
    <>
      {paths.others.map(({ name, d }) => (
        <path key={name} d={d} class="nnw-beside" />
      ))}
      <path d={paths.slopes} class="nnw-derivative" />
      <path d={paths.values} class="nnw-function" />
    </>
  );
}

function Names({ state, frame }: { state: ActivationState; frame: Frame }) {
  const { curve, others, points } = state;
  const { y, left, right, bottom } = frame;
  const own = shortened(curve.label, LONGEST);
  const ends = [
    { text: own, values: curve.values, strong: true },
    { text: `${own}′`, values: curve.slopes, strong: true },
    ...others.map(({ label, values }: Curve) => ({ text: shortened(label, LONGEST), values, strong: false })),
  ].map((each) => ({ ...each, y: y(lastOf(each.values)) }));
  const isInside = ({ y: height }: { y: number }) => height >= TOP - 1 && height <= bottom + 1;
  const exits = ends
    .filter((each) => !isInside(each))
    .flatMap(({ text, values }) => exitOf(text, values, points, frame) ?? []);
  return (
    <>
      {apart(ends.filter(isInside), TOP + 4, bottom).map(({ text, y: height, strong }) => (
        <Label
          key={text}
          x={right + 8}
          y={height + 4}
          class={strong ? `nnw-t ${text === own ? "nnw-b" : ""}` : "nnw-2nd"}
        >
          {text}
        </Label>
      ))}
      {besideExits(exits, left).map(({ text, x: at, edge, row }) => (
        <Label
          key={text}
          x={at}
          y={edge === "top" ? TOP + 12 + 15 * row : bottom - 6 - 15 * row}
          anchor="end"
          class={`nnw-halo ${text === own ? "nnw-b" : text.endsWith("′") ? "" : "nnw-2nd"}`}
        >
          {text}
        </Label>
      ))}
    </>
  );
}

const lastOf = (values: ArrayLike<number>) => values[values.length - 1] ?? Number.NaN;

/** Where a curve is seen last; null where it is nowhere seen. */
function exitOf(text: string, values: ArrayLike<number>, points: Float64Array, { x, y, bottom }: Frame) {
  for (let i = points.length - 1; i >= 0; i--) {
    const height = y(values[i] as number);
    if (!(height >= TOP && height <= bottom)) continue;
    const edge: "top" | "bottom" = height < (TOP + bottom) / 2 ? "top" : "bottom";
    return { text, x: x(points[i] as number), edge };
  }
  return null;
}

function Point({ state, frame, clip }: { state: ActivationState; frame: Frame; clip: string }) {
  const { value, slope, digits, points, limits } = state;
  const { x, y, bottom } = frame;
  const px = x(state.x);
  const inside = (height: number) => clamp(Number.isNaN(height) ? bottom : height, [TOP, bottom]);
  const py = inside(y(value));
  const dy = inside(y(slope));
  const text = fixed(state.x, digits);
  const pill = Math.max(44, textWidth(text) + 16);
  const move = (to: number) => state.move(clamp(to, [limits[0], limits[1]]));
  const step = STEPS * gridStep(state.grid);
  const hasValue = Number.isFinite(value);
  const hasSlope = Number.isFinite(slope);
  return (
    <>
      <path
        d={`M${px} ${bottom}V${Math.min(hasValue ? py : bottom, hasSlope ? dy : bottom)}`}
        class="nnw-plumb"
      />
      {hasValue && hasSlope ? (
        <path d={tangentOf(frame, state)} class="nnw-now-line" clip-path={`url(#${clip})`} />
      ) : null}
      {hasSlope ? <circle cx={px} cy={dy} r={4.5} class="nnw-slope-dot" /> : null}
      <Readings state={state} px={px} py={py} dy={dy} frame={frame} />
      <Handle
        label="x"
        x={px}
        y={py}
        value={state.x}
        text={`x ${text}, value ${told(value)}, slope ${told(slope)}`}
        range={[points[0] as number, points.at(-1) as number]}
        kind="accent"
        cursor="ew-resize"
        onMove={(spot) => move(x.invert(spot.x))}
        onStep={(along, up) => move(state.x + step * (along || up))}
        onEnd={(end) => move(end === "low" ? limits[0] : limits[1])}
      >
        {/* The line can be taken hold of, too. */}
        <rect
          x={-12}
          y={Math.min(0, dy - py)}
          width={24}
          height={bottom - Math.min(py, dy)}
          fill="transparent"
        />
        {hasValue ? <circle class="nnw-dot" r={6} /> : null}
        <rect x={-pill / 2} y={bottom - py} width={pill} height={22} rx={11} class="nnw-x-pill" />
        <text x={0} y={bottom - py + 15.5} text-anchor="middle" class="nnw-x-text nnw-b">
          {text}
        </text>
      </Handle>
    </>
  );
}

/** As long on screen whatever its slope is. */
function tangentOf({ x, y }: Frame, { x: at, value, slope }: ActivationState): string {
  const across = x(at + 1) - x(at);
  const up = y(value + slope) - y(value);
  const share = REACH / (Math.hypot(across, up) || 1);
  const [dx, dy] = [across * share, up * share];
  const [px, py] = [x(at), y(value)];
  return `M${px - dx} ${py - dy}L${px + dx} ${py + dy}`;
}

interface ReadingsProps {
  state: ActivationState;
  px: number;
  py: number;
  dy: number;
  frame: Frame;
}

/** Room that "slope 1.2·10⁻³" needs beside its point. */
const READING = 110;
const NEAR = 17;

/**
 * Value and slope beside their points, never on each other: the value below a curve that rises, on its right; the
 * slope likewise, or above on the left where its point is the higher one.
 */
function Readings({ state, px, py, dy, frame: { left, right, bottom } }: ReadingsProps) {
  const { value, slope } = state;
  const within = (height: number) => clamp(height, [TOP + 14, bottom - 8]);
  const canLeft = px - left > READING;
  const canRight = right - px > READING;
  const isAbove = dy < py - 4;
  // On the left too, where both would stand in the same place: over a curve that rises there is room.
  const slopeLeft = (dy < py + NEAR && canLeft) || !canRight;
  const valueLeft = !canRight;
  // At the bottom it would lie on the curve.
  let valueY = py + 21 > bottom - 8 ? within(py - 12) : within(py + 21);
  let slopeY = within(dy - 8);
  if (valueLeft === slopeLeft && Math.abs(valueY - slopeY) < 17) {
    if (isAbove) valueY = within(slopeY + 17);
    else slopeY = within(valueY + 17);
    if (Math.abs(valueY - slopeY) < 17) valueY = slopeY - 17;
  }
  return (
    <g class="nnw-readings">
      <Reading name="value" at={px} y={valueY} isLeft={valueLeft} value={value} />
      <Reading name="slope" at={px} y={slopeY} isLeft={slopeLeft} value={slope} />
    </g>
  );
}

interface ReadingProps {
  name: "value" | "slope";
  at: number;
  y: number;
  isLeft: boolean;
  value: number;
}

const Reading = ({ name, at, y, isLeft, value }: ReadingProps) => (
  <Label x={isLeft ? at - 12 : at + 12} y={y} anchor={isLeft ? "end" : "start"} class="nnw-halo">
    {name}{" "}
    <tspan class={`nnw-b ${signClass(value)}`} data-n={`${name}.drawn`}>
      {told(value, 2)}
    </tspan>
  </Label>
);
