// An image of the reader's own becomes one such as the data has: its size, its channels, and its dark ground.
import { bytesOf, type ImageShape } from "../draw/picture";

/** Pixels as a canvas has them: red, green, blue and alpha, row by row. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

export interface FittedImage {
  /** Channels × height × width bytes, as the data has them. */
  readonly pixels: Uint8Array;
  /** Whether the ground was bright, so that dark and bright were exchanged. */
  readonly bright: boolean;
  readonly inverted: boolean;
}

const MIDDLE = 128;
/** Weights of red, green and blue in what is grey (ITU-R BT.601). */
const LUMA = [0.299, 0.587, 0.114] as const;

const lumaAt = (data: ArrayLike<number>, at: number) =>
  LUMA.reduce((sum, share, channel) => sum + share * (data[at + channel] as number), 0);

/** What is see-through gets a ground that the rest stands out from: white behind dark, black behind bright. */
function opaque({ width, height, data }: Bitmap): Float32Array {
  let [cover, light] = [0, 0];
  for (let at = 0; at < 4 * width * height; at += 4) {
    const alpha = data[at + 3] as number;
    cover += alpha;
    light += alpha * lumaAt(data, at);
  }
  const ground = cover && light / cover < MIDDLE ? 255 : 0;
  const planes = new Float32Array(3 * width * height);
  for (let cell = 0; cell < width * height; cell++) {
    const share = (data[4 * cell + 3] as number) / 255;
    for (let channel = 0; channel < 3; channel++) {
      const value = data[4 * cell + channel] as number;
      planes[channel * width * height + cell] = ground + share * (value - ground);
    }
  }
  return planes;
}

/** The mean of the outermost pixels of a plane. */
function borderMean(plane: ArrayLike<number>, width: number, height: number): number {
  let [sum, count] = [0, 0];
  for (let row = 0; row < height; row++) {
    const inner = row > 0 && row < height - 1;
    for (let column = 0; column < width; column += inner ? Math.max(1, width - 1) : 1) {
      sum += plane[row * width + column] as number;
      count++;
    }
  }
  return count ? sum / count : 0;
}

/** Whether images of this kind have a dark ground, as most of what was scanned or drawn for networks has. */
export function hasDarkGround(pixels: Uint8Array, shape: ImageShape): boolean {
  const { channels, width, height } = shape;
  const plane = width * height;
  const count = Math.floor(pixels.length / Math.max(1, bytesOf(shape)));
  let sum = 0;
  for (let index = 0; index < count * channels; index++)
    sum += borderMean(pixels.subarray(index * plane, (index + 1) * plane), width, height);
  return sum <= (MIDDLE / 2) * count * channels;
}

/** For each cell of a side of `to`, which of the `from` cells it covers, and how much of each. */
function shares(from: number, to: number): readonly (readonly [first: number, weights: readonly number[]])[] {
  const step = from / to;
  return Array.from({ length: to }, (_, cell) => {
    const [low, high] = [cell * step, (cell + 1) * step];
    const first = Math.floor(low);
    const last = Math.min(from, Math.ceil(high - 1e-9));
    const weights = Array.from(
      { length: Math.max(1, last - first) },
      (_, index) => (Math.min(high, first + index + 1) - Math.max(low, first + index)) / step,
    );
    return [first, weights] as const;
  });
}

/** A plane in another size: each pixel is the mean of the area that it covers. */
export function averaged(
  plane: ArrayLike<number>,
  width: number,
  height: number,
  columns: number,
  rows: number,
): Float32Array {
  const across = shares(width, columns);
  const narrow = new Float32Array(columns * height);
  for (let row = 0; row < height; row++) {
    across.forEach(([first, weights], column) => {
      let sum = 0;
      weights.forEach((share, index) => {
        sum += share * (plane[row * width + first + index] as number);
      });
      narrow[row * columns + column] = sum;
    });
  }
  const out = new Float32Array(columns * rows);
  shares(height, rows).forEach(([first, weights], row) => {
    weights.forEach((share, index) => {
      for (let column = 0; column < columns; column++)
        (out[row * columns + column] as number) +=
          share * (narrow[(first + index) * columns + column] as number);
    });
  });
  return out;
}

/**
 * Brings an image to the shape of the data: all of it in the middle, its ground around it, averaged over areas; grey
 * where the data has one channel. Where the data has a dark ground and the image has a bright one, dark and bright
 * are exchanged, unless `keep` says not to.
 */
export function fitImage(bitmap: Bitmap, shape: ImageShape, dark: boolean, keep = false): FittedImage {
  const { channels, width: columns, height: rows } = shape;
  const { width, height } = bitmap;
  const colours = opaque(bitmap);
  const size = width * height;
  const plane = (channel: number) => colours.subarray(channel * size, (channel + 1) * size);
  const grey = Float32Array.from({ length: size }, (_, cell) =>
    LUMA.reduce((sum, share, channel) => sum + share * (plane(channel)[cell] as number), 0),
  );
  const bright = dark && borderMean(grey, width, height) >= MIDDLE;
  const inverted = bright && !keep;
  const scale = Math.min(columns / width, rows / height);
  const [across, down] = [width, height].map((side) => Math.max(1, Math.round(side * scale))) as [
    number,
    number,
  ];
  const [left, top] = [(columns - across) >> 1, (rows - down) >> 1];
  const pixels = new Uint8Array(bytesOf(shape));
  for (let channel = 0; channel < channels; channel++) {
    const source = channels < 3 ? grey : plane(Math.min(channel, 2));
    const small = averaged(source, width, height, across, down);
    const ground = borderMean(source, width, height);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const [x, y] = [column - left, row - top];
        const inside = x >= 0 && x < across && y >= 0 && y < down;
        const value = inside ? (small[y * across + x] as number) : ground;
        pixels[(channel * rows + row) * columns + column] = Math.round(inverted ? 255 - value : value);
      }
    }
  }
  return { pixels, bright, inverted };
}

/** Draws the way of a round pen into all channels; places are in pixels of the image. Without `ink` it erases. */
export function stroke(
  pixels: Uint8Array,
  { channels, width, height }: ImageShape,
  [x0, y0]: readonly [x: number, y: number],
  [x1, y1]: readonly [x: number, y: number],
  radius: number,
  ink: boolean,
): void {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [x, y] = [column + 0.5 - x0, row + 0.5 - y0];
      const along = length ? Math.max(0, Math.min(1, (x * dx + y * dy) / length)) : 0;
      const cover = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(x - along * dx, y - along * dy)));
      if (!cover) continue;
      for (let channel = 0; channel < channels; channel++) {
        const at = (channel * height + row) * width + column;
        const before = pixels[at] as number;
        const value = Math.round(255 * cover);
        pixels[at] = ink ? Math.max(before, value) : Math.min(before, 255 - value);
      }
    }
  }
}

/** Bytes as a message carries them. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
