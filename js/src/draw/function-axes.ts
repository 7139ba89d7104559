// Where the parts of the plot of a function lie, and their axes.
import { multiples, niceStep } from "./axes";
import type { Theme } from "./colour";
import type { Range } from "./curve-data";
import { type Axes, xAt, yAt } from "./curve-scale";
import { fixed, tickLabel } from "./format";

/** Where the two parts of the plot lie on their canvas. */
export interface PlotPlaces {
  readonly width: number;
  readonly height: number;
  readonly fit: Axes;
  readonly pieces: Axes;
}

/** Left of the plot stand the ticks, below it those of x; the pieces have a line of words over them. */
export const MARGIN = { left: 40, right: 10, top: 6, between: 32, bottom: 26 };

interface PlotSize {
  readonly width: number;
  readonly fit: number;
  readonly pieces: number;
}

export function placesFor(size: PlotSize, x: Range, y: Range, reach: number): PlotPlaces {
  const shared = { x, log: false, left: MARGIN.left, width: size.width - MARGIN.left - MARGIN.right };
  const top = MARGIN.top + size.fit + MARGIN.between;
  return {
    width: size.width,
    height: top + size.pieces + MARGIN.bottom,
    fit: { ...shared, y, top: MARGIN.top, height: size.fit },
    pieces: { ...shared, y: [-reach, reach], top, height: size.pieces },
  };
}

export const SOLID: number[] = [];

export function stroke(
  context: CanvasRenderingContext2D,
  colour: string,
  width: number,
  dash = SOLID,
  alpha = 1,
): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.globalAlpha = alpha;
}

/** Grid and numbers of a vertical axis. */
export function drawHeights(
  context: CanvasRenderingContext2D,
  axes: Axes,
  apart: number,
  theme: Theme,
): void {
  const { left, width, y } = axes;
  const step = niceStep(y[1] - y[0], axes.height / apart);
  context.font = `${theme.textXs}px ${theme.fontFamily}`;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of multiples(y, step)) {
    const at = Math.round(yAt(axes, value)) + 0.5;
    stroke(context, value ? theme.hairline : theme.ink3, 1);
    context.beginPath();
    context.moveTo(left, at);
    context.lineTo(left + width, at);
    context.stroke();
    context.fillStyle = theme.ink2;
    // Of numbers that are too long for the margin no digit may be lost.
    context.fillText(tickLabel(value, step), left - 8, at, left - 8);
  }
}

const PILL = { height: 20, padding: 9 };
const X_TICKS = 60;

/** The numbers of x; `free` is where something else stands. */
export function drawWidths(
  context: CanvasRenderingContext2D,
  axes: Axes,
  free: Range | null,
  theme: Theme,
): void {
  const bottom = axes.top + axes.height;
  const step = niceStep(axes.x[1] - axes.x[0], axes.width / X_TICKS);
  context.font = `${theme.textXs}px ${theme.fontFamily}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  stroke(context, theme.ink3, 1);
  for (const value of multiples(axes.x, step)) {
    const x = Math.round(xAt(axes, value)) + 0.5;
    context.beginPath();
    context.moveTo(x, bottom);
    context.lineTo(x, bottom + 4);
    context.stroke();
    context.fillStyle = theme.ink2;
    if (!free || x < free[0] || x > free[1]) context.fillText(tickLabel(value, step), x, bottom + 15);
  }
}

/** Where a neuron's own sum is zero: a line through the plot, and the number at its foot. */
export function drawPlace(
  context: CanvasRenderingContext2D,
  { fit, pieces }: PlotPlaces,
  place: number,
  theme: Theme,
): void {
  const x = xAt(pieces, place);
  const bottom = pieces.top + pieces.height;
  stroke(context, theme.accent, 1.5);
  context.beginPath();
  context.moveTo(x, fit.top);
  context.lineTo(x, fit.top + fit.height);
  context.moveTo(x, pieces.top);
  context.lineTo(x, bottom + 4);
  context.stroke();
  const [left, right] = pillAt(context, pieces, place, theme);
  context.fillStyle = theme.accent;
  context.beginPath();
  context.roundRect(left, bottom + 5, right - left, PILL.height, PILL.height / 2);
  context.fill();
  context.fillStyle = theme.bg;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(fixed(place, 2), (left + right) / 2, bottom + 5.5 + PILL.height / 2);
}

export function pillAt(context: CanvasRenderingContext2D, axes: Axes, place: number, theme: Theme): Range {
  context.font = `600 ${theme.textS}px ${theme.fontFamily}`;
  const half = context.measureText(fixed(place, 2)).width / 2 + PILL.padding;
  const x = xAt(axes, place);
  const middle = Math.max(axes.left + half - 8, Math.min(axes.left + axes.width - half + 8, x));
  return [middle - half, middle + half];
}
