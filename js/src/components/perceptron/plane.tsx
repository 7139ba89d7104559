// The plane: the two halves that the line makes of it, the samples, and the one at hand.
import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { rampCss } from "../../draw/colour";
import { sizeCanvas } from "../../draw/field";
import { lineAcross, positiveHalf, type Spot, type Weights } from "../../draw/halves";
import { countWrong, drawLoosePoints, drawPoints } from "../../draw/points";
import type { CrossingTrait, DataTrait, SeparationTrait } from "../../generated/protocol";
import { readTriples } from "../../model/binary";
import { PlaneAxes } from "../axes";
import { Chip, Chips } from "../chips";
import { Var } from "../explorer/scene";
import { px } from "../geometry";
import { labelsOf, type Shown } from "../map";
import { className } from "../names";
import { Pad, takeModeKey } from "../pad";
import { DrawingActions, Palette } from "../palette";
import { TitleRow } from "../panel";
import { followable, type Marks, usePerceptron, usePicture, useSeparation } from "./view";

/** How strongly the halves are tinted: there are no shades between them. */
const SIDE = 0.62;
const ARROW = 44;
const HEAD = 6;
/** So near to the edge an arrow has no room. */
const EDGE = 10;

type Place = (spot: Spot) => Spot;

function placesOf({ x_range: [left, right], y_range: [low, high] }: DataTrait, size: number): Place {
  return ([x, y]) => [((x - left) / (right - left)) * size, ((high - y) / (high - low)) * size];
}

const rangesOf = ({ x_range, y_range }: DataTrait) => ({ xRange: x_range, yRange: y_range });

const written = (spots: readonly Spot[]) =>
  spots.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L");
const path = (spots: readonly Spot[], place: Place) => (spots.length ? `M${written(spots.map(place))}` : "");
const area = (spots: readonly Spot[], place: Place) => (spots.length ? `${path(spots, place)}Z` : "");

