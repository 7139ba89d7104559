// Maps: a grid of bytes, each the value of a function at the middle of its cell, drawn as a smooth picture.
import { contextOf, scratchCanvas } from "./canvas";

export { sizeCanvas } from "./canvas";

interface Scratch {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
  readonly image: ImageData;
  readonly pixels: Uint32Array;
}

/** Cells around the grid that repeat its edge, so that no browser mixes the edge with transparency. */
const MARGIN = 2;

const scratches = new Map<string, Scratch>();
const MOST_SCRATCHES = 8;

function scratchFor(columns: number, rows: number): Scratch {
  const key = `${columns}×${rows}`;
  const known = scratches.get(key);
  if (known) return known;
  if (scratches.size >= MOST_SCRATCHES) scratches.clear();
  const width = columns + 2 * MARGIN;
  const height = rows + 2 * MARGIN;
  const canvas = scratchCanvas(width, height);
  const context = contextOf(canvas, true);
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer, image.data.byteOffset, width * height);
  const scratch = { canvas, context, image, pixels };
  scratches.set(key, scratch);
  return scratch;
}

/**
 * Draws a grid of pixels, smoothed, into a rectangle. The middle of cell i lies at (i + ½) / columns of the
 * width: the picture is aligned with axes over the same plane. Row 0 is the top. `fillRow` writes the pixels of
 * the cells that begin at `from` to where `to` is.
 */
export function drawGrid(
  context: CanvasRenderingContext2D,
  columns: number,
  rows: number,
  x: number,
  y: number,
  width: number,
  height: number,
  fillRow: (pixels: Uint32Array, to: number, from: number) => void,
): void {
  if (columns < 1 || rows < 1) return;
  const { canvas, context: into, image, pixels } = scratchFor(columns, rows);
  const stride = columns + 2 * MARGIN;
  for (let row = 0; row < rows; row++) {
    const to = (row + MARGIN) * stride + MARGIN;
    fillRow(pixels, to, row * columns);
    for (let step = 1; step <= MARGIN; step++) {
      pixels[to - step] = pixels[to] as number;
      pixels[to + columns - 1 + step] = pixels[to + columns - 1] as number;
    }
  }
  const last = (rows + MARGIN - 1) * stride;
  for (let step = 1; step <= MARGIN; step++) {
    pixels.copyWithin((MARGIN - step) * stride, MARGIN * stride, (MARGIN + 1) * stride);
    pixels.copyWithin(last + step * stride, last, last + stride);
  }
  into.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(canvas, MARGIN, MARGIN, columns, rows, x, y, width, height);
}

/** Draws a map of one function into a rectangle; `ramp32` has the pixel for each byte. */
export function drawField(
  context: CanvasRenderingContext2D,
  cells: Uint8Array,
  columns: number,
  rows: number,
  x: number,
  y: number,
  width: number,
  height: number,
  ramp32: Uint32Array,
): void {
  drawGrid(context, columns, rows, x, y, width, height, (pixels, to, from) => {
    for (let column = 0; column < columns; column++) {
      pixels[to + column] = ramp32[cells[from + column] as number] as number;
    }
  });
}
