// Predicted against true values: on the diagonal a prediction is right.
import { clearCanvas } from "./canvas";
import type { Theme } from "./colour";

export interface Scatter {
  /** Of each point, training samples first. */
  readonly truth: Float32Array;
  readonly fitted: Float32Array;
  /** How many of them are training samples. */
  readonly train: number;
  readonly range: readonly [low: number, high: number];
  /** A residual larger than this is marked. */
  readonly misfit: number;
  readonly size: number;
}

const RADIUS = 2.5;
const RING = 5;

/** Training samples are filled, test samples hollow; what lies beyond the range is drawn on its border. */
export function drawScatter(context: CanvasRenderingContext2D, scatter: Scatter, theme: Theme): void {
  const { truth, fitted, train, range, misfit, size } = scatter;
  const [low, high] = range;
  const place = (value: number) => {
    const share = (value - low) / (high - low || 1);
    return Math.max(RADIUS, Math.min(size - RADIUS, share * size));
  };
  clearCanvas(context);
  context.lineWidth = 1;
  context.strokeStyle = theme.ink3;
  context.beginPath();
  context.moveTo(0, size);
  context.lineTo(size, 0);
  context.stroke();
  const circle = (x: number, y: number, radius: number) => {
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  };
  const draw = (radius: number, wanted: (index: number) => boolean) => {
    context.beginPath();
    for (let index = 0; index < fitted.length; index++) {
      const [value, guess] = [truth[index] as number, fitted[index] as number];
      if (Number.isFinite(guess) && wanted(index)) circle(place(value), size - place(guess), radius);
    }
  };
  draw(RADIUS, (index) => index < train);
  context.fillStyle = theme.ink2;
  context.fill();
  draw(RADIUS, (index) => index >= train);
  context.fillStyle = theme.bg;
  context.fill();
  context.strokeStyle = theme.ink2;
  context.stroke();
  draw(RING, (index) => isMisfit(truth, fitted, misfit, index));
  context.strokeStyle = theme.ink;
  context.stroke();
}

const isMisfit = (truth: Float32Array, fitted: Float32Array, misfit: number, index: number) =>
  Math.abs((truth[index] as number) - (fitted[index] as number)) > misfit;

export function countMisfits(truth: Float32Array, fitted: Float32Array, misfit: number): number {
  let count = 0;
  for (let index = 0; index < fitted.length; index++) count += Number(isMisfit(truth, fitted, misfit, index));
  return count;
}
