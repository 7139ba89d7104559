// The lines of a learning curve: which there are, how they are smoothed, and how they get onto a canvas.
import type { Theme } from "./colour";
import { drawDot } from "./curve-axes";
import type { Band, Column, CurveData, Range } from "./curve-data";
import { type Axes, xAt, yAt } from "./curve-scale";

/** What of a curve is shown, and how. */
export interface CurveView {
  readonly log: boolean;
  readonly steps: boolean;
  /** What is left of an epoch's weight in a moving average one epoch later; 0 for none. */
  readonly smoothing: number;
  readonly train: boolean;
  readonly test: boolean;
  /** The epochs that are shown; null for all. */
  readonly zoom: Range | null;
  /** The epoch that the rest of the view shows: what came after it is faded. */
  readonly now: number | null;
  /** The epochs that the run is to have; null for no plan. */
  readonly planned: number | null;
}

export const WHOLE_RUN: CurveView = {
  log: false,
  steps: false,
  smoothing: 0,
  train: true,
  test: true,
  zoom: null,
  now: null,
  planned: null,
};

export const TEST_DASH: readonly number[] = [4, 2.5];
/** One for each pinned run: none is that of the test set. */
export const PIN_DASHES: readonly (readonly number[])[] = [
  [],
  [1.5, 2],
  [9, 3],
  [9, 2.5, 1.5, 2.5],
  [2, 5],
  [14, 2.5, 1.5, 2.5, 1.5, 2.5],
];

export interface Line {
  readonly name: string;
  readonly xs: Column;
  readonly ys: Column;
  /** What was measured, where `ys` is smoothed. */
  readonly raw: Column;
  readonly colour: string;
  /** Of its name: thin lines may be paler than text. */
  readonly ink: string;
  readonly width: number;
  readonly dash: readonly number[];
  readonly pinned: boolean;
  /** Whether each value is marked as well. */
  readonly marked?: boolean;
}

/** The lines that are shown, the most important last. A pinned run is compared by its train set, as long as that is shown. */
export function linesOf(data: CurveData, view: CurveView, stepXs: Column | null, theme: Theme): Line[] {
  const smooth = (xs: Column, ys: Column) => (view.smoothing ? smoothed(xs, ys, view.smoothing) : ys);
  const line = (values: Omit<Line, "ys">): Line => ({ ...values, ys: smooth(values.xs, values.raw) });
  const { epochs, long } = data;
  const pinned = (data.pins ?? []).map((pin) =>
    line({
      name: pin.label,
      xs: pin.epoch,
      raw: view.train || !view.test ? pin.train : pin.test,
      colour: theme.ink3,
      ink: theme.ink2,
      width: 1.25,
      dash: PIN_DASHES[pin.dash % PIN_DASHES.length] as readonly number[],
      pinned: true,
    }),
  );
  const own = { pinned: false };
  const test = {
    name: "test",
    xs: long?.test.xs ?? epochs.epoch,
    raw: long?.test.ys ?? epochs.test,
    marked: long !== undefined,
    colour: theme.ink2,
    ink: theme.ink2,
    width: 1.5,
  };
  const train = {
    name: "train",
    xs: stepXs ?? long?.train.xs ?? epochs.epoch,
    raw: stepXs ? data.steps.mean : (long?.train.ys ?? epochs.train),
    colour: theme.ink,
    ink: theme.ink,
    width: stepXs && !view.smoothing ? 1.25 : 1.75,
  };
  return [
    ...pinned,
    ...(view.test ? [line({ ...own, ...test, dash: TEST_DASH })] : []),
    ...(view.train ? [line({ ...own, ...train, dash: [] })] : []),
  ];
}

/**
 * An exponential moving average: a value counts for as many epochs as it stands for, and after each epoch for `weight`
 * times that. So it does not depend on how rows were thinned.
 */
export function smoothed(xs: Column, ys: Column, weight: number): Float64Array {
  const result = new Float64Array(ys.length);
  let [sum, total, before] = [0, 0, 0];
  for (let row = 0; row < ys.length; row++) {
    const [x, y] = [xs[row] as number, ys[row] as number];
    if (!Number.isFinite(y)) {
      result[row] = Number.NaN;
      continue;
    }
    const stands = Math.max(x - before, 1e-9);
    const left = weight ** stands;
    sum = sum * left + y * stands;
    total = total * left + stands;
    before = x;
    result[row] = sum / total;
  }
  return result;
}

