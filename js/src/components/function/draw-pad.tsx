// What lies over the plot while a function is drawn on it, and takes the mouse, a finger, or keys.

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Range } from "../../draw/curve-data";
import { significant } from "../../draw/format";
import { fitRange } from "../../draw/function-scale";
import { type Place, toPlane } from "../brush";
import { Button } from "../button";
import { giveFocus } from "../focus";
import { px, spotIn } from "../geometry";
import { COLUMNS } from "./sketch";
import { useFunctions } from "./view";

/** What an arrow key moves, of the height; with Shift a fifth of it. */
const STEP = 0.04;
const FINE = 0.2;
const KEYS =
  "Drag from left to right to draw. Left and right choose a place, up and down move the function there; Escape leaves.";

interface PadProps {
  left: number;
  top: number;
  width: number;
  height: number;
}

export function DrawPad({ left, top, width, height }: PadProps) {
  const { store, sketch } = useFunctions();
  const pad = useRef<HTMLDivElement>(null);
  const held = useRef<number | null>(null);
  const cursor = useSignal<{ column: number; y: number } | null>(null);
  useLayoutEffect(() => giveFocus(pad.current), []);

  const plane = () => {
    const data = store.data.peek();
    const yRange: Range = sketch.heights.peek() ?? fitRange(data.value_range);
    return { xRange: data.domain, yRange, width, height };
  };
  const placeOf = (event: PointerEvent): Place => {
    const { x, y } = spotIn(event.currentTarget as HTMLElement, event);
    return toPlane({ x: Math.max(0, Math.min(width, x)), y: Math.max(0, Math.min(height, y)) }, plane());
  };
  const end = ({ pointerId }: PointerEvent) => {
    if (held.current !== pointerId) return;
    held.current = null;
    sketch.release();
  };

  function takeKey({ key, shiftKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
    if (key === "Escape") sketch.done();
    else if ((ctrlKey || metaKey) && key.toLowerCase() === "z") sketch.undo();
    else if (ctrlKey || metaKey) return false;
    else if (key === "ArrowLeft" || key === "ArrowRight") {
      const now = cursor.peek()?.column ?? (COLUMNS - 1) / 2;
      const by = (key === "ArrowLeft" ? -1 : 1) * (shiftKey ? 1 : 4);
      const column = Math.max(0, Math.min(COLUMNS - 1, now + by));
      cursor.value = { column, y: sketch.heightAt(column) };
    } else if (key === "ArrowUp" || key === "ArrowDown") {
      const { yRange } = plane();
      const column = cursor.peek()?.column ?? (COLUMNS - 1) / 2;
      const by = (key === "ArrowDown" ? -1 : 1) * STEP * (shiftKey ? FINE : 1) * (yRange[1] - yRange[0]);
      const y = Math.max(yRange[0], Math.min(yRange[1], sketch.heightAt(column) + by));
      sketch.lift(column, y);
      cursor.value = { column, y };
    } else return false;
    return true;
  }

  const at = cursor.value;
  const { xRange, yRange } = plane();
  const x = at ? (at.column / (COLUMNS - 1)) * width : 0;
  const y = at ? ((yRange[1] - at.y) / (yRange[1] - yRange[0])) * height : 0;
  const spoken = at
    ? `x = ${significant(xRange[0] + (at.column / (COLUMNS - 1)) * (xRange[1] - xRange[0]), 3)}, y = ${significant(at.y, 3)}`
    : "";
  return (
    <div
      ref={pad}
      class="nnw-draw-pad"
      style={{ left: px(left), top: px(top), width: px(width), height: px(height) }}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes keys of its own
      tabIndex={0}
      role="application"
      aria-label="Draw a function"
      aria-description={KEYS}
      // A finger that draws must not scroll.
      onTouchStart={(event) => event.preventDefault()}
      onPointerDown={(event) => {
        if (event.button !== 0 || held.current !== null) return;
        held.current = event.pointerId;
        event.currentTarget.setPointerCapture?.(event.pointerId);
        giveFocus(event.currentTarget);
        event.preventDefault();
        cursor.value = null;
        sketch.press(placeOf(event));
      }}
      onPointerMove={(event) => {
        if (held.current === event.pointerId) sketch.drag(placeOf(event));
      }}
      onPointerUp={end}
      onPointerCancel={end}
      onKeyDown={(event) => {
        if (!takeKey(event)) return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {at ? (
        <svg class="nnw-pointed" aria-hidden="true">
          <g transform={`translate(${x} ${y})`}>
            <path d="M-8 0H-3M3 0H8M0-8V-3M0 3V8" />
          </g>
        </svg>
      ) : null}
      <span class="nnw-draw-said" role="status">
        {spoken}
      </span>
    </div>
  );
}

/** What is done with the drawing as a whole, at the end of the title's line. */
export function DrawingActions() {
  const { store, sketch } = useFunctions();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and a legend
    <span class="nnw-acts nnw-end" role="group" aria-label="Drawing">
      <Button
        class="nnw-act"
        icon="undo"
        label="Undo stroke"
        disabled={!store.traits._data.value.can_undo}
        onClick={sketch.undo}
      />
      <Button class="nnw-act" icon="clear" label="Clear" title="Clear: a flat line" onClick={sketch.clear} />
      <Button class="nnw-act nnw-act--word" title="Done (Escape)" onClick={sketch.done}>
        Done
      </Button>
    </span>
  );
}
