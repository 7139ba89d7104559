// The plot of a function and of its fit, over the pieces that the fit is the sum of: both over the same x.
import type { Theme } from "./colour";
import type { Range } from "./curve-data";
import { type Axes, xAt, yAt } from "./curve-scale";
import { drawHeights, drawPlace, drawWidths, type PlotPlaces, pillAt, SOLID, stroke } from "./function-axes";

/** What is drawn where the function is. */
export interface FitPart {
  readonly target: Float32Array | null;
  readonly fit: Float32Array;
  /** x and y of the samples, training samples first. */
  readonly points: Float32Array;
  readonly train: number;
  readonly residuals: Float32Array | null;
  readonly shown: {
    readonly target: boolean;
    readonly train: boolean;
    readonly test: boolean;
    readonly errors: boolean;
  };
}

const DASH = { target: [7, 5], negative: [8, 4], without: [3, 3] };
const LINE = { fit: 2.5, target: 1.5, piece: 1.25, strong: 2.75, sum: 1 };
const FADED = { piece: 0.72, many: 0.45, other: 0.16, sums: 0.4, band: 0.3 };
/** Radius of so many samples. */
const DOTS = [
  [60, 2.75],
  [200, 2.25],
] as const;
const SMALL_DOT = 1.75;
const MANY_PIECES = 20;
/** Farther out nothing is seen; a canvas has its limits. */
const FAR = 1e5;

const heightAt = (axes: Axes, value: number) => Math.max(-FAR, Math.min(FAR, yAt(axes, value)));

/** Row `row` of values over the whole of x. */
export function rowOf(values: Float32Array, row: number, rows: number): Float32Array {
  const places = rows ? values.length / rows : 0;
  return values.subarray(row * places, (row + 1) * places);
}

export function trace(context: CanvasRenderingContext2D, axes: Axes, values: Float32Array): void {
  const step = axes.width / Math.max(1, values.length - 1);
  let drawing = false;
  context.beginPath();
  values.forEach((value, index) => {
    if (!Number.isFinite(value)) {
      drawing = false;
      return;
    }
    const [x, y] = [axes.left + index * step, heightAt(axes, value)];
    if (drawing) context.lineTo(x, y);
    else context.moveTo(x, y);
    drawing = true;
  });
  context.stroke();
}

/** The difference that is made to a line: in the colour of its sign. */
function fillBetween(
  context: CanvasRenderingContext2D,
  axes: Axes,
  before: Float32Array,
  after: Float32Array,
  theme: Theme,
): void {
  const step = axes.width / Math.max(1, after.length - 1);
  const sign = (index: number) => Math.sign((after[index] as number) - (before[index] as number));
  let first = 0;
  while (first < after.length - 1) {
    const which = sign(first) || sign(first + 1);
    let last = first + 1;
    while (last < after.length - 1 && (sign(last) || which) === which) last++;
    context.beginPath();
    for (let index = first; index <= last; index++)
      context.lineTo(axes.left + index * step, heightAt(axes, after[index] as number));
    for (let index = last; index >= first; index--)
      context.lineTo(axes.left + index * step, heightAt(axes, before[index] as number));
    context.fillStyle = which < 0 ? theme.neg : theme.pos;
    context.fill();
    first = last;
  }
}

function within(context: CanvasRenderingContext2D, axes: Axes, draw: () => void): void {
  context.save();
  context.beginPath();
  context.rect(axes.left, axes.top, axes.width, axes.height);
  context.clip();
  context.lineJoin = "round";
  draw();
  context.restore();
}

