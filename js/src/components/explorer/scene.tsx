// What the drawings of explorers are made of: an SVG as wide as there is room, axes, labels, and maps under it.
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { multiples, niceStep } from "../../draw/axes";
import { sizeCanvas } from "../../draw/canvas";
import type { Theme } from "../../draw/colour";
import { tickLabel } from "../../draw/format";
import { useId } from "../ids";
import { useExplorer } from "./view";

/** Before a drawing is in a page, and where a page has no sizes. */
const TYPICAL = 560;

interface SceneProps {
  /** "fill" is the height of the element that it is in, which decides that. */
  height: number | ((width: number) => number) | "fill";
  label: string;
  /** What lies under the SVG, in the same coordinates: maps. */
  under?(width: number): ComponentChildren;
  children(width: number, id: string, height: number): ComponentChildren;
}

/** A drawing; its coordinates are CSS pixels. */
export function Scene({ height, label, under, children }: SceneProps) {
  const place = useRef<HTMLDivElement>(null);
  const width = useSignal(TYPICAL);
  const room = useSignal(TYPICAL);
  const id = useId();
  useLayoutEffect(() => {
    const element = place.current as HTMLDivElement;
    const look = () => {
      width.value = element.clientWidth || TYPICAL;
      room.value = element.clientHeight || TYPICAL;
    };
    const observer = new ResizeObserver(look);
    observer.observe(element);
    look();
    return () => observer.disconnect();
  }, []);
  const wide = width.value;
  const fills = height === "fill";
  const high = fills ? room.value : typeof height === "number" ? height : height(wide);
  return (
    <div ref={place} class="nnw-scene" style={{ height: fills ? "100%" : `${high}px` }}>
      {under?.(wide)}
      {/* biome-ignore lint/a11y/useSemanticElements: there is no element for a drawing with controls in it */}
      <svg role="group" aria-label={label} width={wide} height={high} viewBox={`0 0 ${wide} ${high}`}>
        {children(wide, id, high)}
      </svg>
    </div>
  );
}

interface CanvasProps {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Draws in pixels of CSS, from the upper left corner. Called when one of `inputs` or the theme has changed. */
  paint(context: CanvasRenderingContext2D, theme: Theme): void;
  inputs: readonly unknown[];
}

/** A map under a drawing: only what has a colour at every point is no SVG. */
export function Canvas({ x, y, width, height, paint, inputs }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { theme, presentation } = useExplorer();
  const [now, on] = [theme.value, presentation.on.value];
  useLayoutEffect(() => {
    if (canvas.current) paint(sizeCanvas(canvas.current, width, height), now);
  }, [...inputs, now, on, width, height]);
  return <canvas ref={canvas} class="nnw-scene-map" style={{ left: `${x}px`, top: `${y}px` }} />;
}

export interface Scale {
  (value: number): number;
  readonly domain: readonly [low: number, high: number];
  readonly range: readonly [from: number, to: number];
  /** The value at a place, not bounded. */
  invert(place: number): number;
}

/** From values to pixels. */
export function linear(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const [low, high] = domain;
  const [from, to] = range;
  const ratio = (to - from) / (high - low || 1);
  const scale = (value: number) => from + (value - low) * ratio;
  return Object.assign(scale, { domain, range, invert: (place: number) => low + (place - from) / ratio });
}

export const clamp = (value: number, [low, high]: readonly [number, number]) =>
  Math.max(low, Math.min(high, value));

/** Round values for ticks, about so many pixels apart, with their labels. */
export function ticksOf({ domain: [low, high], range: [from, to] }: Scale, apart = 56) {
  const step = niceStep(high - low, Math.abs(to - from) / apart);
  return multiples([low, high], step).map((value) => ({ value, label: tickLabel(value, step) }));
}

/** Ticks of one's own choice, which are short as they are. */
export const ticksAt = (values: readonly number[]) =>
  values.map((value) => ({ value, label: String(value) }));

interface AxisProps {
  scale: Scale;
  /** Where the axis lies across its direction. */
  at: number;
  /** How far grid lines reach across; none without it. */
  grid?: number;
  apart?: number;
  /** Ticks of one's own choice. */
  ticks?: readonly { value: number; label: string }[];
  /** Not labelled: where something else stands. */
  without?: (position: number) => boolean;
  marks?: boolean;
}

/** Along the bottom. */
export function XAxis({ scale, at, grid, apart, ticks = ticksOf(scale, apart), without, marks }: AxisProps) {
  return (
    <g class="nnw-ticks">
      {ticks.map(({ value, label }) => {
        const x = scale(value);
        return (
          <g key={value}>
            {grid === undefined ? null : (
              <path d={`M${x} ${grid}V${at}`} class={value ? "nnw-grid" : "nnw-zero"} />
            )}
            {marks ? <path d={`M${x} ${at}v4`} class="nnw-zero" /> : null}
            {without?.(x) ? null : (
              <text x={x} y={at + 16} text-anchor="middle">
                {label}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}

/** Along the left edge. */
export function YAxis({ scale, at, grid, apart, ticks = ticksOf(scale, apart), without, marks }: AxisProps) {
  return (
    <g class="nnw-ticks">
      {ticks.map(({ value, label }) => {
        const y = scale(value);
        return (
          <g key={value}>
            {grid === undefined ? null : (
              <path d={`M${at} ${y}H${grid}`} class={value ? "nnw-grid" : "nnw-zero"} />
            )}
            {marks ? <path d={`M${at} ${y}h-4`} class="nnw-zero" /> : null}
            {without?.(y) ? null : (
              <text x={at - 8} y={y + 4} text-anchor="end">
                {label}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}

interface LabelProps {
  x: number;
  y: number;
  anchor?: "start" | "middle" | "end";
  /** Of nnw-t (13 px), nnw-xs (11 px), nnw-2nd, nnw-b, nnw-pos, nnw-neg, nnw-halo. */
  class?: string | undefined;
  /** The name of the value that it shows, for whoever compares it. */
  n?: string | undefined;
  children: ComponentChildren;
}

/** A word in a drawing. A halo keeps it legible over lines. */
export const Label = ({ x, y, anchor = "start", n, children, ...rest }: LabelProps) => (
  <text x={x} y={y} text-anchor={anchor} class={rest.class} data-n={n}>
    {children}
  </text>
);

/** A variable in a drawing, with its index; what follows stands on the line again. */
export const Var = ({ name, index }: { name: string; index?: string | number }): JSX.Element => (
  <>
    <tspan class="nnw-i">{name}</tspan>
    {index === undefined ? null : (
      <>
        <tspan class="nnw-index" dy="3">
          {index}
        </tspan>
        {/* A tspan without a letter would not move back. */}
        <tspan dy="-3">{"\u200b"}</tspan>
      </>
    )}
  </>
);

/** The path of a function, in so many straight pieces; infinite values leave a gap. */
export function curve(f: (x: number) => number, x: Scale, y: Scale, pieces = 300): string {
  const [low, high] = x.domain;
  let path = "";
  let drawing = false;
  // Far outside of the picture a line may as well end.
  const [top, bottom] = [Math.min(...y.range) - 2000, Math.max(...y.range) + 2000];
  for (let index = 0; index <= pieces; index++) {
    const at = low + ((high - low) * index) / pieces;
    const value = y(f(at));
    if (Number.isNaN(value)) {
      drawing = false;
      continue;
    }
    path += `${drawing ? "L" : "M"}${x(at).toFixed(2)} ${clamp(value, [top, bottom]).toFixed(2)}`;
    drawing = true;
  }
  return path;
}
