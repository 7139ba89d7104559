// Real pixels and recorded calls for the tests of the drawing.
import { createCanvas, ImageData as SkiaImageData, Path2D as SkiaPath2D } from "@napi-rs/canvas";
import type { Theme } from "../../src/draw/colour";
import { classColours, makeRamp, rampPixels, valueSteps } from "../../src/draw/colour";
import type { Labels } from "../../src/draw/points";

/** Makes `document.createElement("canvas")` give canvases that can be drawn on and read back. */
export function installCanvases(): void {
  Object.assign(globalThis, {
    document: { createElement: () => makeCanvas(1, 1) },
    Path2D: SkiaPath2D,
    ImageData: SkiaImageData,
  });
}

export function makeCanvas(width: number, height: number): HTMLCanvasElement {
  const canvas = createCanvas(width, height) as unknown as HTMLCanvasElement;
  // Skia's canvas is no element: it stands nowhere and has no style, which the drawing sets.
  if (!("style" in canvas)) Object.assign(canvas, { style: {}, closest: () => null });
  return canvas;
}

export function makeContext(width: number, height: number): CanvasRenderingContext2D {
  return makeCanvas(width, height).getContext("2d") as CanvasRenderingContext2D;
}

export type Pixel = [red: number, green: number, blue: number, alpha: number];

export function pixelAt(context: CanvasRenderingContext2D, x: number, y: number): Pixel {
  return [...context.getImageData(x, y, 1, 1).data] as Pixel;
}

/** The pixels that hold anything, as "x,y". */
export function paintedPixels(context: CanvasRenderingContext2D): Set<string> {
  const { width, height } = context.canvas;
  const { data } = context.getImageData(0, 0, width, height);
  const painted = new Set<string>();
  for (let index = 0; index < width * height; index++) {
    if (data[4 * index + 3]) painted.add(`${index % width},${Math.floor(index / width)}`);
  }
  return painted;
}

const RAMP = ["#db7a10", "#f7ba7a", "#f7f6f4", "#8cbaec", "#2468bd"];
const tileRamp = makeRamp(RAMP, 0.9);
const fieldRamp = makeRamp(RAMP, 0.46);

const MARKS = ["#ff8000", "#0000ff", "#00a000", "#c00000", "#00c0c0", "#a000ff", "#400040", "#a0a000"];

/** Colours that are far apart, so that a pixel tells which of them it is. */
export const THEME: Theme = {
  ink: "#1f1f1f",
  ink2: "#5e5e5e",
  ink3: "#8c8c8c",
  hairline: "#e0e0e0",
  track: "#cccccc",
  surface: "#f4f4f4",
  bg: "#ffffff",
  accent: "#8a2f8f",
  pos: "#0000ff",
  neg: "#ff8000",
  posText: "#0000aa",
  negText: "#aa5500",
  contour: "#000000",
  pointLine: "#ffffff",
  error: "#b52828",
  fontFamily: "sans-serif",
  textXs: 11,
  textS: 12,
  text: 13,
  tileRamp,
  fieldRamp,
  tileRamp32: rampPixels(tileRamp),
  fieldRamp32: rampPixels(fieldRamp),
  classes: MARKS.map((mark) => classColours(mark, "#f7f6f4", 0.9, 0.46)),
  valueMarks: valueSteps(RAMP),
};

/** What a number in a point's place for the class stands for. */
export const labelsOf = (classes: number): Labels => ({ classes, range: [-1, 1] });

/** What a context is set to. */
interface State {
  canvas: { width: number; height: number };
  globalAlpha: number;
  lineWidth: number;
  strokeStyle: string;
  fillStyle: string;
  dash: readonly number[];
}

export interface Call {
  readonly name: string;
  readonly values: readonly unknown[];
  /** What the context was set to at the time. */
  readonly state: Readonly<State>;
}

/** A context that draws nothing and remembers every call with the state it was made in. */
export function recorder(width = 800, height = 400): { context: CanvasRenderingContext2D; calls: Call[] } {
  const calls: Call[] = [];
  const state: State = {
    canvas: { width, height },
    globalAlpha: 1,
    lineWidth: 1,
    strokeStyle: "#000000",
    fillStyle: "#000000",
    dash: [],
  };
  const context = new Proxy(state, {
    get(target, name) {
      if (name in target) return target[name as keyof State];
      return (...values: unknown[]) => {
        if (name === "measureText") return { width: 6 * String(values[0]).length };
        if (name === "setLineDash") target.dash = values[0] as number[];
        calls.push({ name: String(name), values, state: { ...target } });
        return undefined;
      };
    },
    set: (target, name, value) => Reflect.set(target, name, value),
  });
  return { context: context as unknown as CanvasRenderingContext2D, calls };
}