function drawPoints(context: CanvasRenderingContext2D, axes: Axes, part: FitPart, theme: Theme): void {
  const { points, train, residuals, shown } = part;
  const count = points.length / 2;
  const radius = DOTS.find(([most]) => count <= most)?.[1] ?? SMALL_DOT;
  const spot = (index: number): [number, number] => [
    xAt(axes, points[2 * index] as number),
    heightAt(axes, points[2 * index + 1] as number),
  ];
  if (shown.errors && residuals) {
    stroke(context, theme.ink2, 1);
    context.beginPath();
    residuals.slice(0, train).forEach((residual, index) => {
      const [x, y] = spot(index);
      context.moveTo(x, y);
      context.lineTo(x, heightAt(axes, (points[2 * index + 1] as number) + residual));
    });
    context.stroke();
  }
  const dots = (from: number, to: number) => {
    context.beginPath();
    for (let index = from; index < to; index++) {
      const [x, y] = spot(index);
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
    }
  };
  if (shown.train) {
    dots(0, train);
    context.fillStyle = theme.ink2;
    if (count <= DOTS[0][0]) {
      stroke(context, theme.bg, 2);
      context.stroke();
    }
    context.fill();
  }
  if (shown.test) {
    dots(train, count);
    context.fillStyle = theme.bg;
    stroke(context, theme.ink2, 1.5);
    context.fill();
    context.stroke();
  }
}

/** What of the sum is looked at. */
export interface Look {
  /** The neuron that is explained. */
  readonly unit: number | null;
  /** So many neurons are added up; null for all of them. */
  readonly added: number | null;
  /** The x that is pointed at. */
  readonly at: number | null;
}

export interface PiecesPart {
  readonly units: number;
  readonly values: Float32Array;
  /** `partialSums` of them. */
  readonly sums: Float32Array;
  readonly places: Float32Array;
  /** What each neuron counts for: the sign of its output weight. */
  readonly weights: Float32Array;
}

/** The function, the samples, and the fit or what it is by now. */
function drawFit(
  context: CanvasRenderingContext2D,
  axes: Axes,
  part: FitPart,
  pieces: PiecesPart | null,
  { unit, added }: Look,
  theme: Theme,
): void {
  const { target, fit, shown } = part;
  const adds = pieces && added !== null;
  if (adds) {
    stroke(context, theme.ink3, LINE.sum, SOLID, FADED.sums);
    for (let row = 0; row < added; row++) trace(context, axes, rowOf(pieces.sums, row, pieces.units + 1));
  }
  const now = adds ? rowOf(pieces.sums, added, pieces.units + 1) : fit;
  if (pieces && unit !== null && (!adds || unit < added)) {
    const piece = rowOf(pieces.values, unit, pieces.units);
    const without = now.map((value, index) => value - (piece[index] as number));
    context.globalAlpha = FADED.band;
    fillBetween(context, axes, without, now, theme);
    stroke(context, theme.ink2, 1, DASH.without);
    trace(context, axes, without);
  }
  context.globalAlpha = 1;
  if (target && shown.target) {
    stroke(context, theme.ink2, LINE.target, DASH.target);
    trace(context, axes, target);
  }
  drawPoints(context, axes, part, theme);
  if (adds) {
    stroke(context, theme.ink3, LINE.target);
    trace(context, axes, fit);
  }
  stroke(context, theme.bg, LINE.fit + 2.5, SOLID, 0.8);
  trace(context, axes, now);
  stroke(context, theme.ink, LINE.fit);
  trace(context, axes, now);
}

export const pieceColour = (weight: number, theme: Theme) => (weight < 0 ? theme.neg : theme.pos);
/** A negative weight shows without its colour, too. */
export const pieceDash = (weight: number) => (weight < 0 ? DASH.negative : SOLID);

function drawPieces(
  context: CanvasRenderingContext2D,
  axes: Axes,
  { units, values, weights }: PiecesPart,
  { unit, added }: Look,
  theme: Theme,
): void {
  const many = units > MANY_PIECES ? FADED.many : FADED.piece;
  const line = (index: number, width: number, alpha: number) => {
    const weight = weights[index] as number;
    stroke(context, pieceColour(weight, theme), width, pieceDash(weight), alpha);
    trace(context, axes, rowOf(values, index, units));
  };
  for (let index = 0; index < units; index++) {
    if (index === unit) continue;
    const part = added === null ? unit === null : index < added;
    line(index, LINE.piece, part ? many : FADED.other);
  }
  if (unit === null) return;
  stroke(context, theme.bg, LINE.strong + 2.5);
  trace(context, axes, rowOf(values, unit, units));
  line(unit, LINE.strong, 1);
}

