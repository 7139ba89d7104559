// What lies over the map while one draws: it takes the pointer and the keys, and shows where they are. It is an
// element of its own, so that a moving pointer never makes the map be drawn again.

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { DataTrait } from "../generated/protocol";
import { clampSpot, REACH, type Spot } from "./brush";
import type { Cursor, Drawing } from "./drawing";
import { giveFocus } from "./focus";
import { px, spotIn } from "./geometry";
import { usePlane } from "./planar";

const STEP = 5;
const LONG_STEP = 5 * STEP;
/** Which way the arrow keys go, y downwards. */
export const ARROWS: Partial<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const KEYS = "Arrows move, Space paints, Delete erases, 1 to 8 choose the class, E the eraser, Escape ends";

const middle = (size: number): Cursor => ({ x: size / 2, y: size / 2, moved: false });

/** What keys do wherever the focus is while one draws; says whether it is anything. */
export function takeModeKey(
  { key, shiftKey, altKey, ctrlKey, metaKey }: KeyboardEvent,
  drawing: Drawing,
): boolean {
  if (altKey) return false;
  if (ctrlKey || metaKey) {
    if (key.toLowerCase() !== "z" || shiftKey) return false;
    // Also where nothing is left to undo: the page would take it for its own, and undo a change of the notebook.
    drawing.undo();
  } else if (/^[1-8]$/.test(key)) drawing.choose(Number(key) - 1);
  else if (key === "e" || key === "E") drawing.choose("eraser");
  else if (key === "Escape") drawing.done();
  else return false;
  return true;
}

/** What keys do on the map. */
function takeKey(event: KeyboardEvent, drawing: Drawing, size: number): boolean {
  const { key, shiftKey, repeat } = event;
  if (event.altKey || event.ctrlKey || event.metaKey) return takeModeKey(event, drawing);
  const at = drawing.cursor.peek() ?? middle(size);
  const arrow = ARROWS[key];
  if (arrow) {
    const step = shiftKey ? LONG_STEP : STEP;
    const moved = clampSpot({ x: at.x + step * arrow[0], y: at.y + step * arrow[1] }, size);
    drawing.cursor.value = { ...moved, moved: true };
  } else if (key === " " || key === "Enter" || key === "Delete" || key === "Backspace") {
    drawing.cursor.value = at;
    if (repeat) return true;
    drawing.press(at, size, key === "Delete" || key === "Backspace" ? "eraser" : drawing.tool.peek());
    drawing.release();
  } else return takeModeKey(event, drawing);
  return true;
}

export function Pad({ data, size }: { data: DataTrait; size: number }) {
  const { drawing } = usePlane();
  const element = drawing.pad;
  /** The pointer that draws; another finger does not. */
  const held = useRef<number | null>(null);
  const pointer = useSignal<Spot | null>(null);

  // The keys of the mode work at once; without that, the way here leads past every control of the network. In a
  // narrow cell the map may also have to be scrolled back to.
  useLayoutEffect(() => element.current?.focus(), []);

  const spotOf = (event: PointerEvent): Spot => spotIn(event.currentTarget as HTMLElement, event);
  const point = (event: PointerEvent) => {
    if (held.current !== null && held.current !== event.pointerId) return;
    pointer.value = spotOf(event);
    drawing.cursor.value = null;
    if (held.current !== null) drawing.drag(pointer.value);
  };
  const end = (event: PointerEvent) => {
    if (held.current !== event.pointerId) return;
    held.current = null;
    drawing.release();
    // A finger that is lifted points at nothing.
    if (event.pointerType === "touch") pointer.value = null;
  };
  const [x, y] = data.axes.map((column) => data.feature_names[column]);
  return (
    <div
      ref={element}
      class="nnw-pad"
      style={{ width: px(size), height: px(size) }}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes keys of its own
      tabIndex={0}
      role="application"
      aria-label={`Drawing area over ${x} and ${y}`}
      aria-description={KEYS}
      onPointerDown={(event) => {
        if (event.button !== 0 || held.current !== null) return;
        held.current = event.pointerId;
        const pad = event.currentTarget;
        pad.setPointerCapture?.(event.pointerId);
        giveFocus(pad);
        pointer.value = spotOf(event);
        drawing.cursor.value = null;
        drawing.press(pointer.value, size);
      }}
      onPointerMove={point}
      onPointerUp={end}
      onPointerCancel={end}
      onPointerLeave={() => {
        if (held.current === null) pointer.value = null;
      }}
      onContextMenu={(event) => {
        // A long touch asks for a menu, in the middle of a stroke.
        if (held.current === null) return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onFocus={(event) => {
        if (event.currentTarget.matches(":focus-visible")) drawing.cursor.value ??= middle(size);
      }}
      onBlur={() => {
        drawing.cursor.value = null;
      }}
      onKeyDown={(event) => {
        if (!takeKey(event, drawing, size)) return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <Pointed pointer={pointer} />
    </div>
  );
}

/** The reach of the eraser, and the keyboard's cursor. */
function Pointed({ pointer }: { pointer: { readonly value: Spot | null } }) {
  const { drawing } = usePlane();
  const cursor = drawing.cursor.value;
  const erasing = drawing.tool.value === "eraser";
  const spot = cursor ?? (erasing ? pointer.value : null);
  if (!spot) return null;
  const shape = (
    <>
      {erasing ? <circle r={REACH} /> : null}
      {cursor ? <path d="M-8 0H-3M3 0H8M0-8V-3M0 3V8" /> : null}
    </>
  );
  return (
    <svg class="nnw-pointed" aria-hidden="true">
      <g transform={`translate(${spot.x} ${spot.y})`}>
        <g class="nnw-pointed-halo">{shape}</g>
        <g>{shape}</g>
      </g>
    </svg>
  );
}