export function PlaneZone() {
  const view = usePerceptron();
  const { easel, geometry, drawing, marks } = view;
  const data = usePicture((scene) => scene.data);
  const size = geometry.value.plot;
  const points = useMemo(() => readTriples(data.points), [data]);
  const shown = useSignal<Shown>({ train: true, test: true, wrong: true });
  const visible = shown.value;
  const wrong = useSignal(0);
  const canvas = useRef<HTMLCanvasElement>(null);
  const draws = drawing.on.value;
  const separation = useSeparation();
  const outside = usePicture(
    (_, frame) => frame?.weights && !lineAcross(frame.weights, rangesOf(data)),
    [data],
  );

  useEffect(() => {
    const context = canvas.current && sizeCanvas(canvas.current, size, size);
    if (!context) return;
    return easel.onPaint((scene, theme) => {
      if (scene.data !== data) return;
      const bits = scene.frame?.wrong ?? null;
      wrong.value = countWrong(bits, data.shown_train + data.shown_test);
      const sketch = drawing.sketch(data);
      const plane = { ...rangesOf(data), width: size, height: size };
      const labels = labelsOf(data);
      const train = data.shown_train;
      context.clearRect(0, 0, size, size);
      drawPoints(
        context,
        { xy: points, train, wrong: bits, labels, shown: visible, faint: sketch.replacing },
        plane,
        theme,
      );
      if (sketch.points.length)
        drawLoosePoints(context, sketch.points, { ...labels, classes: sketch.classes }, plane, theme);
    });
  }, [easel, drawing, data, points, size, visible]);

  return (
    <section
      class="nnw-out"
      aria-label="Plane"
      onKeyDown={(event) => {
        if (!draws || !takeModeKey(event, drawing)) return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <TitleRow title="Plane" note={outside ? "the line is outside of the picture" : undefined}>
        {draws ? (
          <DrawingActions />
        ) : (
          <span class="nnw-2nd nnw-s nnw-end">
            line: <var>z</var> = 0
          </span>
        )}
      </TitleRow>
      {draws ? <Palette /> : <Legend data={data} />}
      <div class="nnw-plot" style={{ width: px(size), height: px(size + 24) }}>
        <Under data={data} size={size} separation={separation} />
        <canvas ref={canvas} role="img" aria-label={spoken(data)} />
        <Over data={data} size={size} separation={separation} points={points} />
        <PlaneAxes data={data} size={size} />
        {draws ? <Pad data={data} size={size} /> : null}
      </div>
      <Chips shown={visible} wrong={wrong} onChange={(next) => (shown.value = next)}>
        <ReasonChip separation={separation} marks={marks.value} />
      </Chips>
    </section>
  );
}

const spoken = ({ axes, feature_names }: DataTrait) =>
  `Samples over ${axes.map((column) => feature_names[column]).join(" and ")}`;

const MARKS = {
  margin: (
    <>
      <path d="M1 10 10 1M3 12 12 3" stroke="var(--nnw-ink-2)" stroke-dasharray="2 2" />
      <path d="M2 11 11 2" stroke="var(--nnw-ink-2)" stroke-width="1.5" />
    </>
  ),
  crossing: <path d="M1.5 1.5 11.5 11.5M11.5 1.5 1.5 11.5" stroke="var(--nnw-ink-2)" stroke-width="1.5" />,
};
const MEANS = {
  margin: "The line with the largest margin, and the margin on either side",
  crossing: "Why no line separates the classes: a place that is between samples of either",
};

/** What shows why the rule ends, or why it does not. */
function ReasonChip({ separation, marks }: { separation: SeparationTrait | null; marks: Marks }) {
  const view = usePerceptron();
  if (!separation) return null;
  const kind = separation.separable ? "margin" : "crossing";
  return (
    <Chip
      on={marks[kind]}
      mark={MARKS[kind]}
      title={MEANS[kind]}
      onClick={() => {
        view.marks.value = { ...marks, [kind]: !marks[kind] };
      }}
    >
      {kind}
    </Chip>
  );
}

function Legend({ data }: { data: DataTrait }) {
  const { easel } = usePerceptron();
  const { fieldRamp } = easel.theme.value;
  const names = data.class_names.map(className);
  const half = (sign: 1 | -1, means: JSX.Element) => (
    <span>
      <i class="nnw-swatch" style={{ background: rampCss(fieldRamp, sign * SIDE) }} />
      {means}
    </span>
  );
  const line = (kind: string, name: string) => (
    <span>
      <svg width="22" height="8" aria-hidden="true">
        <path class={`nnw-line-${kind}`} d="M1 4H21" />
      </svg>
      {name}
    </span>
  );
  return (
    <div class="nnw-plane-legend">
      <div>
        {half(
          -1,
          <>
            <var>z</var> ≤ 0: {names[0]}
          </>,
        )}
        {half(
          1,
          <>
            <var>z</var> {">"} 0: {names[1]}
          </>,
        )}
      </div>
      <div>
        {line("now", "now")}
        {line("next", "after this sample")}
        {line("before", "before")}
      </div>
    </div>
  );
}

interface LayerProps {
  data: DataTrait;
  size: number;
  separation: SeparationTrait | null;
}

/** Below the samples: the halves, and all lines. */
function Under({ data, size, separation }: LayerProps) {
  const view = usePerceptron();
  const { fieldRamp } = view.easel.theme.value;
  const frame = usePicture((scene) => (scene.data === data ? scene.frame : null), [data]);
  const follows = useComputed(() => followable(view).value).value;
  const ranges = rangesOf(data);
  const place = placesOf(data, size);
  const weights = frame?.weights;
  const stroke = (of: Weights | null | undefined, kind: string) => {
    const ends = of && lineAcross(of, ranges);
    return ends ? <path class={`nnw-line-${kind}`} d={path(ends, place)} /> : null;
  };
  const moves = follows && frame?.hand?.change.some((value) => value !== 0);
  return (
    <svg width={size} height={size} class="nnw-halves" aria-hidden="true">
      {weights ? (
        <>
          <rect width={size} height={size} fill={rampCss(fieldRamp, -SIDE)} />
          <path
            class="nnw-half"
            d={area(positiveHalf(weights, ranges), place)}
            fill={rampCss(fieldRamp, SIDE)}
          />
        </>
      ) : null}
      {view.marks.value.margin && separation?.line ? (
        <Margin line={separation.line} margin={separation.margin ?? 0} data={data} place={place} />
      ) : null}
      {follows ? stroke(frame?.trace, "before") : null}
      {stroke(weights, "now")}
      {moves ? stroke(frame?.hand?.after, "next") : null}
    </svg>
  );
}

interface MarginProps {
  line: Weights;
  margin: number;
  data: DataTrait;
  place: Place;
}

/** The widest street between the classes, as it is in the space of (x1, x2, 1). */
function Margin({ line: [w1, w2, b], margin, data, place }: MarginProps) {
  const ranges = rangesOf(data);
  const beside = [margin, -margin].map((shift): Weights => [w1, w2, b + shift]);
  const street = beside.map((weights) => area(positiveHalf(weights, ranges), place)).join("");
  return (
    <g class="nnw-margin">
      <path class="nnw-street" d={street} fill-rule="evenodd" />
      {[...beside, [w1, w2, b] as Weights].map((weights, index) => {
        const ends = lineAcross(weights, ranges);
        return ends ? (
          <path key={index} d={path(ends, place)} data-middle={index === 2 || undefined} />
        ) : null;
      })}
    </g>
  );
}

/** Above the samples: where the weight vector points, the sample at hand, and why there is no line. */
function Over({ data, size, separation, points }: LayerProps & { points: Float32Array }) {
  const view = usePerceptron();
  const frame = usePicture((scene) => (scene.data === data ? scene.frame : null), [data]);
  const follows = useComputed(() => followable(view).value).value;
  const place = placesOf(data, size);
  const { hand, weights } = frame ?? {};
  const spot = hand && place(hand.x);
  const crossing = view.marks.value.crossing ? separation?.crossing : null;
  return (
    <svg width={size} height={size} class="nnw-over" aria-hidden="true">
      {crossing ? <Crossing crossing={crossing} points={points} place={place} /> : null}
      {weights ? <Normal weights={weights} data={data} size={size} /> : null}
      {spot && follows ? (
        <g class="nnw-hand" transform={`translate(${spot[0].toFixed(2)} ${spot[1].toFixed(2)})`}>
          <circle r="11" class="nnw-hand-halo" />
          <circle r="11" />
        </g>
      ) : null}
    </svg>
  );
}

/** An arrow upright on the line, to the side where z is positive. */
function Normal({ weights, data, size }: { weights: Weights; data: DataTrait; size: number }) {
  const place = placesOf(data, size);
  const ends = lineAcross(weights, rangesOf(data));
  if (!ends) return null;
  const [[ax, ay], [bx, by]] = ends.map(place) as [Spot, Spot];
  // Upright in pixels, towards where the sum grows.
  const along = Math.hypot(bx - ax, by - ay) || 1;
  const [nx, ny] = [(by - ay) / along, -(bx - ax) / along];
  const [sx, sy] = [
    weights[0] / (data.x_range[1] - data.x_range[0]),
    -weights[1] / (data.y_range[1] - data.y_range[0]),
  ];
  const side = nx * sx + ny * sy < 0 ? -1 : 1;
  const [ux, uy] = [side * nx, side * ny];
  const isInside = (x: number, y: number) => Math.min(x, y, size - x, size - y) > EDGE;
  const reach = ARROW + 18;
  const share = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8].find((part) =>
    isInside(ax + part * (bx - ax) + reach * ux, ay + part * (by - ay) + reach * uy),
  );
  if (share === undefined) return null;
  const [x, y] = [ax + share * (bx - ax), ay + share * (by - ay)];
  const [tx, ty] = [x + ARROW * ux, y + ARROW * uy];
  const head = [
    [tx - HEAD * ux - 0.7 * HEAD * uy, ty - HEAD * uy + 0.7 * HEAD * ux],
    [tx, ty],
    [tx - HEAD * ux + 0.7 * HEAD * uy, ty - HEAD * uy - 0.7 * HEAD * ux],
  ] as const;
  const d = `M${written([
    [x, y],
    [tx, ty],
  ])}M${written(head)}`;
  return (
    <g class="nnw-normal">
      <path class="nnw-normal-halo" d={d} />
      <path d={d} />
      <text x={tx + 11 * ux} y={ty + 11 * uy + 4} text-anchor="middle">
        <Var name="w" />
      </text>
    </g>
  );
}

interface CrossingProps {
  crossing: CrossingTrait;
  points: Float32Array;
  place: Place;
}

/** Between samples of one class lies a place that is also between samples of the other. */
function Crossing({ crossing, points, place }: CrossingProps) {
  const hull = (label: number): Spot[] =>
    crossing.samples
      .filter((index) => points[3 * index + 2] === label)
      .map((index): Spot => [points[3 * index] as number, points[3 * index + 1] as number]);
  const [x, y] = place(crossing.place);
  return (
    <g class="nnw-crossing">
      {[0, 1].map((label) => (
        <path key={label} class={label ? "nnw-crossing-1" : "nnw-crossing-0"} d={area(hull(label), place)} />
      ))}
      <g transform={`translate(${x.toFixed(2)} ${y.toFixed(2)})`}>
        <path class="nnw-normal-halo" d="M-5 -5L5 5M5 -5L-5 5" />
        <path d="M-5 -5L5 5M5 -5L-5 5" />
      </g>
    </g>
  );
}