/** A value over x, where it lies between two of the places that are known. */
export function valueAt(values: Float32Array, [low, high]: Range, x: number): number {
  const position = ((x - low) / (high - low)) * (values.length - 1);
  const index = Math.max(0, Math.min(values.length - 2, Math.floor(position)));
  const [before, after] = [values[index] as number, values[index + 1] as number];
  return before + (position - index) * (after - before);
}

function drawReading(
  context: CanvasRenderingContext2D,
  places: PlotPlaces,
  part: FitPart,
  at: number,
  theme: Theme,
): void {
  const { fit, pieces } = places;
  const x = xAt(fit, at);
  stroke(context, theme.ink3, 1);
  context.beginPath();
  for (const { top, height } of [fit, pieces]) {
    context.moveTo(x, top);
    context.lineTo(x, top + height);
  }
  context.stroke();
  const dot = (values: Float32Array | null, hollow: boolean) => {
    if (!values?.length) return;
    const y = yAt(fit, valueAt(values, fit.x, at));
    if (!(y > fit.top - 1 && y < fit.top + fit.height + 1)) return;
    context.beginPath();
    context.arc(x, y, 4, 0, 2 * Math.PI);
    context.fillStyle = hollow ? theme.bg : theme.ink;
    stroke(context, hollow ? theme.ink : theme.bg, 1.5);
    context.fill();
    context.stroke();
  };
  if (part.shown.target) dot(part.target, true);
  dot(part.fit, false);
}

export interface Plot {
  readonly places: PlotPlaces;
  readonly part: FitPart;
  readonly pieces: PiecesPart | null;
  readonly look: Look;
  /** What stands for the function while it is drawn by hand. */
  readonly sketch: Float32Array | null;
}

export function drawPlot(context: CanvasRenderingContext2D, plot: Plot, theme: Theme): void {
  const { places, part, pieces, look, sketch } = plot;
  const { unit, at } = look;
  context.clearRect(0, 0, places.width, places.height);
  const place = pieces && unit !== null ? (pieces.places[unit] as number) : Number.NaN;
  const [low, high] = places.fit.x;
  const marked = place >= low && place <= high;
  drawHeights(context, places.fit, 44, theme);
  drawHeights(context, places.pieces, 40, theme);
  const [left, right] = marked ? pillAt(context, places.pieces, place, theme) : [0, 0];
  drawWidths(context, places.pieces, marked ? [left - 14, right + 14] : null, theme);
  if (marked) drawPlace(context, places, place, theme);
  within(context, places.fit, () => {
    drawFit(context, places.fit, part, pieces, look, theme);
    if (!sketch) return;
    stroke(context, theme.accent, LINE.fit);
    trace(context, places.fit, sketch);
  });
  within(context, places.pieces, () => {
    if (pieces) drawPieces(context, places.pieces, pieces, look, theme);
  });
  if (at !== null) drawReading(context, places, part, at, theme);
}

/** Farther away nobody means a line. */
const REACH = 14;

/** The neuron whose piece is nearest to a spot; none where all are far away. */
export function nearestPiece(
  axes: Axes,
  values: Float32Array,
  units: number,
  x: number,
  y: number,
): number | null {
  let found: number | null = null;
  let least = REACH;
  for (let index = 0; index < units; index++) {
    const value = valueAt(rowOf(values, index, units), [axes.left, axes.left + axes.width], x);
    const distance = Math.abs(yAt(axes, value) - y);
    if (distance < least) [found, least] = [index, distance];
  }
  return found;
}
