// What a learning curve is drawn with: ticks and their grid, marks, and names that have to fit.
import type { Theme } from "./colour";
import type { CurveKind } from "./curve-data";
import { type Axes, epochTicks, logTicks, valueTicks, xAt, yAt } from "./curve-scale";

const TICK = 4;

export function drawAxes(
  context: CanvasRenderingContext2D,
  place: Axes,
  kind: CurveKind,
  theme: Theme,
  chartWidth: number,
): void {
  const { left, top, width, height } = place;
  const bottom = Math.round(top + height) + 0.5;
  const line = (colour: string, fromX: number, fromY: number, toX: number, toY: number) => {
    context.strokeStyle = colour;
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.lineTo(toX, toY);
    context.stroke();
  };
  context.lineWidth = 1;
  context.fillStyle = theme.ink2;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const { value, label } of place.log ? logTicks(place.y) : valueTicks(kind, place.y)) {
    const y = yAt(place, value);
    // The lowest line is the border of the other axis.
    if (value > place.y[0])
      line(theme.hairline, left, Math.round(y) + 0.5, left + width, Math.round(y) + 0.5);
    // A longer one is made narrower: none is cut off.
    context.fillText(label, left - 8, y, left - 8);
  }
  line(theme.ink3, left, bottom, left + width, bottom);
  context.textAlign = "center";
  context.textBaseline = "top";
  // The last number gives way to the word "epoch" where they would touch.
  const end = chartWidth - context.measureText("epoch").width - TICK;
  for (const { value, label } of epochTicks(place.x, width)) {
    const x = Math.round(xAt(place, value)) + 0.5;
    line(theme.ink3, x, bottom, x, bottom + TICK);
    if (x + context.measureText(label).width / 2 <= end) context.fillText(label, x, bottom + 2 * TICK);
  }
  context.textAlign = "right";
  context.fillText("epoch", chartWidth, bottom + 2 * TICK);
}

export function verticalLine(
  context: CanvasRenderingContext2D,
  { top, height }: Axes,
  x: number,
  colour: string,
  width: number,
): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(x, top + height);
  context.stroke();
}

export function drawDot(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  radius: number,
  colour: string,
  hollow: boolean,
  ground: string,
): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = hollow ? ground : colour;
  context.fill();
  context.strokeStyle = hollow ? colour : ground;
  context.lineWidth = hollow ? 1.5 : 1;
  context.stroke();
}

/** As much of a text as has room, with an ellipsis where some is left out. */
export function shortened(context: CanvasRenderingContext2D, text: string, room: number): string {
  const fits = (part: string) => context.measureText(part).width <= room;
  if (fits(text)) return text;
  let length = text.length - 1;
  while (length > 1 && !fits(`${text.slice(0, length).trimEnd()}\u2026`)) length--;
  return `${text.slice(0, length).trimEnd()}\u2026`;
}
