// A press on a weight of the stage: moved, it changes the weight; without moving, it opens a field to type in.

import type { ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { giveFocus } from "./focus";
import { usePlanar, type WeightPlace } from "./planar";

/** Farther than a hand trembles, in CSS pixels. */
const SLACK = 3;
/** What a pixel up, or to the right, adds; with Shift a tenth of it. */
const PER_PIXEL = 0.02;

interface Press {
  readonly place: WeightPlace;
  readonly x: number;
  readonly y: number;
  moved: boolean;
  /** Pixels since the press, of which those with Shift count a tenth. */
  way: number;
}

export function useDrag(pointer: ReadonlySignal<{ x: number; y: number }>) {
  const { edges, hand } = usePlanar();
  return useMemo(() => {
    let press: Press | null = null;
    let last = { x: 0, y: 0 };
    return {
      press(event: PointerEvent, place: WeightPlace | null): void {
        const stage = event.currentTarget as HTMLElement;
        if (!place || event.button || event.target !== stage || !hand.able.peek()) return;
        last = pointer.peek();
        press = { place, ...last, moved: false, way: 0 };
        stage.setPointerCapture?.(event.pointerId);
        event.preventDefault(); // no text is marked
        giveFocus(stage.closest<HTMLElement>(".nnw"));
      },
      /** Whether the pointer has a weight in its grip. */
      move({ shiftKey }: PointerEvent): boolean {
        if (!press) return false;
        const { x, y } = pointer.peek();
        press.way += (x - last.x - (y - last.y)) * (shiftKey ? 0.1 : 1);
        last = { x, y };
        // A gradient is nothing that can be dragged.
        if (!press.moved && edges.peek() === "weights" && Math.hypot(x - press.x, y - press.y) > SLACK) {
          press.moved = true;
          hand.grab(press.place);
        }
        if (press.moved) hand.drag(press.way * PER_PIXEL, shiftKey ? 3 : 2);
        return true;
      },
      drop(event: PointerEvent): void {
        const done = press;
        press = null;
        if (!done) return;
        if (done.moved) hand.release();
        else if (event.type === "pointerup") {
          const { unit } = done.place;
          hand.opened.value = { unit, place: done.place, x: done.x + 12, y: done.y + 12 };
        }
      },
    };
  }, []);
}
