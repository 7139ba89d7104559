// A learning curve over epochs, on two canvases: axes and lines, and over them what the pointer is at.
import { clearCanvas, sizeCanvas } from "./canvas";
import type { Theme } from "./colour";
import { drawAxes, drawDot, shortened, verticalLine } from "./curve-axes";
import {
  type Column,
  type CurveData,
  type CurveKind,
  epochsOfSteps,
  isNewRun,
  lastEpoch,
  NO_DATA,
  nearestRow,
  type PinnedCurve,
  type Range,
  stepBand,
} from "./curve-data";
import { type CurveView, drawBand, drawLine, type Line, linesOf, WHOLE_RUN } from "./curve-lines";
import {
  type Axes,
  type CurveLimits,
  epochAt,
  limitsFor,
  rowBefore,
  xAt,
  yAt,
  zoomedLimits,
} from "./curve-scale";
import { type CurveValues, stopsOf, valuesAt } from "./curve-values";
import { placeEnds } from "./labels";

export { type CurveData, type CurveKind, NO_DATA, type PinnedCurve, type Range } from "./curve-data";
export { type CurveView, PIN_DASHES, TEST_DASH, WHOLE_RUN } from "./curve-lines";
export type { CurveValues } from "./curve-values";

export interface CurveOptions {
  readonly kind: CurveKind;
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
}

export interface Curve {
  /** Draws the data, at once. The columns may be views that change later. */
  update(data: CurveData, view?: CurveView): void;
  resize(width: number, height: number): void;
  setTheme(theme: Theme): void;
  /** Marks one of the stops, or none; says what was measured there. */
  point(stop: number | null): CurveValues | null;
  /** Shows what is being chosen, from one pixel to another. */
  select(pixels: Range | null): void;
  /** The epochs that there are numbers at. */
  stops(): readonly number[];
  epochAt(pixel: number): number;
  pixelAt(epoch: number): number;
  /** The epochs that are shown, and where they lie. */
  axes(): Axes;
  destroy(): void;
}

/** Beside the plotting area, at a tick size of 11 px. */
const MARGIN = { top: 10, right: 56, bottom: 26, left: 42 } as const;
/** What of a run's name tells it from the others: the whole has no room beside its line. */
function ownPart(name: string, all: readonly string[]): string {
  const parts = all.map((each) => each.split(" · "));
  const own = name.split(" · ").filter((part) => !parts.every((others) => others.includes(part)));
  return own.join(" · ") || name;
}

/** Between the end of a line and its name. */
const NAME_GAP = 6;
const HALO = 3;
const FADED = 0.3;

