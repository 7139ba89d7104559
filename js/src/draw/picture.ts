// Images as data has them: bytes from nothing to full intensity, drawn with whole pixels and never smoothed.
import { contextOf } from "./canvas";
import { mixedPixels, type Theme } from "./colour";

/** An image has `channels` × `height` × `width` bytes, in that order. */
export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

export const bytesOf = ({ channels, height, width }: ImageShape) => channels * height * width;

export interface Size {
  readonly width: number;
  readonly height: number;
  /** False where an image is shown smaller than it is: then its pixels are averaged. */
  readonly whole: boolean;
}

/** From twice its size on an image is enlarged by whole numbers; below, by halves, which are sharp on fine screens. */
const WHOLE = 2;

/** The size in CSS pixels of an image that has so much room: a multiple of its own. */
export function pictureSize({ width, height }: { width: number; height: number }, room: number): Size {
  const most = room / Math.max(width, height, 1);
  const scale = most >= WHOLE ? Math.floor(most) : most >= 1 ? Math.floor(2 * most) / 2 : most;
  return { width: Math.round(width * scale), height: Math.round(height * scale), whole: scale >= 1 };
}

const inks = new WeakMap<Theme, Uint32Array>();

/** What the bytes of an image without colours are drawn in: 0 is the page, 255 is ink. */
export function inkOf(theme: Theme): Uint32Array {
  const known = inks.get(theme) ?? mixedPixels(theme.bg, theme.ink);
  inks.set(theme, known);
  return known;
}

/**
 * Gives a canvas as many pixels as a picture has and writes them; the stylesheet makes it larger. `colourOf` has the
 * colour of a cell as a word in the machine's byte order.
 */
export function paintPixels(
  canvas: HTMLCanvasElement,
  columns: number,
  rows: number,
  colourOf: (cell: number) => number,
): void {
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  const context = contextOf(canvas, true);
  const image = context.createImageData(columns, rows);
  const words = new Uint32Array(image.data.buffer, image.data.byteOffset, columns * rows);
  for (let cell = 0; cell < words.length; cell++) words[cell] = colourOf(cell);
  context.putImageData(image, 0, 0);
}

/** Draws an image: of one channel in ink on the page, of three in its own colours. Too few bytes count as 0. */
export function paintImage(
  canvas: HTMLCanvasElement,
  pixels: Uint8Array,
  shape: ImageShape,
  theme: Theme,
): void {
  const { channels, height, width } = shape;
  const ink = inkOf(theme);
  const plane = width * height;
  const colour = new Uint8ClampedArray([0, 0, 0, 255]);
  const word = new Uint32Array(colour.buffer);
  paintPixels(canvas, width, height, (cell) => {
    if (channels < 3) return ink[pixels[cell] ?? 0] as number;
    for (let channel = 0; channel < 3; channel++) colour[channel] = pixels[channel * plane + cell] ?? 0;
    return word[0] as number;
  });
}

/** Draws values with a sign, in the colours of the palette; a value of `scale` gets the last of them. */
export function paintSigned(
  canvas: HTMLCanvasElement,
  values: Float32Array,
  columns: number,
  rows: number,
  scale: number,
  ramp32: Uint32Array,
): void {
  const by = scale > 0 ? 127 / scale : 0;
  paintPixels(canvas, columns, rows, (cell) => {
    const share = Math.max(-127, Math.min(127, (values[cell] ?? 0) * by));
    return ramp32[128 + Math.round(share)] as number;
  });
}

/** The largest size of any of the values; what is no number does not count. */
export function largestOf(values: ArrayLike<number> | null | undefined): number {
  let largest = 0;
  for (let index = 0; index < (values?.length ?? 0); index++) {
    const size = Math.abs(values?.[index] as number);
    if (size > largest && size < Number.POSITIVE_INFINITY) largest = size;
  }
  return largest;
}
