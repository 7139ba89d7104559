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
}

/** A rectangle of the plane and its size on screen, in CSS pixels. The second coordinate grows upwards. */
export interface Plane {
  readonly xRange: readonly [low: number, high: number];
  readonly yRange: readonly [low: number, high: number];
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
function placeOf(xy: Float32Array, plane: Plane, ratio: number): Place {
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

/** Draws the points over a map whose top left corner is the origin of the context. */
export function drawPoints(
  context: CanvasRenderingContext2D,
  points: PlanePoints,
  plane: Plane,
  theme: Theme,
): void {
  const { xy, train, wrong, shown } = points;
  const { a: ratio, e, f } = context.getTransform();
  const sheet = spritesFor(theme, pointRadius(Math.min(plane.width, plane.height)), ratio, points.labels);
  context.save();
  // In real pixels and at whole positions a picture is copied, not resampled.
  context.setTransform(1, 0, 0, 1, Math.round(e), Math.round(f));
  context.imageSmoothingEnabled = false;
  context.drawImage(layerFor(points, plane, theme, sheet), 0, 0);
  if (wrong && shown.wrong) {
    const stamp = stamper(context, sheet);
    const place = placeOf(xy, plane, ratio);
    for (let point = 0; point < Math.floor(xy.length / 3); point++) {
      const visible = point < train ? shown.train : shown.test;
      if (visible && isWrong(wrong, point)) stamp(ringOf(sheet), ...place(point));
    }
  }
  context.restore();
}

export const isWrong = (bits: Uint8Array, point: number) =>
  (((bits[point >> 3] ?? 0) >> (point & 7)) & 1) === 1;

/** How many of the first points are marked. */
export function countWrong(bits: Uint8Array | null, points: number): number {
  let count = 0;
  if (bits) for (let point = 0; point < points; point++) if (isWrong(bits, point)) count++;
  return count;
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