/** Adds a line to the path; of many points over one pixel column only those that matter. */
function trace(context: CanvasRenderingContext2D, axes: Axes, xs: Column, ys: Column): void {
  let column = Number.NaN;
  let [low, high, x, y] = [0, 0, 0, 0];
  const flush = () => {
    if (low === high) return;
    context.lineTo(x, low);
    context.lineTo(x, high);
    context.lineTo(x, y);
  };
  for (let row = 0; row < xs.length; row++) {
    const value = ys[row] as number;
    // One point on either side of what is shown is enough.
    if (!Number.isFinite(value) || (xs[row + 1] as number) < axes.x[0]) continue;
    x = xAt(axes, xs[row] as number);
    y = yAt(axes, value);
    if (Math.floor(x) === column) {
      low = Math.min(low, y);
      high = Math.max(high, y);
      continue;
    }
    flush();
    column = Math.floor(x);
    low = high = y;
    context.lineTo(x, y);
    if ((xs[row] as number) > axes.x[1]) break;
  }
  flush();
}

const RAW_ALPHA = 0.28;
const MARK = 2.5;

/** Draws a line, and faintly behind it what was measured if the line is smoothed. */
export function drawLine(
  context: CanvasRenderingContext2D,
  axes: Axes,
  line: Line,
  alpha: number,
  ground: string,
): void {
  context.strokeStyle = line.colour;
  context.lineJoin = "round";
  const stroke = (ys: Column, width: number, opacity: number) => {
    context.globalAlpha = opacity;
    context.lineWidth = width;
    context.beginPath();
    trace(context, axes, line.xs, ys);
    context.stroke();
  };
  context.setLineDash([]);
  if (line.raw !== line.ys && !line.pinned) stroke(line.raw, 1, RAW_ALPHA * alpha);
  context.setLineDash([...line.dash]);
  stroke(line.ys, line.width, alpha);
  context.setLineDash([]);
  if (line.marked) {
    line.xs.forEach((x, row) => {
      const y = yAt(axes, line.ys[row] as number);
      if (Number.isFinite(y)) drawDot(context, xAt(axes, x), y, MARK, line.colour, true, ground);
    });
  }
  context.globalAlpha = 1;
}

/** Faint enough to stay behind the lines of the epochs. */
const BAND_ALPHA = 0.4;
const MEAN_ALPHA = 0.7;
/** A band over so much of the plot's height says nothing: it fades from the first of these on, for it comes and goes. */
const [CLEAR_COVERAGE, FULL_COVERAGE] = [0.4, 0.65];

/** The share of the plot's height that lies between two lines, on average over its columns. */
function coverage(
  high: readonly number[],
  low: readonly number[],
  { top, height }: { top: number; height: number },
): number {
  const inside = (y: number) => Math.min(top + height, Math.max(top, y));
  const total = high.reduce((sum, y, index) => sum + inside(low[index] as number) - inside(y), 0);
  return total / (high.length * height);
}

/** The scatter of single batches: from lowest to highest in each column, with the mean as a thin line. */
export function drawBand(
  context: CanvasRenderingContext2D,
  axes: Axes,
  band: Band,
  theme: Theme,
  alpha: number,
  long: boolean,
): void {
  if (!band.x.length) return;
  const xs = band.x.map((x) => xAt(axes, x));
  const ys = (values: readonly number[]) => values.map((value) => yAt(axes, value));
  const [low, high, mean] = [ys(band.low), ys(band.high), ys(band.mean)];
  const fading = (FULL_COVERAGE - coverage(high, low, axes)) / (FULL_COVERAGE - CLEAR_COVERAGE);
  const opacity = long ? 1 : BAND_ALPHA * Math.min(1, fading);
  if (opacity > 0) {
    context.beginPath();
    xs.forEach((x, index) => {
      context.lineTo(x, high[index] as number);
    });
    for (let index = xs.length - 1; index >= 0; index--)
      context.lineTo(xs[index] as number, low[index] as number);
    context.closePath();
    context.globalAlpha = opacity * alpha;
    context.fillStyle = theme.track;
    context.fill();
    context.globalAlpha = 1;
  }
  // Of a long run the mean is the line itself.
  if (long) return;
  context.globalAlpha = MEAN_ALPHA * alpha;
  context.beginPath();
  xs.forEach((x, index) => {
    context.lineTo(x, mean[index] as number);
  });
  context.strokeStyle = theme.ink3;
  context.lineWidth = 0.75;
  context.lineJoin = "round";
  context.stroke();
  context.globalAlpha = 1;
}