export function makeCurve(element: HTMLElement, options: CurveOptions): Curve {
  const { kind } = options;
  let { theme, width, height } = options;
  let data: CurveData = NO_DATA;
  let view: CurveView = WHOLE_RUN;
  let limits: CurveLimits = limitsFor(kind, NO_DATA, null);
  let zoomed: Range | null = null;
  let reached = 0;
  let stepXs: Column | null = null;
  let lines: readonly Line[] = [];
  let pointed: number | null = null;
  let selected: Range | null = null;

  const [below, above] = [document.createElement("canvas"), document.createElement("canvas")];
  for (const canvas of [below, above]) canvas.setAttribute("aria-hidden", "true");
  element.append(below, above);

  function axes(): Axes {
    const unit = theme.textXs / 11;
    const log = view.log && limits.log !== null;
    return {
      x: view.zoom ?? [0, limits.x],
      y: (view.zoom ? zoomed : null) ?? (log ? (limits.log as Range) : limits.y),
      log,
      left: MARGIN.left * unit,
      top: MARGIN.top,
      width: Math.max(1, width - (MARGIN.left + MARGIN.right) * unit),
      height: Math.max(1, height - MARGIN.top - MARGIN.bottom * unit),
    };
  }

  function draw(): void {
    const context = sizeCanvas(below, width, height);
    clearCanvas(context);
    context.font = `${theme.textXs}px ${theme.fontFamily}`;
    const place = axes();
    drawAxes(context, place, kind, theme, width);
    // The name of a run that is shorter must not hide the present one.
    const names = namesOf(context, place);
    drawPinned(context, place);
    drawNames(context, names, true);
    drawOwn(context, place);
    drawNames(context, names, false);
    // While a long run goes on, it is where the data end.
    const now = view.now ?? (data.long && view.planned !== null && reached < view.planned ? reached : null);
    if (now) drawNow(context, place, now);
    drawPointed();
  }

  function clipped(
    context: CanvasRenderingContext2D,
    place: Axes,
    [from, to]: Range,
    paint: () => void,
  ): void {
    context.save();
    context.beginPath();
    context.rect(from, place.top, to - from, place.height);
    context.clip();
    paint();
    context.restore();
  }

  function drawPinned(context: CanvasRenderingContext2D, place: Axes): void {
    clipped(context, place, [place.left, place.left + place.width], () => {
      for (const line of lines) if (line.pinned) drawLine(context, place, line, 1, theme.bg);
    });
  }

  function drawOwn(context: CanvasRenderingContext2D, place: Axes): void {
    const [start, end] = [place.left, place.left + place.width];
    const column = data.long ? FINE : COLUMN;
    const band = stepBand(data, place.width / column / (place.x[1] - place.x[0]));
    const paint = (alpha: number) => () => {
      // Where batches are drawn themselves, or averaged, they are no background.
      if (view.train && !view.steps && !view.smoothing)
        drawBand(context, place, band, theme, alpha, data.long !== undefined);
      for (const line of lines) if (!line.pinned) drawLine(context, place, line, alpha, theme.bg);
    };
    const now = view.now === null ? end : Math.min(end, Math.max(start, xAt(place, view.now)));
    clipped(context, place, [start, now], paint(1));
    if (view.now !== null) clipped(context, place, [now, end], paint(FADED));
  }

  function namesOf(context: CanvasRenderingContext2D, place: Axes): Name[] {
    const right = place.left + place.width;
    const pins = lines.flatMap(({ pinned, name }) => (pinned ? [name] : []));
    const ends = lines.flatMap(({ name, xs, ys, ink, pinned }) => {
      const row = rowBefore(xs, ys, place.x[1]);
      const epoch = xs[row] as number;
      if (row < 0 || epoch < place.x[0]) return [];
      // A line that goes on beyond what is shown has its name at the edge.
      const goesOn = (xs.at(-1) as number) > place.x[1];
      const x = (goesOn ? right : xAt(place, epoch)) + NAME_GAP;
      const text = shortened(context, pinned ? ownPart(name, pins) : name, width - x);
      return [
        { text, ink, pinned, x, y: yAt(place, ys[row] as number), width: context.measureText(text).width },
      ];
    });
    const distance = theme.textXs + 2;
    const heights = placeEnds(ends, distance, place.top, place.top + place.height - distance / 2);
    return ends.map((end, index) => ({ ...end, y: heights[index] as number }));
  }

  function drawNames(context: CanvasRenderingContext2D, names: readonly Name[], pinned: boolean): void {
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.strokeStyle = theme.bg;
    context.lineWidth = HALO;
    context.lineJoin = "round";
    for (const name of names) {
      if (name.pinned !== pinned) continue;
      // The line of a run that is longer may pass here.
      context.strokeText(name.text, name.x, name.y);
      context.fillStyle = name.ink;
      context.fillText(name.text, name.x, name.y);
    }
  }

  /** The epoch that the rest of the view shows: a line in the accent, with points on the curves. */
  function drawNow(context: CanvasRenderingContext2D, place: Axes, now: number): void {
    if (now < place.x[0] || now > place.x[1]) return;
    const x = xAt(place, now);
    verticalLine(context, place, x, theme.accent, 1.5);
    for (const { name, xs, ys, pinned } of lines) {
      const row = pinned ? -1 : nearestRow(xs, now);
      const value = ys[row] as number;
      if (row < 0 || !Number.isFinite(value) || now < (xs[0] as number)) continue;
      drawDot(context, x, yAt(place, value), 4, theme.accent, name === "test", theme.bg);
    }
  }

  function drawPointed(): void {
    const context = sizeCanvas(above, width, height);
    clearCanvas(context);
    const place = axes();
    if (selected) {
      context.fillStyle = theme.ink;
      context.globalAlpha = 0.1;
      context.fillRect(selected[0], place.top, selected[1] - selected[0], place.height);
      context.globalAlpha = 1;
    }
    if (pointed === null || pointed < place.x[0] || pointed > place.x[1]) return;
    const x = xAt(place, pointed);
    verticalLine(context, place, x, theme.ink3, 1);
    const { train, test, pins } = valuesAt(data, view, stepXs, pointed);
    const dot = (value: number | null, colour: string, hollow = false) => {
      if (value === null || !Number.isFinite(value)) return;
      const y = yAt(place, value);
      if (y >= place.top - 1 && y <= place.top + place.height + 1)
        drawDot(context, x, y, 3, colour, hollow, theme.bg);
    };
    for (const value of pins) dot(value, theme.ink3);
    if (view.test) dot(test, theme.ink2, true);
    if (view.train) dot(train, theme.ink);
  }

  function follow(next: CurveData, nextView: CurveView): void {
    const { steps, pins } = next;
    const epochOf = epochsOfSteps(next);
    stepXs = nextView.steps ? steps.step.map((step) => epochOf(step)) : null;
    // What the reader chooses may change the scale: only what is learned must not.
    const chosen = !samePins(pins, data.pins) || nextView.steps !== view.steps;
    const isNew = isNewRun(next, reached) || reached === 0;
    // Within the first epoch of a long run there is only what single batches say, and that soon is far away.
    const settles = next.long && reached < 1 && lastEpoch(next) >= 1;
    limits = limitsFor(kind, next, isNew || chosen || settles ? null : limits, stepXs, nextView.planned);
    lines = linesOf(next, nextView, stepXs, theme);
    const sameZoom =
      nextView.zoom === view.zoom &&
      nextView.log === view.log &&
      nextView.smoothing === view.smoothing &&
      !chosen;
    zoomed =
      nextView.zoom &&
      zoomedLimits(
        kind,
        next,
        nextView.zoom,
        nextView.log && limits.log !== null,
        sameZoom ? zoomed : null,
        stepXs,
        nextView.smoothing ? lines : [],
      );
    reached = lastEpoch(next);
    [data, view] = [next, nextView];
  }

  return {
    update(next, nextView = view) {
      follow(next, nextView);
      draw();
    },
    resize(nextWidth, nextHeight) {
      if (nextWidth < 1 || nextHeight < 1 || (nextWidth === width && nextHeight === height)) return;
      [width, height] = [nextWidth, nextHeight];
      draw();
    },
    setTheme(next) {
      theme = next;
      lines = linesOf(data, view, stepXs, theme);
      draw();
    },
    point(stop) {
      pointed = stop;
      drawPointed();
      return stop === null ? null : valuesAt(data, view, stepXs, stop);
    },
    select(pixels) {
      selected = pixels;
      drawPointed();
    },
    stops: () => stopsOf(data, stepXs),
    epochAt: (pixel) => epochAt(axes(), pixel),
    pixelAt: (epoch) => xAt(axes(), epoch),
    axes,
    destroy() {
      below.remove();
      above.remove();
    },
  };
}

interface Name {
  readonly text: string;
  readonly ink: string;
  readonly pinned: boolean;
  readonly x: number;
  readonly y: number;
}

/** Width of what is drawn as one entry of the band: in single pixels it would be hatching. */
const COLUMN = 2;
/** Of a long run there are enough batches to fill it. */
const FINE = 0.5;

const samePins = (some: readonly PinnedCurve[] = [], others: readonly PinnedCurve[] = []) =>
  some.length === others.length && some.every((pin, index) => pin.epoch === others[index]?.epoch);
