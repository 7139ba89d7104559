// The samples on the plane: training points filled, test points hollow, misclassified ones ringed.
import { contextOf, scratchCanvas, sizeCanvas } from "./canvas";
import type { Theme } from "./colour";
import {
  type Labels,
  markColour,
  markOf,
  pointRadius,
  ringOf,
  type SpriteSheet,
  spritesFor,
  stamper,
} from "./sprites";

export { planeTicks } from "./axes";
export { drawMark, type Labels } from "./sprites";

export interface PlanePoints {
  /** x, y and label (a class or a value) of each point in turn. */
  readonly xy: Float32Array;
  readonly labels: Labels;
  /** The first so many points are training points, the rest test points. */
  readonly train: number;
  /** Bit i % 8 of byte i >> 3 says whether point i is misclassified. */
  readonly wrong: Uint8Array | null;
  readonly shown: { readonly train: boolean; readonly test: boolean; readonly wrong: boolean };
  /** About to be replaced: drawn faintly, and nothing is said of them. */
  readonly faint?: boolean;
}

export interface Ranges {
  readonly xRange: readonly [low: number, high: number];
  readonly yRange: readonly [low: number, high: number];
}

/** A rectangle of the plane and its size on screen, in CSS pixels. The second coordinate grows upwards. */
export interface Plane extends Ranges {
  readonly width: number;
  readonly height: number;
}

interface Layer {
  readonly canvas: HTMLCanvasElement;
  readonly theme: Theme;
  readonly key: string;
}

/** The points as they lie, without rings: they stay while the network learns. Two views may share the points. */
const layers = new WeakMap<Float32Array, Layer[]>();

type Place = (point: number) => readonly [x: number, y: number];

/** Where the points are, in real pixels from the top left corner of the plane. */
function placeOf(xy: ArrayLike<number>, plane: Plane, ratio: number): Place {
  const [xLow, xHigh] = plane.xRange;
  const [yLow, yHigh] = plane.yRange;
  const xScale = (plane.width * ratio) / (xHigh - xLow);
  const yScale = (plane.height * ratio) / (yHigh - yLow);
  return (point) => [
    ((xy[3 * point] as number) - xLow) * xScale,
    (yHigh - (xy[3 * point + 1] as number)) * yScale,
  ];
}

function layerFor(points: PlanePoints, plane: Plane, theme: Theme, sheet: SpriteSheet): HTMLCanvasElement {
  const { xy, train, shown, labels } = points;
  const { ratio, marks } = sheet;
  const { width, height, xRange, yRange } = plane;
  const key = [
    ...[width, height, ratio, ...xRange, ...yRange],
    ...[train, shown.train, shown.test, labels.classes, ...labels.range],
  ].join();
  const known = layers.get(xy) ?? [];
  const found = known.find((layer) => layer.key === key && layer.theme === theme);
  if (found) return found.canvas;
  const canvas = scratchCanvas(Math.ceil(width * ratio), Math.ceil(height * ratio));
  const stamp = stamper(contextOf(canvas), sheet);
  const place = placeOf(xy, plane, ratio);
  for (let point = 0; point < Math.floor(xy.length / 3); point++) {
    const training = point < train;
    if (!(training ? shown.train : shown.test)) continue;
    const mark = markOf(xy[3 * point + 2] as number, labels, theme);
    stamp(training ? mark : marks + mark, ...place(point));
  }
  layers.set(xy, [...known.slice(-1), { canvas, theme, key }]);
  return canvas;
}

const FAINT = 0.25;

/** Draws with the sprites of a map: in real pixels and at whole positions a picture is copied, not resampled. */
function withSprites(
  context: CanvasRenderingContext2D,
  labels: Labels,
  plane: Plane,
  theme: Theme,
  draw: (sheet: SpriteSheet) => void,
): void {
  const { a: ratio, e, f } = context.getTransform();
  context.save();
  context.setTransform(1, 0, 0, 1, Math.round(e), Math.round(f));
  context.imageSmoothingEnabled = false;
  draw(spritesFor(theme, pointRadius(Math.min(plane.width, plane.height)), ratio, labels));
  context.restore();
}

/** Draws the points over a map whose top left corner is the origin of the context. */
export function drawPoints(
  context: CanvasRenderingContext2D,
  points: PlanePoints,
  plane: Plane,
  theme: Theme,
): void {
  const { xy, train, wrong, shown, faint = false } = points;
  withSprites(context, points.labels, plane, theme, (sheet) => {
    if (faint) context.globalAlpha = FAINT;
    context.drawImage(layerFor(points, plane, theme, sheet), 0, 0);
    if (!wrong || !shown.wrong || faint) return;
    const stamp = stamper(context, sheet);
    const place = placeOf(xy, plane, sheet.ratio);
    for (let point = 0; point < Math.floor(xy.length / 3); point++) {
      const visible = point < train ? shown.train : shown.test;
      if (visible && isWrong(wrong, point)) stamp(ringOf(sheet), ...place(point));
    }
  });
}

/** Draws a few training points that change too often to be kept as a picture. */
export function drawLoosePoints(
  context: CanvasRenderingContext2D,
  triples: readonly number[],
  labels: Labels,
  plane: Plane,
  theme: Theme,
): void {
  withSprites(context, labels, plane, theme, (sheet) => {
    const stamp = stamper(context, sheet);
    const place = placeOf(triples, plane, sheet.ratio);
    for (let point = 0; point < Math.floor(triples.length / 3); point++) {
      stamp(markOf(triples[3 * point + 2] as number, labels, theme), ...place(point));
    }
  });
}

export const isWrong = (bits: Uint8Array, point: number) =>
  (((bits[point >> 3] ?? 0) >> (point & 7)) & 1) === 1;

/** How many of the first points are marked. */
export function countWrong(bits: Uint8Array | null, points: number): number {
  let count = 0;
  if (bits) for (let point = 0; point < points; point++) if (isWrong(bits, point)) count++;
  return count;
}

/** The points of a plane as a small picture wants them: in [−1, 1]², and not more than it has room for. */
export function shrink(triples: Float32Array, { xRange, yRange }: Ranges, most: number): Float32Array {
  const points = Math.floor(triples.length / 3);
  const every = Math.max(1, Math.ceil(points / most));
  const share = (value: number, [low, high]: readonly [number, number]) =>
    (2 * (value - low)) / (high - low) - 1;
  const few: number[] = [];
  for (let point = 0; point < points; point += every) {
    const [x = 0, y = 0, label = 0] = triples.subarray(3 * point, 3 * point + 3);
    few.push(share(x, xRange), share(y, yRange), label);
  }
  return Float32Array.from(few);
}

/** Values are told from their colour alone: small discs, or outlines, would hide it. */
const LARGER = 1.6;

/** A data set as a small square picture, too small for shapes; the points lie in [−1, 1]². */
export function drawThumbnail(
  canvas: HTMLCanvasElement,
  triples: Float32Array,
  size: number,
  theme: Theme,
  labels: Labels,
  radius = 1.35,
): void {
  const context = sizeCanvas(canvas, size, size);
  context.clearRect(0, 0, size, size);
  const scale = size / 2 - Math.max(radius + 2, size / 9);
  const reach = labels.classes === 0 ? LARGER * radius : radius;
  for (let start = 0; start + 2 < triples.length; start += 3) {
    const [x, y, label] = triples.subarray(start, start + 3);
    context.beginPath();
    context.arc(size / 2 + (x as number) * scale, size / 2 - (y as number) * scale, reach, 0, 2 * Math.PI);
    context.fillStyle = markColour(markOf(label as number, labels, theme), labels, theme);
    context.fill();
  }
}
