// The neurons side by side, each as the curve of what it gives to the sum: all on one scale.
import type { Theme } from "./colour";
import { pieceColour, pieceDash, rowOf, trace } from "./function-plot";

export interface TilePlan {
  readonly columns: number;
  readonly width: number;
  readonly height: number;
  readonly gap: number;
  /** Whether there is room for a number under each. */
  readonly labels: boolean;
}

const LARGEST = { width: 200, height: 108 };
const LABEL = 18;
/** Few enough to have numbers below them. */
const FEW = 16;
/** No wider and no narrower than so many times their height. */
const SHAPE = [0.9, 2.4] as const;

/** How so many tiles fill a place as well as they can. */
export function planTiles(width: number, height: number, count: number): TilePlan {
  const labels = count <= FEW;
  const below = labels ? LABEL : 0;
  const gap = count > 32 ? 4 : 6;
  let best: TilePlan = { columns: 1, width: 0, height: 0, gap, labels };
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(count / columns);
    const room = (width - gap * (columns - 1)) / columns;
    const rise = (height - gap * (rows - 1)) / rows - below;
    const wide = Math.floor(Math.min(LARGEST.width, room, SHAPE[1] * rise));
    const high = Math.floor(Math.min(LARGEST.height, rise, wide / SHAPE[0]));
    if (wide * high > best.width * best.height) best = { columns, width: wide, height: high, gap, labels };
  }
  return best;
}

/** Where a tile is. */
export function tileAt(
  { columns, width, height, gap, labels }: TilePlan,
  index: number,
): { x: number; y: number } {
  const row = Math.floor(index / columns);
  return { x: (index % columns) * (width + gap), y: row * (height + gap + (labels ? LABEL : 0)) };
}

export interface Tiles {
  readonly plan: TilePlan;
  readonly units: number;
  readonly values: Float32Array;
  readonly weights: Float32Array;
  readonly reach: number;
  /** Those that give nothing anywhere. */
  readonly dead: readonly boolean[];
}

export function drawTiles(context: CanvasRenderingContext2D, tiles: Tiles, theme: Theme): void {
  const { plan, units, values, weights, reach, dead } = tiles;
  const { width, height } = plan;
  for (let index = 0; index < units; index++) {
    const { x, y } = tileAt(plan, index);
    context.save();
    context.beginPath();
    context.roundRect(x, y, width, height, 4);
    context.clip();
    context.fillStyle = theme.surface;
    context.fillRect(x, y, width, height);
    context.setLineDash([]);
    context.lineWidth = 1;
    context.strokeStyle = theme.track;
    const middle = Math.round(y + height / 2) + 0.5;
    context.beginPath();
    context.moveTo(x, middle);
    context.lineTo(x + width, middle);
    context.stroke();
    const weight = weights[index] as number;
    context.strokeStyle = dead[index] ? theme.ink3 : pieceColour(weight, theme);
    context.lineWidth = width > 40 ? 1.75 : 1.25;
    context.lineJoin = "round";
    context.setLineDash(
      width > 40 || dead[index] ? pieceDash(dead[index] ? -1 : weight).map((part) => part * 0.6) : [],
    );
    const axes = { x: [0, 1], y: [-reach, reach], log: false, left: x, width } as const;
    trace(context, { ...axes, top: y + 3, height: height - 6 }, rowOf(values, index, units));
    context.restore();
  }
}
