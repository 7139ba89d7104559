// What every drawing on a canvas needs: sharp pixels, and scratch canvases to draw from.

/** The drawing context of a canvas; it cannot be had where a canvas already serves another kind of context. */
export function contextOf(canvas: HTMLCanvasElement, readable = false): CanvasRenderingContext2D {
  // A canvas that is written with putImageData all the time is better kept where the processor can reach it.
  const context = canvas.getContext("2d", readable ? { willReadFrequently: true } : undefined);
  if (!context) throw new Error("this canvas cannot be drawn on: the browser gave no 2d context");
  return context;
}

/** How much the page enlarges a view: a presentation does, and what is drawn for it has as many pixels more. */
const zooms = new WeakMap<Element, number>();
const zoomNow = (element: Element) => (element as { currentCSSZoom?: number }).currentCSSZoom ?? 1;

/**
 * Looks up how much a view is enlarged, for all its canvases until it is asked again: to be called before
 * anything of the page is changed, since the browser brings all styles up to date for the answer.
 */
export function readZoom(view: Element): void {
  zooms.set(view, zoomNow(view));
}

const zoomOf = (canvas: Element) => zooms.get(canvas.closest(".nnw") as Element) ?? zoomNow(canvas);

/**
 * Gives a canvas its size in CSS pixels and as many real pixels as the screen has for them, and a context that
 * is measured in CSS pixels. A canvas is cleared by setting its size: that happens only if it has changed.
 */
export function sizeCanvas(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D {
  const ratio = (globalThis.devicePixelRatio || 1) * zoomOf(canvas);
  const columns = Math.max(1, Math.round(width * ratio));
  const rows = Math.max(1, Math.round(height * ratio));
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  const [cssWidth, cssHeight] = [`${width}px`, `${height}px`];
  if (canvas.style.width !== cssWidth) canvas.style.width = cssWidth;
  if (canvas.style.height !== cssHeight) canvas.style.height = cssHeight;
  const context = contextOf(canvas);
  context.setTransform(columns / Math.max(width, 1e-6), 0, 0, rows / Math.max(height, 1e-6), 0, 0);
  return context;
}

/** A canvas that is never shown. */
export function scratchCanvas(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

/** Clears all of a canvas, whatever the transform. */
export function clearCanvas(context: CanvasRenderingContext2D): void {
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  context.restore();
}
