// What can be dragged in a drawing: with the mouse, a finger, or the arrow keys.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { giveFocus } from "../focus";

export interface Spot {
  readonly x: number;
  readonly y: number;
}

interface HandleProps {
  label: string;
  x: number;
  y: number;
  /** What a screen reader hears. */
  value: number;
  text: string;
  range: readonly [low: number, high: number];
  /** Dragged to a place of the drawing, which may be anywhere. */
  onMove(spot: Spot): void;
  /** Arrow keys: so many steps along x (right) and y (up), of which Shift makes a tenth. */
  onStep(right: number, up: number): void;
  /** Home and End. */
  onEnd?(end: "low" | "high"): void;
  onRelease?(): void;
  /** Ink may be dragged; the accent is where you are. */
  kind?: "ink" | "accent" | "none";
  radius?: number;
  /** The direction of the pointer that shows that it can be dragged. */
  cursor?: "grab" | "ew-resize" | "ns-resize";
  /** What is drawn instead of the dot, round (0, 0). */
  children?: ComponentChildren;
}

const HIT = 14;
const FINE = 0.1;
const ARROWS: Partial<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowDown: [0, -1],
  ArrowUp: [0, 1],
  PageDown: [-10, -10],
  PageUp: [10, 10],
};

/** Where a pointer is, in the coordinates of the drawing, which a presentation enlarges. */
export function spotOf(element: SVGElement, { clientX, clientY }: PointerEvent | MouseEvent): Spot {
  const svg = element.ownerSVGElement ?? (element as SVGSVGElement);
  const { left, top, width } = svg.getBoundingClientRect();
  const zoom = width / (Number(svg.getAttribute("width")) || width) || 1;
  return { x: (clientX - left) / zoom, y: (clientY - top) / zoom };
}

export function Handle(props: HandleProps) {
  const { label, x, y, value, text, range, kind = "ink", radius = 6, cursor = "grab", children } = props;
  /** Which pointer has hold of it, and where that is from the middle, so that nothing jumps when it is taken. */
  const grip = useRef<(Spot & { readonly pointer: number }) | null>(null);
  const onRelease = useRef(props.onRelease);
  onRelease.current = props.onRelease;
  const letGo = () => {
    if (!grip.current) return;
    grip.current = null;
    onRelease.current?.();
  };
  const drop = ({ pointerId }: PointerEvent) => {
    if (grip.current?.pointer === pointerId) letGo();
  };
  // Python can take away what is held.
  useLayoutEffect(() => letGo, []);
  return (
    <g
      class={`nnw-handle nnw-handle--${kind}`}
      style={{ cursor }}
      transform={`translate(${x} ${y})`}
      role="slider"
      tabindex={0}
      aria-label={label}
      aria-valuemin={range[0]}
      aria-valuemax={range[1]}
      aria-valuenow={value}
      aria-valuetext={text}
      // Parts of a drawing do not keep a finger from scrolling by `touch-action` in every browser.
      onTouchStart={(event) => event.preventDefault()}
      onPointerDown={(event) => {
        if (event.button || (grip.current && grip.current.pointer !== event.pointerId)) return;
        const spot = spotOf(event.currentTarget, event);
        grip.current = { x: spot.x - x, y: spot.y - y, pointer: event.pointerId };
        event.currentTarget.setPointerCapture?.(event.pointerId);
        giveFocus(event.currentTarget);
        event.preventDefault(); // no text is marked
      }}
      onPointerMove={(event) => {
        const { current } = grip;
        if (current?.pointer !== event.pointerId) return;
        const spot = spotOf(event.currentTarget, event);
        props.onMove({ x: spot.x - current.x, y: spot.y - current.y });
      }}
      onPointerUp={drop}
      onPointerCancel={drop}
      onLostPointerCapture={drop}
      onKeyDown={(event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const arrow = ARROWS[event.key];
        const end = { Home: "low", End: "high" }[event.key] as "low" | "high" | undefined;
        if (arrow) props.onStep(...(arrow.map((by) => by * (event.shiftKey ? FINE : 1)) as [number, number]));
        else if (end && props.onEnd) props.onEnd(end);
        else return;
        event.preventDefault();
      }}
    >
      <circle r={Math.max(HIT, radius + 6)} fill="transparent" />
      <circle class="nnw-ring" r={radius + 4} />
      {children ?? (kind === "none" ? null : <circle class="nnw-dot" r={radius} />)}
    </g>
  );
}
